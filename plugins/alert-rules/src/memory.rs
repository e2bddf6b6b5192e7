//! When rules fired: what limits go by. One memory for what happens, one for history on trial.

use std::collections::BTreeMap;

use errand_plugin_sdk::{Failure, kv};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Firings that are remembered of one rule; beyond that the oldest are forgotten, and their limits with them.
const MOST: usize = 1_000;
/// How often somebody may be faster.
const TRIES: usize = 5;

/// One time that a rule fired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firing {
    /// When, in milliseconds.
    pub at: i64,
    /// About which issue.
    pub issue: String,
    /// The delivery: a repetition of it is no second time.
    pub by: String,
}

/// What is remembered of rules, by name.
pub trait Memory {
    /// Has `change` look at a rule's firings, and keep what it leaves there if it answers true. Answers what it did.
    fn visit(
        &mut self,
        rule: &str,
        change: &mut dyn FnMut(&mut Vec<Firing>) -> bool,
    ) -> Result<bool, Failure>;

    /// What the delivery that is judged is called.
    fn delivery(&self) -> &str;
}

/// The installation's own memory.
pub struct Stored<'a> {
    delivery: &'a str,
}

impl<'a> Stored<'a> {
    pub fn new(delivery: &'a str) -> Self {
        Stored { delivery }
    }
}

impl Memory for Stored<'_> {
    fn visit(
        &mut self,
        rule: &str,
        change: &mut dyn FnMut(&mut Vec<Firing>) -> bool,
    ) -> Result<bool, Failure> {
        let key = format!("fired/{rule}");
        for _ in 0..TRIES {
            let (mut firings, revision) = kv::get_json::<Vec<Firing>>(&key)?.unwrap_or_default();
            if !change(&mut firings) {
                return Ok(false);
            }
            bound(&mut firings);
            match kv::put_json(&key, &firings, Some(revision)) {
                Ok(_) => return Ok(true),
                Err(kv::Error::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Failure::retry("others fire the same rule at the same time"))
    }

    fn delivery(&self) -> &str {
        self.delivery
    }
}

/// Until when it was looked at what the clock decides.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Looked {
    until: u64,
    by: String,
    before: Option<u64>,
}

/// Until when it was looked before this call, which looks until `now`; none for the first. The same call again is told
/// the same.
pub fn looked(call: &str, now: u64) -> Result<Option<u64>, Failure> {
    const KEY: &str = "looked";
    let known = kv::get_json::<Looked>(KEY)?.map(|(looked, _)| looked);
    let before = match known {
        Some(known) if known.by == call => return Ok(known.before),
        known => known.map(|known| known.until),
    };
    let looked = Looked {
        until: now,
        by: call.to_owned(),
        before,
    };
    kv::put_json(KEY, &looked, None)?;
    Ok(before)
}

/// A memory that is handed on from one stretch of history to the next.
#[derive(Default, Serialize, Deserialize)]
pub struct History {
    #[serde(default)]
    fired: BTreeMap<String, Vec<Firing>>,
}

impl History {
    pub fn read(memory: Value) -> Self {
        serde_json::from_value(memory).unwrap_or_default()
    }

    pub fn write(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Memory for History {
    fn visit(
        &mut self,
        rule: &str,
        change: &mut dyn FnMut(&mut Vec<Firing>) -> bool,
    ) -> Result<bool, Failure> {
        let firings = self.fired.entry(rule.to_owned()).or_default();
        let fires = change(firings);
        bound(firings);
        Ok(fires)
    }

    /// Nothing is repeated in history.
    fn delivery(&self) -> &str {
        ""
    }
}

fn bound(firings: &mut Vec<Firing>) {
    let too_many = firings.len().saturating_sub(MOST);
    firings.drain(..too_many);
}
