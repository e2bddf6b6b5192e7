//! A service in a test: contract, faults, and a simulator of what it does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use serde_json::json;

use super::document::{Contract, Read};
use super::fault::{Fault, Plan, Plans, nonsense};
use super::request::{Answer, Call, Request};
use super::server::Server;

/// Exchanges that are remembered.
const MAX_REMEMBERED: usize = 20_000;
/// Violations that are remembered; one is enough to fail.
const MAX_VIOLATIONS: usize = 50;

/// What a service does.
pub trait Simulator: Send + 'static {
    /// Answers a request that the document allows.
    fn answer(&mut self, call: &Call<'_>) -> Answer;

    /// How the service words an error that it did not think of: what a plan of faults is answered with.
    fn refusal(&self, status: u16) -> Answer {
        Answer::refused(status, "made up by the test")
    }
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is answered.
    Answer(Answer),
    /// No answer comes.
    Timeout,
    /// The connection breaks.
    Cut,
}

/// A request and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// The operation's id; empty if the document knows none.
    pub operation: String,
    /// What was sent.
    pub request: Request,
    /// What it got.
    pub outcome: Outcome,
}

/// A service. Dropped with violations, it fails the test.
pub struct Mock<S>(pub(super) Arc<Shared<S>>);

pub(super) struct Shared<S> {
    contract: Arc<Contract>,
    state: Mutex<State<S>>,
}

struct State<S> {
    simulator: S,
    plans: Plans,
    exchanges: Vec<Exchange>,
    violations: Vec<String>,
}

impl<S: Simulator> Mock<S> {
    /// A service that keeps a contract.
    pub fn new(contract: Arc<Contract>, simulator: S) -> Self {
        let state = State {
            simulator,
            plans: Plans::default(),
            exchanges: Vec::new(),
            violations: Vec::new(),
        };
        Mock(Arc::new(Shared {
            contract,
            state: Mutex::new(state),
        }))
    }

    /// Looks at the simulator, or does something there as its users do.
    pub fn with<T>(&self, work: impl FnOnce(&mut S) -> T) -> T {
        work(&mut self.0.state().simulator)
    }

    /// Has something go wrong.
    pub fn plan(&self, plan: Plan) {
        self.0.state().plans.add(plan);
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.0.state().plans.clear();
    }

    /// Everything that was asked so far.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.0.state().exchanges.clone()
    }

    /// How often an operation was asked for.
    pub fn count(&self, operation: &str) -> usize {
        let state = self.0.state();
        state
            .exchanges
            .iter()
            .filter(|exchange| exchange.operation == operation)
            .count()
    }

    /// Requests that were to change something.
    pub fn writes(&self) -> usize {
        let state = self.0.state();
        let is_write = |exchange: &&Exchange| exchange.request.method != "GET";
        state.exchanges.iter().filter(is_write).count()
    }

    /// What the document does not allow, so far; and forgets it, for tests of violations.
    pub fn take_violations(&self) -> Vec<String> {
        std::mem::take(&mut self.0.state().violations)
    }

    /// What becomes of a request, without a network.
    pub fn exchange(&self, request: &Request) -> Outcome {
        self.0.exchange(request)
    }

    /// For those who answer in the network's place beside the test that owns the mock.
    pub fn remote(&self) -> impl Fn(&Request) -> Outcome + Send + Sync + 'static {
        let shared = Arc::clone(&self.0);
        move |request| shared.exchange(request)
    }

    /// Listens on loopback.
    ///
    /// # Errors
    /// If no port is to be had.
    pub async fn serve(&self) -> Result<Server> {
        Server::start(self.remote()).await
    }
}

impl<S> Shared<S> {
    fn state(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Simulator> Shared<S> {
    fn exchange(&self, request: &Request) -> Outcome {
        let mut state = self.state();
        let (operation, outcome) = match self.contract.read(request) {
            Err(wrong) => {
                state.violated(request, &[wrong]);
                (String::new(), refused("the document does not know this"))
            }
            Ok(read) if !read.wrong.is_empty() => {
                state.violated(request, &read.wrong);
                (read.operation.id.clone(), refused(&read.wrong.join("; ")))
            }
            Ok(read) => {
                let fault = state.plans.next(&read.operation.id);
                let outcome = match fault {
                    Some(fault) if !fault.has_effect() => state.befall(fault),
                    _ => {
                        let answer = state.act(&read);
                        fault.map_or(Outcome::Answer(answer), |fault| state.befall(fault))
                    }
                };
                (read.operation.id.clone(), outcome)
            }
        };
        if state.exchanges.len() < MAX_REMEMBERED {
            state.exchanges.push(Exchange {
                operation,
                request: request.clone(),
                outcome: outcome.clone(),
            });
        }
        outcome
    }
}

impl<S: Simulator> State<S> {
    fn act(&mut self, read: &Read<'_>) -> Answer {
        let answer = self.simulator.answer(&read.call);
        let wrong = read.operation.check_answer(&answer).into_iter();
        let wrong = wrong.map(|wrong| format!("the simulator's answer {}: {wrong}", answer.status));
        self.violated(read.call.request, &wrong.collect::<Vec<_>>());
        answer
    }

    fn befall(&self, fault: Fault) -> Outcome {
        match fault {
            Fault::Status(status) => Outcome::Answer(self.simulator.refusal(status)),
            Fault::TooMany(seconds) => {
                let answer = self.simulator.refusal(429);
                Outcome::Answer(answer.with_header("retry-after", &seconds.to_string()))
            }
            Fault::TimeoutAfter => Outcome::Timeout,
            Fault::CutBefore | Fault::CutAfter => Outcome::Cut,
            Fault::Nonsense => Outcome::Answer(nonsense()),
        }
    }

    fn violated(&mut self, request: &Request, wrong: &[String]) {
        let body = String::from_utf8_lossy(&request.body);
        let body: String = body.chars().take(600).collect();
        let told = wrong
            .iter()
            .map(|wrong| format!("{}: {wrong}; body: {body}", request.shown()));
        let room = MAX_VIOLATIONS.saturating_sub(self.violations.len());
        self.violations.extend(told.take(room));
    }
}

fn refused(why: &str) -> Outcome {
    Outcome::Answer(Answer::json(400, json!({ "contract": why })))
}

impl<S> Drop for Mock<S> {
    fn drop(&mut self) {
        let violations = std::mem::take(&mut self.0.state().violations);
        if !violations.is_empty() && !std::thread::panicking() {
            panic!("the contract was violated:\n{}", violations.join("\n"));
        }
    }
}
