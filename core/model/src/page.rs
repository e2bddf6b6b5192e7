//! Pages of a list, in Sentry's cursor form.

use std::fmt;
use std::str::FromStr;

/// Where a page starts: `value:offset:is_prev`, as in Sentry's `Link` headers.
///
/// `value` is the sort key of the row before the page; rows with the same key are told apart by `offset`
/// (how many of them were shown).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Sort key of the last row seen.
    pub value: i64,
    /// How many rows with that key were seen, or a plain offset where the list is sorted by something else.
    pub offset: i64,
    /// Whether the page lies before the key.
    pub is_prev: bool,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.value, self.offset, u8::from(self.is_prev))
    }
}

/// A cursor that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the cursor is not of the form value:offset:0|1; take it from a Link header")]
pub struct BadCursor;

impl FromStr for Cursor {
    type Err = BadCursor;
    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let mut parts = text.splitn(3, ':');
        let mut number = || {
            parts
                .next()
                .and_then(|part| part.parse::<i64>().ok())
                .ok_or(BadCursor)
        };
        let (value, offset, prev) = (number()?, number()?, number()?);
        if !(0..=1).contains(&prev) || offset < 0 {
            return Err(BadCursor);
        }
        Ok(Cursor {
            value,
            offset,
            is_prev: prev == 1,
        })
    }
}

/// One page and where its neighbours start.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The page before, if there is one.
    pub prev: Option<Cursor>,
    /// The page after, if there is one.
    pub next: Option<Cursor>,
}
