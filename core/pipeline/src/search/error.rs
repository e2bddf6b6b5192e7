//! What is wrong with a query, where, and what would be right.

/// A query that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at character {position}: {problem}")]
pub struct SearchError {
    /// Characters before what is wrong.
    pub position: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A quote that nothing closes.
    #[error("the quote is not closed")]
    UnclosedQuote,
    /// A list that nothing closes.
    #[error("the list is not closed; write key:[a, b]")]
    UnclosedList,
    /// Nothing after the colon.
    #[error("'{key}:' has no value")]
    NoValue {
        /// Which key.
        key: String,
    },
    /// A value that the key does not know.
    #[error("'{key}:' cannot be '{value}'; it is one of: {allowed}")]
    UnknownValue {
        /// Which key.
        key: String,
        /// What stood there.
        value: String,
        /// What could.
        allowed: &'static str,
    },
    /// Something else than a number.
    #[error("'{key}:' takes a number, as in {key}:>100, and not '{value}'")]
    NotANumber {
        /// Which key.
        key: String,
        /// What stood there.
        value: String,
    },
    /// Something else than a time.
    #[error("'{key}:' takes a time, as in {key}:-24h, {key}:+7d or {key}:>=2026-01-31, and not '{value}'")]
    NotATime {
        /// Which key.
        key: String,
        /// What stood there.
        value: String,
    },
    /// A list for a key that takes one value.
    #[error("'{key}:' takes one value, and no list")]
    NoList {
        /// Which key.
        key: String,
    },
    /// `AND`, `OR`, parentheses.
    #[error(
        "'{word}' is not understood: terms are joined by and; for one of several values write key:[a, b]"
    )]
    Boolean {
        /// What stood there.
        word: String,
    },
    /// More text than is read.
    #[error("a query has at most {limit} characters")]
    TooLong {
        /// How many it may have.
        limit: usize,
    },
    /// More terms than are read.
    #[error("a query has at most {limit} terms")]
    TooManyTerms {
        /// How many it may have.
        limit: usize,
    },
}

impl SearchError {
    pub(super) const fn new(position: usize, problem: Problem) -> Self {
        SearchError { position, problem }
    }

    pub(super) fn unknown(position: usize, key: &str, value: &str, allowed: &'static str) -> Self {
        Self::new(
            position,
            Problem::UnknownValue {
                key: quoted(key),
                value: quoted(value),
                allowed,
            },
        )
    }
}

/// What is quoted back is bounded.
pub(super) fn quoted(text: &str) -> String {
    text.chars().take(64).collect()
}
