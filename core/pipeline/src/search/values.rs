//! Comparisons, numbers and times in queries.

use errand_model::Timestamp;
use errand_model::search::Bound;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// A moment that is named exactly stands for the minutes around it, as in Sentry.
const AROUND_SECONDS: i64 = 5 * 60;

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Above { included: bool },
    Below { included: bool },
    Equal,
}

/// The comparison before a value, and the value.
pub(super) fn comparison(text: &str) -> (Comparison, &str) {
    let operators = [
        (">=", Comparison::Above { included: true }),
        ("<=", Comparison::Below { included: true }),
        (">", Comparison::Above { included: false }),
        ("<", Comparison::Below { included: false }),
        ("=", Comparison::Equal),
    ];
    let found = operators
        .iter()
        .find_map(|(sign, comparison)| Some((*comparison, text.strip_prefix(sign)?)));
    let (comparison, value) = found.unwrap_or((Comparison::Equal, text));
    (comparison, value.trim())
}

fn bound<T>(comparison: Comparison, value: T) -> Option<Bound<T>> {
    match comparison {
        Comparison::Above { included } => Some(Bound {
            lower: Some((value, included)),
            upper: None,
        }),
        Comparison::Below { included } => Some(Bound {
            lower: None,
            upper: Some((value, included)),
        }),
        Comparison::Equal => None,
    }
}

/// `>100`, `<=1k`, `7`.
pub(super) fn number(text: &str) -> Option<Bound<i64>> {
    let (comparison, value) = comparison(text);
    let (digits, unit) = match value.char_indices().next_back()? {
        (end, 'k' | 'K') => (value.get(..end)?, 1_000),
        (end, 'm' | 'M') => (value.get(..end)?, 1_000_000),
        (end, 'b' | 'B') => (value.get(..end)?, 1_000_000_000),
        _ => (value, 1),
    };
    let number = digits.parse::<i64>().ok()?.checked_mul(unit)?;
    Some(bound(comparison, number).unwrap_or(Bound {
        lower: Some((number, true)),
        upper: Some((number, true)),
    }))
}

/// `-24h` (since then), `+7d` (before then), `>2026-01-31`, `2026-01-31` (that day), `<=2026-01-31T12:00:00`.
pub(super) fn time(text: &str, now: Timestamp) -> Option<Bound<Timestamp>> {
    let (comparison, value) = comparison(text);
    if let Some(ago) = value.strip_prefix('-').and_then(seconds) {
        let then = now.plus_seconds(-ago);
        return Some(bound(comparison, then).unwrap_or(Bound {
            lower: Some((then, true)),
            upper: None,
        }));
    }
    if let Some(ago) = value.strip_prefix('+').and_then(seconds) {
        let then = now.plus_seconds(-ago);
        return Some(bound(comparison, then).unwrap_or(Bound {
            lower: None,
            upper: Some((then, true)),
        }));
    }
    match day(value) {
        Some(day) => Some(within_day(comparison, day)),
        None => {
            let moment = Timestamp::parse_rfc3339(value)?;
            Some(bound(comparison, moment).unwrap_or(Bound {
                lower: Some((moment.plus_seconds(-AROUND_SECONDS), true)),
                upper: Some((moment.plus_seconds(AROUND_SECONDS), true)),
            }))
        }
    }
}

/// After a day is from the next one on; up to a day includes it.
fn within_day(comparison: Comparison, day: Timestamp) -> Bound<Timestamp> {
    let next = day.plus_seconds(DAY_SECONDS);
    let (lower, upper) = match comparison {
        Comparison::Above { included: true } => (Some((day, true)), None),
        Comparison::Above { included: false } => (Some((next, true)), None),
        Comparison::Below { included: true } => (None, Some((next, false))),
        Comparison::Below { included: false } => (None, Some((day, false))),
        Comparison::Equal => (Some((day, true)), Some((next, false))),
    };
    Bound { lower, upper }
}

fn day(text: &str) -> Option<Timestamp> {
    let date: jiff::civil::Date = text.parse().ok()?;
    if text.contains(['T', 't', ' ']) {
        return None;
    }
    let start = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp::from_seconds(start.timestamp().as_second()))
}

/// `24h`, `7d`, `30m`, `2w`, `45s`.
fn seconds(text: &str) -> Option<i64> {
    let (end, unit) = text.char_indices().next_back()?;
    let unit = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => DAY_SECONDS,
        'w' => 7 * DAY_SECONDS,
        _ => return None,
    };
    // A hundred thousand weeks are more than any hub has lived.
    let count = text.get(..end)?.parse::<i64>().ok()?;
    (0..=100_000).contains(&count).then(|| count * unit)
}
