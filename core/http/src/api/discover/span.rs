//! Which time is asked about, and in which steps: `statsPeriod`, `start` and `end`, `interval`.

use errand_model::Timestamp;
use errand_model::question::Span;
use errand_store::facts::DAYS;

use crate::api::error::invalid;
use crate::api::query::QueryPairs;
use crate::error::Error;

/// What is asked about where nothing is said, as in Sentry.
const USUAL: i64 = 90 * 86_400;

/// The time of a request.
pub(super) fn of(query: &QueryPairs, now: Timestamp) -> Result<Span, Error> {
    let time = |name| {
        let allowed = "a time (2026-01-31T12:00:00Z)";
        let read = |text| Timestamp::parse_rfc3339(text).ok_or_else(|| invalid(name, text, allowed));
        query.text(name).map(read).transpose()
    };
    if let (Some(since), Some(until)) = (time("start")?, time("end")?) {
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

/// `statsPeriod` in seconds, where it is given.
pub(in crate::api) fn period(query: &QueryPairs) -> Result<Option<i64>, Error> {
    let Some(period) = query.text("statsPeriod") else {
        return Ok(None);
    };
    let allowed = "a number and m, h, d or w, as 24h, up to 400d";
    let seconds = seconds(period).ok_or_else(|| invalid("statsPeriod", period, allowed))?;
    Ok(Some(seconds))
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

/// `30m`, `24h`, `14d`, `2w` in seconds.
fn seconds(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return None,
    };
    let seconds = number.parse::<i64>().ok()?.checked_mul(unit)?;
    (60..=DAYS * 86_400).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn periods_have_a_unit_and_a_bound() {
        assert_eq!(seconds("30m"), Some(1_800));
        assert_eq!(seconds("2w"), Some(1_209_600));
        for wrong in ["", "d", "0h", "-1h", "401d", "1y", "99999999999999999999h"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
