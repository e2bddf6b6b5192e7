//! What is wrong with a rule, and where.

use std::fmt;

/// Which of a project's two rule texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleText {
    /// Rules that say which frames count.
    StackTrace,
    /// Rules that replace what an event is grouped by.
    Fingerprint,
}

impl fmt::Display for RuleText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RuleText::StackTrace => "stack trace rules",
            RuleText::Fingerprint => "fingerprint rules",
        })
    }
}

/// A rule that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}, line {line}, column {column}: {message}")]
pub struct RuleError {
    /// Which text it stands in.
    pub text: RuleText,
    /// Its line, counted from 1.
    pub line: usize,
    /// The column, in characters counted from 1, where reading stopped.
    pub column: usize,
    /// What was expected or is wrong, in plain words.
    pub message: String,
}

/// A problem within one line; [`RuleError`] adds which line that is.
#[derive(Debug)]
pub(super) struct LineError {
    pub(super) column: usize,
    pub(super) message: String,
}

impl LineError {
    pub(super) fn in_line(self, text: RuleText, line: usize) -> RuleError {
        RuleError {
            text,
            line,
            column: self.column,
            message: self.message,
        }
    }
}
