//! Times as people read them: how long ago, with the exact time behind it.

use std::fmt;

use askama::filters::HtmlSafe;
use errand_model::Timestamp;

/// A `<time>` element: `5 min ago`, and the exact time as its title.
pub(crate) struct When {
    at: Timestamp,
    now: Timestamp,
    is_exact: bool,
}

impl When {
    /// Says how long before `now` it was.
    pub(crate) fn relative(at: Timestamp, now: Timestamp) -> Self {
        When {
            at,
            now,
            is_exact: false,
        }
    }

    /// Says when it was.
    pub(crate) fn exact(at: Timestamp) -> Self {
        When {
            at,
            now: at,
            is_exact: true,
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let machine = Timestamp::from_seconds(self.at.seconds());
        if self.is_exact {
            return write!(f, r#"<time datetime="{machine}">{}</time>"#, calendar(self.at));
        }
        let words = ago(self.at, self.now);
        write!(
            f,
            r#"<time datetime="{machine}" title="{}" data-ago>{words}</time>"#,
            calendar(self.at)
        )
    }
}

impl HtmlSafe for When {}

/// `5 min ago`; what lies ahead reads `in 5 min`.
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.seconds().saturating_sub(at.seconds());
    match seconds {
        -4..=4 => "just now".to_owned(),
        5.. => format!("{} ago", span(seconds)),
        _ => format!("in {}", span(seconds.saturating_neg())),
    }
}

/// A length of time in its largest unit.
fn span(seconds: i64) -> String {
    let (count, unit) = match seconds {
        ..60 => (seconds, "s"),
        60..3_600 => (seconds / 60, "min"),
        3_600..86_400 => (seconds / 3_600, "h"),
        86_400..1_209_600 => (seconds / 86_400, "d"),
        1_209_600..5_184_000 => (seconds / 604_800, "wk"),
        5_184_000..63_072_000 => (seconds / 2_592_000, "mo"),
        _ => (seconds / 31_536_000, "y"),
    };
    format!("{count} {unit}")
}

/// `2026-11-22 18:29:13 UTC`.
fn calendar(at: Timestamp) -> String {
    let text = Timestamp::from_seconds(at.seconds()).to_string();
    let text = text.trim_end_matches('Z').replacen('T', " ", 1);
    format!("{text} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_unit_is_told() {
        let now = Timestamp::from_seconds(1_790_000_000);
        let told = |seconds: i64| ago(now.plus_seconds(-seconds), now);
        assert_eq!(told(2), "just now");
        assert_eq!(told(42), "42 s ago");
        assert_eq!(told(3 * 3_600 + 59), "3 h ago");
        assert_eq!(told(20 * 86_400), "2 wk ago");
        assert_eq!(told(800 * 86_400), "2 y ago");
        assert_eq!(told(-7_200), "in 2 h");
    }

    #[test]
    fn the_exact_time_stands_behind_it() {
        let at = Timestamp::from_seconds(1_790_000_000);
        let html = When::relative(at, at.plus_seconds(60)).to_string();
        assert_eq!(
            html,
            r#"<time datetime="2026-09-21T14:13:20Z" title="2026-09-21 14:13:20 UTC" data-ago>1 min ago</time>"#
        );
    }
}
