//! Which time is asked about, and in which steps: `statsPeriod`, `start` and `end`, `interval`.

use errand_model::Timestamp;
use errand_model::question::Span;

use crate::api::error::invalid;
use crate::api::narrow::{period, seconds, time};
use crate::api::query::QueryPairs;
use crate::error::Error;

/// What is asked about where nothing is said, as in Sentry.
const USUAL: i64 = 90 * 86_400;

/// The time of a request.
pub(super) fn of(query: &QueryPairs, now: Timestamp) -> Result<Span, Error> {
    if let (Some(since), Some(until)) = (time(query, "start")?, time(query, "end")?) {
        if since >= until {
            return Err(Error::bad_request("end: is not after start"));
        }
        return Ok(Span { since, until });
    }
    Ok(Span {
        since: now.plus_seconds(-period(query)?.unwrap_or(USUAL)),
        until: now,
    })
}

/// The seconds of a step.
pub(super) fn step(query: &QueryPairs, span: Span) -> Result<i64, Error> {
    match query.text("interval") {
        None => Ok(span.fitting_step()),
        Some(text) => {
            let allowed = "a number and m, h, d or w, as 1h";
            seconds(text).ok_or_else(|| invalid("interval", text, allowed))
        }
    }
}
