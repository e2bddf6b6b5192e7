//! What goes wrong, and when.

use super::request::{Answer, Body};

/// Something that services do on a bad day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An error of this status, in the service's own form.
    Status(u16),
    /// 429, to be left alone for that many seconds.
    TooMany(u32),
    /// The request does its work, and no answer comes.
    TimeoutAfter,
    /// The connection breaks before anything was done.
    CutBefore,
    /// The request does its work, and the connection breaks.
    CutAfter,
    /// The request does its work, and the answer is no JSON.
    Nonsense,
}

impl Fault {
    /// Whether the service has acted all the same.
    pub(super) const fn has_effect(self) -> bool {
        matches!(self, Fault::TimeoutAfter | Fault::CutAfter | Fault::Nonsense)
    }
}

/// Which requests a fault befalls. Of several plans the first that holds counts.
#[derive(Clone, Debug)]
pub struct Plan {
    fault: Fault,
    operation: Option<String>,
    skip: u32,
    times: u32,
}

impl Plan {
    /// Befalls the next request.
    pub fn once(fault: Fault) -> Self {
        Plan {
            fault,
            operation: None,
            skip: 0,
            times: 1,
        }
    }

    /// Befalls every request.
    pub fn always(fault: Fault) -> Self {
        Plan {
            times: u32::MAX,
            ..Plan::once(fault)
        }
    }

    /// Of this operation alone.
    #[must_use]
    pub fn on(mut self, operation: &str) -> Self {
        self.operation = Some(operation.to_owned());
        self
    }

    /// After so many were let through.
    #[must_use]
    pub fn after(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// So many times in a row.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }
}

/// The plans of a mock.
#[derive(Debug, Default)]
pub(super) struct Plans(Vec<Plan>);

impl Plans {
    pub(super) fn add(&mut self, plan: Plan) {
        self.0.push(plan);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// What befalls a request of this operation.
    pub(super) fn next(&mut self, operation: &str) -> Option<Fault> {
        let concerns = |plan: &&mut Plan| plan.operation.as_deref().is_none_or(|name| name == operation);
        for plan in self.0.iter_mut().filter(concerns) {
            match (plan.skip, plan.times) {
                (0, 0) => {}
                (0, times) => {
                    if times != u32::MAX {
                        plan.times -= 1;
                    }
                    return Some(plan.fault);
                }
                _ => plan.skip -= 1,
            }
        }
        None
    }
}

/// What is answered in place of the truth.
pub(super) fn nonsense() -> Answer {
    Answer {
        status: 200,
        headers: Vec::new(),
        body: Some(Body::Text("application/json", "<html>{not json".to_owned())),
    }
}
