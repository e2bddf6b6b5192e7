//! What happened before, newest first.

use errand_model::Timestamp;
use errand_model::event::{Breadcrumb, Event};

use super::values::{self, Pair};

/// Something that happened before.
pub(crate) struct Crumb<'e> {
    /// When.
    pub(crate) at: Option<Timestamp>,
    /// How long before the event: `-2.4 s`; or after it, where clocks differ: `+0.1 s`.
    pub(crate) before: String,
    /// Which icon tells its kind.
    pub(crate) icon: &'static str,
    /// `http`, `ui.click`.
    pub(crate) category: &'e str,
    /// How bad it was: `error`, `warning`, or nothing worth a colour.
    pub(crate) level: &'static str,
    /// What was said.
    pub(crate) message: &'e str,
    /// What else is known.
    pub(crate) data: Vec<Pair>,
}

/// The breadcrumbs of an event.
pub(super) fn newest_first<'e>(event: &'e Event<'_>) -> Vec<Crumb<'e>> {
    let end = event.timestamp.map(|moment| moment.0);
    event
        .breadcrumbs
        .iter()
        .rev()
        .map(|crumb| view(crumb, end))
        .collect()
}

fn view<'e>(crumb: &'e Breadcrumb<'_>, end: Option<Timestamp>) -> Crumb<'e> {
    let at = crumb.timestamp.map(|moment| moment.0);
    let kind = crumb.kind.as_deref().unwrap_or_default();
    let category = crumb.category.as_deref().unwrap_or_default();
    let level = match crumb.level.as_deref() {
        Some("fatal" | "critical" | "error") => "error",
        Some("warning") => "warning",
        _ => "",
    };
    Crumb {
        at,
        before: at.zip(end).map(|(at, end)| before(at, end)).unwrap_or_default(),
        icon: icon(kind, category, level),
        category: if category.is_empty() { kind } else { category },
        level,
        message: crumb.message.as_deref().unwrap_or_default(),
        data: crumb.data.as_ref().map(values::pairs).unwrap_or_default(),
    }
}

fn icon(kind: &str, category: &str, level: &str) -> &'static str {
    match (kind, category) {
        ("http", _) | (_, "fetch" | "xhr" | "http" | "httplib") => "globe",
        ("query", _) | (_, "query") => "database",
        ("navigation", _) | (_, "navigation") => "right",
        ("ui" | "user", _) => "pointer",
        _ if category.starts_with("ui.") => "pointer",
        _ if matches!(level, "error" | "warning") => "warning",
        _ if category == "console" => "terminal",
        _ => "info",
    }
}

/// `-2.40 s`, `-3 min`, `+0.10 s`.
fn before(at: Timestamp, end: Timestamp) -> String {
    let seconds = (end.micros().saturating_sub(at.micros())) as f64 / 1e6;
    let (sign, seconds) = (if seconds < 0.0 { '+' } else { '-' }, seconds.abs());
    match seconds {
        ..60.0 => format!("{sign}{seconds:.2} s"),
        ..3_600.0 => format!("{sign}{:.0} min", seconds / 60.0),
        _ => format!("{sign}{:.0} h", seconds / 3_600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_may_be_ahead_of_the_events() {
        let at = Timestamp::from_seconds(1_000);
        assert_eq!(before(at, at.plus_millis(2_400)), "-2.40 s");
        assert_eq!(before(at.plus_millis(100), at), "+0.10 s");
        assert_eq!(before(at, at.plus_seconds(180)), "-3 min");
    }
}
