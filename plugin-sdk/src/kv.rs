//! A small memory of the installation, kept over calls.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Failure;
use crate::bindings::errand::plugin::kv as wit;

pub use wit::Entry;

/// Why it did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Too large, or too many.
    Quota(String),
    /// Somebody was faster: the entry stands at this revision, 0 where there is none.
    Conflict(u64),
    /// The key or the value makes no sense.
    Invalid(String),
    /// The hub's storage fails.
    Unavailable(String),
}

/// The entry of a key.
///
/// # Errors
/// [`Error`], never [`Error::Conflict`].
pub fn get(key: &str) -> Result<Option<Entry>, Error> {
    Ok(wit::get(key)?)
}

/// Writes and gives the new revision; with `expect`, only if the entry stands at that revision (0: if there is none).
///
/// # Errors
/// [`Error`].
pub fn put(key: &str, value: &[u8], expect: Option<u64>) -> Result<u64, Error> {
    Ok(wit::put(key, value, expect)?)
}

/// Deletes; no error if there was none.
///
/// # Errors
/// [`Error`], never [`Error::Conflict`].
pub fn delete(key: &str) -> Result<(), Error> {
    Ok(wit::delete(key)?)
}

/// Keys that start with `prefix`, in order, after `after`, at most `limit` and never more than 1000.
///
/// # Errors
/// [`Error`], never [`Error::Conflict`].
pub fn keys(prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>, Error> {
    Ok(wit::keys(prefix, after, limit)?)
}

/// A value that was stored as JSON, and its revision.
///
/// # Errors
/// [`Error::Invalid`] if it is something else.
pub fn get_json<T: DeserializeOwned>(key: &str) -> Result<Option<(T, u64)>, Error> {
    let Some(entry) = get(key)? else {
        return Ok(None);
    };
    let value = serde_json::from_slice(&entry.value).map_err(|error| Error::Invalid(error.to_string()))?;
    Ok(Some((value, entry.revision)))
}

/// Stores a value as JSON.
///
/// # Errors
/// [`Error`].
pub fn put_json<T: Serialize>(key: &str, value: &T, expect: Option<u64>) -> Result<u64, Error> {
    let json = serde_json::to_vec(value).map_err(|error| Error::Invalid(error.to_string()))?;
    put(key, &json, expect)
}

impl From<wit::Error> for Error {
    fn from(error: wit::Error) -> Self {
        match error {
            wit::Error::Quota(message) => Error::Quota(message),
            wit::Error::Conflict(revision) => Error::Conflict(revision),
            wit::Error::Invalid(message) => Error::Invalid(message),
            wit::Error::Unavailable(message) => Error::Unavailable(message),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Quota(message) | Error::Invalid(message) | Error::Unavailable(message) => {
                f.write_str(message)
            }
            Error::Conflict(revision) => write!(f, "the entry stands at revision {revision}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Quota(_) | Error::Invalid(_) => Failure::permanent(error.to_string()),
            Error::Conflict(_) | Error::Unavailable(_) => Failure::retry(error.to_string()),
        }
    }
}
