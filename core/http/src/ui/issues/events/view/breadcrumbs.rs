//! What happened before, newest first.

use errand_model::Timestamp;
use errand_model::event::{Breadcrumb, Event};

use super::values::{self, Pair};

/// Something that happened before.
pub(crate) struct Crumb<'e> {
    /// When.
    pub(crate) at: Option<Timestamp>,
    /// How long before the event: `-2.4 s`.
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

/// `-2.4 s`, `-3 min`.
fn before(at: Timestamp, end: Timestamp) -> String {
    let seconds = (end.micros().saturating_sub(at.micros())) as f64 / 1e6;
    match seconds {
        ..0.0 => String::new(),
        ..60.0 => format!("-{seconds:.2} s"),
        ..3_600.0 => format!("-{:.0} min", seconds / 60.0),
        _ => format!("-{:.0} h", seconds / 3_600.0),
    }
}
