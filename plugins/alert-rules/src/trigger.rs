//! `when`: what wakes a rule.

use crate::metric::Metric;
use crate::share::Share;
use crate::time;
use crate::timetable::Timetable;

/// What people write, and the change that it is.
const NAMES: [(&str, &str); 10] = [
    ("first seen", "issue.created"),
    ("regressed", "issue.regressed"),
    ("escalating", "issue.escalating"),
    ("reassigned", "issue.assigned"),
    ("resolved", "issue.resolved"),
    ("unresolved", "issue.unresolved"),
    ("archived", "issue.archived"),
    ("commented", "issue.commented"),
    ("prioritized", "issue.prioritized"),
    ("linked", "issue.linked"),
];
/// Events or users that are waited for at most: what the hub looks at.
const MOST: u64 = 2_000;

/// What wakes a rule.
pub enum Trigger {
    /// A change: `issue.created`.
    Change(&'static str),
    /// An issue grows.
    Growth(Growth),
    /// A number of events or users crosses a threshold.
    Metric(Metric),
    /// A share of sessions crosses a threshold.
    Share(Share),
    /// A tag of this name has a value that nothing had before.
    NewValue(String),
    /// The clock strikes.
    Timetable(Timetable),
}

/// So much of an issue within so long.
pub struct Growth {
    /// How many.
    pub count: u64,
    /// Of what.
    pub of: Counted,
    /// Within so many milliseconds.
    pub span: i64,
    /// As it was written.
    pub text: String,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Events.
    Events,
    /// Distinct users.
    Users,
}

impl Trigger {
    /// The triggers of a line. A time and a filter may have commas of their own: they have a line to themselves.
    pub fn parse_line(text: &str) -> Result<Vec<Self>, String> {
        let words = words(text);
        match Timetable::is_meant(&words) || words.contains(&"where") {
            true => Ok(vec![Self::parse(text)?]),
            false => text.split(',').map(Self::parse).collect(),
        }
    }

    /// `first seen`, `100 events in 10m`.
    fn parse(text: &str) -> Result<Self, String> {
        let words = words(text);
        let text = words.join(" ");
        if let Some((_, change)) = NAMES.iter().find(|(name, _)| *name == text) {
            return Ok(Trigger::Change(change));
        }
        if Metric::is_meant(&words) {
            return Metric::parse(&text, &words).map(Trigger::Metric);
        }
        if Share::is_meant(&words) {
            return Share::parse(&text, &words).map(Trigger::Share);
        }
        if Timetable::is_meant(&words) {
            return Timetable::parse(&text, &words).map(Trigger::Timetable);
        }
        if let ["new", "value", "of", tag] = words.as_slice() {
            return Ok(Trigger::NewValue((*tag).to_owned()));
        }
        let counted = |what| match what {
            "events" => Some(Counted::Events),
            "users" => Some(Counted::Users),
            _ => None,
        };
        let growth = match words.as_slice() {
            [count, what, "in", span] => counted(*what).map(|of| (*count, of, *span)),
            _ => None,
        };
        let Some((count, of, span)) = growth else {
            let allowed = NAMES.map(|(name, _)| name).join(", ");
            return Err(format!(
                "'{text}' is nothing that a rule can wait for; allowed: {allowed}, 100 events in 10m, 20 users in 1h, \
                 events > 100 in 10m, events per minute > 30 in 5m, crash-free sessions < 99% in 1h, new value of release, at 09:00 mon-fri for is:unresolved"
            ));
        };
        let count = count.parse().ok().filter(|count| (1..=MOST).contains(count));
        let count = count.ok_or_else(|| format!("'{text}': 1 to {MOST} can be waited for"))?;
        let span = time::span(span)?;
        if span > time::DAY_MS {
            return Err(format!("'{text}': a day can be waited at most"));
        }
        Ok(Trigger::Growth(Growth {
            count,
            of,
            span,
            text,
        }))
    }

    /// What people write for a change.
    pub fn name_of(change: &str) -> &str {
        NAMES
            .iter()
            .find(|(_, known)| *known == change)
            .map_or(change, |(name, _)| name)
    }
}

/// The words of a text; what stands in quotes is one.
fn words(text: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let is_between = |c: char| {
        is_quoted ^= c == '"';
        c.is_whitespace() && !is_quoted
    };
    text.split(is_between).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_quotes_is_one_word() {
        assert_eq!(
            words("events > 1  in 5m where transaction:\"GET /cart\" level:error"),
            [
                "events",
                ">",
                "1",
                "in",
                "5m",
                "where",
                "transaction:\"GET /cart\"",
                "level:error"
            ]
        );
    }

    #[test]
    fn a_filter_may_have_commas_of_its_own() {
        let triggers = Trigger::parse_line("events > 1 in 5m where transaction:\"a, b\"").unwrap();
        let [Trigger::Metric(metric)] = triggers.as_slice() else {
            panic!("one number");
        };
        assert_eq!(metric.tags, [("transaction".to_owned(), "a, b".to_owned())]);
    }
}
