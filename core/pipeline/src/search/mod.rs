//! The issue search language: text to [`Query`].
//!
//! ```text
//! is:unresolved level:[error,fatal] !environment:staging release:shop@4.* user.email:"ada@example.com"
//! firstSeen:-24h times_seen:>100 assigned:me has:license license:ABC-* "could not place"
//! ```
//!
//! Terms are joined by *and*. A key that is not listed in `terms.rs` is a tag. Free text is looked for in title,
//! culprit and message. To add a key, add it to `terms::filter` and to the table of `docs/search.md`.

mod error;
mod keys;
mod lex;
mod terms;
mod values;

use errand_model::Timestamp;
use errand_model::search::{Query, Sort};
pub use error::{Problem, SearchError};

/// Characters that a query may have.
const MAX_LENGTH: usize = 4_096;

/// Terms that a query may have; each is a condition in SQL.
const MAX_TERMS: usize = 40;

/// Reads a query. Relative times count from `now`.
///
/// # Errors
/// What cannot be understood, where it stands, and what is allowed there.
pub fn parse(text: &str, now: Timestamp) -> Result<Query, SearchError> {
    if text.chars().count() > MAX_LENGTH {
        return Err(SearchError::new(0, Problem::TooLong { limit: MAX_LENGTH }));
    }
    let tokens = lex::tokens(text)?;
    if tokens.len() > MAX_TERMS {
        return Err(SearchError::new(0, Problem::TooManyTerms { limit: MAX_TERMS }));
    }
    let terms = tokens
        .iter()
        .map(|token| terms::term(token, now))
        .collect::<Result<_, _>>()?;
    Ok(Query { terms })
}

/// Reads how a list is to be sorted; nothing means by last seen.
///
/// # Errors
/// Where it is none of the orders there are.
pub fn parse_sort(text: &str) -> Result<Sort, SearchError> {
    Ok(match text.trim() {
        "" | "date" | "lastSeen" | "last_seen" => Sort::LastSeen,
        "new" | "firstSeen" | "first_seen" => Sort::FirstSeen,
        "freq" | "events" => Sort::Events,
        "user" | "users" => Sort::Users,
        "trends" | "trend" => Sort::Trend,
        "priority" | "score" => Sort::Score,
        other => {
            return Err(SearchError::unknown(
                0,
                "sort",
                other,
                "date, new, freq, user, trends, priority",
            ));
        }
    })
}

#[cfg(test)]
mod tests;
