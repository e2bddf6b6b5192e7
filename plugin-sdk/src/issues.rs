//! Issues as they stand now, and how much happened.

use serde_json::{Map, Value};

use crate::bindings::errand::plugin::{issues as wit, stats};
use crate::{Failure, Issue, Ticket};

pub use stats::{
    Counts, Filter, Minute, Minutes, NewValue, SessionCounts, SessionFilter, SessionMinute, SessionMinutes,
};
pub use wit::{Linked, LinkedPage, Page};

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
    read(found(wit::latest_event(id, &fields))?)
}

/// The same of its latest event that had come in by then (milliseconds since 1970).
///
/// # Errors
/// [`Failure`] if the hub cannot say.
pub fn event_at(id: &str, at: u64, fields: &[&str]) -> Result<Option<Map<String, Value>>, Failure> {
    let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
    read(found(wit::event_at(id, at, &fields))?)
}

/// The tickets that an issue is linked with, the oldest link first; none where there is no such issue.
///
/// # Errors
/// [`Failure`] if the hub cannot say.
pub fn links(id: &str) -> Result<Vec<Ticket>, Failure> {
    Ok(found(wit::links(id).map(Some))?.unwrap_or_default())
}

/// The issues that are linked with a ticket, the newest first; at most 100.
///
/// # Errors
/// [`Failure`] if the hub cannot say.
pub fn find_by_link(system: &str, id: &str) -> Result<Vec<Issue>, Failure> {
    Ok(found(wit::find_by_link(system, id).map(Some))?.unwrap_or_default())
}

/// The issue that the event with this id (32 hexadecimal digits) belongs to; none if there is no such event.
///
/// # Errors
/// [`Failure`] if the hub cannot say, or the id is none.
pub fn find_by_event(event: &str) -> Result<Option<Issue>, Failure> {
    found(wit::find_by_event(event).map(Some))
}

/// A page of the open tickets of a system that issues are linked with, the oldest link first.
///
/// # Errors
/// [`Failure`] if the hub cannot say.
pub fn open_tickets(system: &str, after: Option<&str>, limit: u32) -> Result<LinkedPage, Failure> {
    let page = found(wit::open_tickets(system, after, limit).map(Some))?;
    page.ok_or_else(|| Failure::permanent("the hub keeps no links"))
}

/// The page that lists all issues, of the hub that this one is of.
pub fn page_of_all(issue: &Issue) -> Option<String> {
    let (hub, _) = issue.url.rsplit_once("/organizations/")?;
    Some(format!("{hub}/issues"))
}

/// A page of the issues that a search finds (`is:unresolved level:fatal`), the latest seen first.
///
/// # Errors
/// [`Failure`] if the hub cannot say, or the query is none.
pub fn search(query: &str, after: Option<&str>, limit: u32) -> Result<Page, Failure> {
    let page = found(wit::search(query, after, limit).map(Some))?;
    page.ok_or_else(|| Failure::permanent("the hub finds nothing to search"))
}

/// Counts what happened since then (milliseconds since 1970).
///
/// # Errors
/// [`Failure`] if the hub does not count so.
pub fn count(filter: &Filter, since: u64) -> Result<Counts, Failure> {
    stats::count(filter, since).map_err(uncounted)
}

/// Events of an issue in each of the last `hours` hours (at most 336), the oldest first; the last holds the present.
///
/// # Errors
/// [`Failure`] if the hub cannot say.
pub fn hourly(issue: &str, hours: u32) -> Result<Vec<u64>, Failure> {
    stats::hourly(issue, hours).map_err(uncounted)
}

/// Counts what happened from `since` until `until` (milliseconds since 1970), with distinct users if asked for.
///
/// # Errors
/// [`Failure`] if the hub does not count so.
pub fn count_between(filter: &Filter, since: u64, until: u64, with_users: bool) -> Result<Counts, Failure> {
    stats::count_between(filter, since, until, with_users).map_err(uncounted)
}

/// Values that a tag had from `since` until `until` for the first time; of one project, or of all.
///
/// # Errors
/// [`Failure`] if the hub cannot say.
pub fn new_values(
    project: Option<&str>,
    tag: &str,
    since: u64,
    until: u64,
) -> Result<Vec<NewValue>, Failure> {
    stats::new_values(project, tag, since, until).map_err(uncounted)
}

/// Unresolved issues of which at least that many events came in since then (milliseconds since 1970), at most a day
/// ago; of one project, or of all.
///
/// # Errors
/// [`Failure`] if the hub cannot say.
pub fn frequent(project: Option<&str>, since: u64, at_least: u64) -> Result<Vec<Issue>, Failure> {
    stats::frequent(project, since, at_least).map_err(uncounted)
}

/// How the sessions went that began since then (milliseconds since 1970), at most 90 days ago.
///
/// # Errors
/// [`Failure`] if the hub cannot say.
pub fn sessions(filter: &SessionFilter, since: u64) -> Result<SessionCounts, Failure> {
    stats::sessions(filter, since).map_err(uncounted)
}

/// What happened from `since` until `until` (milliseconds since 1970), minute by minute, within a month: to go through
/// history at once.
///
/// # Errors
/// [`Failure`] if the hub does not count so.
pub fn by_minutes(filter: &Filter, since: u64, until: u64, with_users: bool) -> Result<Minutes, Failure> {
    stats::by_minutes(filter, since, until, with_users).map_err(uncounted)
}

/// How the sessions went that began from `since` until `until` (milliseconds since 1970), minute by minute, as far back as that
/// is known.
///
/// # Errors
/// [`Failure`] if the hub cannot say.
pub fn sessions_by_minutes(
    filter: &SessionFilter,
    since: u64,
    until: u64,
) -> Result<SessionMinutes, Failure> {
    stats::sessions_by_minutes(filter, since, until).map_err(uncounted)
}

/// How the sessions went that began from `since` until `until` (milliseconds since 1970): by the minute within eight days, before
/// that by whole hours.
///
/// # Errors
/// [`Failure`] if the hub cannot say.
pub fn sessions_between(filter: &SessionFilter, since: u64, until: u64) -> Result<SessionCounts, Failure> {
    stats::sessions_between(filter, since, until).map_err(uncounted)
}

/// The share of sessions that did not crash, in per cent; none where there were none.
pub fn crash_free(counts: &SessionCounts) -> Option<f64> {
    (counts.sessions > 0).then(|| 100.0 * (1.0 - (counts.crashed as f64 / counts.sessions as f64).min(1.0)))
}

fn uncounted(error: stats::Error) -> Failure {
    match error {
        stats::Error::Unavailable(message) => Failure::retry(message),
        stats::Error::Invalid(message)
        | stats::Error::Unsupported(message)
        | stats::Error::BudgetExhausted(message) => Failure::permanent(message),
    }
}

fn read(event: Option<String>) -> Result<Option<Map<String, Value>>, Failure> {
    let read = event.map(|json| serde_json::from_str(&json)).transpose();
    read.map_err(|error| Failure::permanent(format!("the event is no JSON object: {error}")))
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
