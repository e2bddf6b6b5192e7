//! A remote that does what it is told, and remembers what it was sent.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::remote::{Remote, RemoteAnswer, RemoteRequest};

/// What the other side does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429, to be left alone for that many seconds.
    TooMany(u32),
    /// 500.
    Broken,
    /// 401.
    Unauthorized,
    /// Nobody is there.
    Refused,
    /// It takes the request and does not answer in time.
    TimeoutAfterSend,
    /// It takes the request and hangs up.
    HangUp,
    /// 200 and nonsense.
    Nonsense,
}

impl Fault {
    fn answer(self) -> RemoteAnswer {
        match self {
            Fault::TooMany(seconds) => {
                RemoteAnswer::status(429, "slow down").with_header("retry-after", &seconds.to_string())
            }
            Fault::Broken => RemoteAnswer::status(500, "broken"),
            Fault::Unauthorized => RemoteAnswer::status(401, "who are you"),
            Fault::Refused => RemoteAnswer::Refused,
            Fault::TimeoutAfterSend => RemoteAnswer::Timeout,
            Fault::HangUp => RemoteAnswer::Interrupted,
            Fault::Nonsense => RemoteAnswer::status(200, "<html>\u{0}{not json"),
        }
    }
}

/// What plugins with accounts act with.
const ACCESS_TOKEN: &str = "access-token-of-the-trial";

/// Requests that are remembered; no call makes more.
const MAX_REMEMBERED: usize = 1_000;

/// A scripted remote. Without a script it answers 200 and `{}`.
#[derive(Debug, Default)]
pub struct Script(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    next: VecDeque<RemoteAnswer>,
    always: Option<RemoteAnswer>,
    arrived: Vec<RemoteRequest>,
}

impl Script {
    /// Answers the next request so.
    pub fn then(&self, answer: RemoteAnswer) {
        self.state().next.push_back(answer);
    }

    /// Does this wrong with every request from now on.
    pub fn fail(&self, fault: Fault) {
        self.state().always = Some(fault.answer());
    }

    /// Answers as in the beginning, and forgets what arrived.
    pub fn reset(&self) {
        *self.state() = State::default();
    }

    /// What arrived since the beginning or the last reset.
    pub fn arrived(&self) -> Vec<RemoteRequest> {
        self.state().arrived.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remote for Script {
    fn answer(&self, request: &RemoteRequest) -> RemoteAnswer {
        if request.body.starts_with(b"grant_type=") {
            // Tokens are the hub's business, and come whatever is wrong with the rest.
            let tokens = format!(r#"{{"access_token": "{ACCESS_TOKEN}", "token_type": "Bearer"}}"#);
            return RemoteAnswer::status(200, &tokens);
        }
        let mut state = self.state();
        if state.arrived.len() < MAX_REMEMBERED {
            state.arrived.push(request.clone());
        }
        let usual = || RemoteAnswer::status(200, "{}").with_header("content-type", "application/json");
        let next = state.next.pop_front();
        next.or_else(|| state.always.clone()).unwrap_or_else(usual)
    }
}
