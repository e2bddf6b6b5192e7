//! How a call ends, and what the hub makes of it.

use std::fmt;

use crate::bindings::errand::plugin::types as wit;

/// How a call ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// There was nothing to do.
    Ignored,
}

/// A problem with the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting; none where it is about the whole.
    pub field: Option<String>,
    /// What is wrong, for the admin who has to mend it.
    pub message: String,
}

impl Problem {
    /// With one setting.
    pub fn with(field: impl Into<String>, message: impl Into<String>) -> Self {
        Problem {
            field: Some(field.into()),
            message: message.into(),
        }
    }
}

/// How a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It may work later: the hub tries again with growing pauses, not before the hint (milliseconds).
    Retry {
        /// Why it failed.
        message: String,
        /// Not before.
        after_ms: Option<u64>,
    },
    /// The other side wants to be left alone for that many milliseconds. Counts as no attempt.
    RateLimited {
        /// For how long.
        after_ms: u64,
    },
    /// The settings are wrong: the installation pauses, its deliveries wait for an admin.
    Config(Problem),
    /// The credentials are refused: pauses likewise.
    Auth(String),
    /// This delivery will never work.
    Permanent(String),
}

impl Failure {
    /// It may work later.
    pub fn retry(message: impl Into<String>) -> Self {
        Failure::Retry {
            message: message.into(),
            after_ms: None,
        }
    }

    /// A setting is wrong.
    pub fn config(field: impl Into<String>, message: impl Into<String>) -> Self {
        Failure::Config(Problem::with(field, message))
    }

    /// It will never work.
    pub fn permanent(message: impl Into<String>) -> Self {
        Failure::Permanent(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Retry { message, .. } => write!(f, "to be tried again: {message}"),
            Failure::RateLimited { after_ms } => write!(f, "to be left alone for {after_ms} ms"),
            Failure::Config(problem) => write!(f, "settings: {}", problem.message),
            Failure::Auth(message) => write!(f, "credentials: {message}"),
            Failure::Permanent(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Outcome> for wit::Outcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => wit::Outcome::Done,
            Outcome::Ignored => wit::Outcome::Ignored,
        }
    }
}

impl From<Problem> for wit::Problem {
    fn from(problem: Problem) -> Self {
        wit::Problem {
            field: problem.field,
            message: problem.message,
        }
    }
}

impl From<Failure> for wit::Failure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Retry { message, after_ms } => wit::Failure::Retry(wit::RetryHint { message, after_ms }),
            Failure::RateLimited { after_ms } => wit::Failure::RateLimited(after_ms),
            Failure::Config(problem) => wit::Failure::Config(problem.into()),
            Failure::Auth(message) => wit::Failure::Auth(message),
            Failure::Permanent(message) => wit::Failure::Permanent(message),
        }
    }
}
