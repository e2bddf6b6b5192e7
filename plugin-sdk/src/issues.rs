//! Issues as they stand now, and how much happened.

use serde_json::{Map, Value};

use crate::bindings::errand::plugin::{issues as wit, stats};
use crate::{Failure, Issue};

pub use stats::{Counts, Filter};

/// An issue of the installation's projects; none if there is no such issue.
///
/// # Errors
/// [`Failure`] if the hub cannot say.
pub fn get(id: &str) -> Result<Option<Issue>, Failure> {
    found(wit::get(id).map(Some))
}

/// Its latest event, with these of its fields, or with all if none is named; none if none is kept.
///
/// # Errors
/// [`Failure`] if the hub cannot say.
pub fn latest_event(id: &str, fields: &[&str]) -> Result<Option<Map<String, Value>>, Failure> {
    let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
    let Some(json) = found(wit::latest_event(id, &fields))? else {
        return Ok(None);
    };
    serde_json::from_str(&json)
        .map(Some)
        .map_err(|error| Failure::permanent(format!("the event is no JSON object: {error}")))
}

/// Counts what happened since then (milliseconds since 1970).
///
/// # Errors
/// [`Failure`] if the hub does not count so.
pub fn count(filter: &Filter, since: u64) -> Result<Counts, Failure> {
    stats::count(filter, since).map_err(|error| match error {
        stats::Error::Unavailable(message) => Failure::retry(message),
        stats::Error::Invalid(message)
        | stats::Error::Unsupported(message)
        | stats::Error::BudgetExhausted(message) => Failure::permanent(message),
    })
}

fn found<T>(answer: Result<Option<T>, wit::Error>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(found) => Ok(found),
        Err(wit::Error::NotFound) => Ok(None),
        Err(wit::Error::Unavailable(message)) => Err(Failure::retry(message)),
        Err(wit::Error::Invalid(message) | wit::Error::BudgetExhausted(message)) => {
            Err(Failure::permanent(message))
        }
    }
}
