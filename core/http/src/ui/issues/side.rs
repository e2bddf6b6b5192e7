//! The column beside an issue: its counts over time, and its commonest tags.

use errand_model::issue::Issue;
use errand_model::{IssueId, Timestamp};
use errand_store::issues::{Intervals, series};
use errand_store::tags::{self, Facet, TagCount};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::events::view::link;
use super::query::term;
use crate::AppState;
use crate::error::Error;
use crate::ui::parts::Bars;

/// Events over a stretch of time.
pub(crate) struct Chart {
    /// `Last 24 hours`.
    pub(crate) title: &'static str,
    /// Where it starts: `24 h ago`.
    pub(crate) from: &'static str,
    /// The picture.
    pub(crate) bars: Bars,
    /// The same as numbers.
    pub(crate) table: Vec<(Timestamp, i64)>,
}

/// A tag with its commonest values.
pub(crate) struct TagView {
    /// The tag.
    pub(crate) key: String,
    /// Events that have it.
    pub(crate) total: i64,
    /// `3 values`.
    pub(crate) distinct: String,
    /// The commonest values.
    pub(crate) top: Vec<ValueView>,
}

/// A value of a tag.
pub(crate) struct ValueView {
    /// The value.
    pub(crate) text: String,
    /// The search for issues that have it.
    pub(crate) url: String,
    /// The value, where it is an address.
    pub(crate) link: Option<String>,
    /// Events that have it.
    pub(crate) events: i64,
    /// When it was first seen.
    pub(crate) first_seen: Timestamp,
    /// When it was last seen.
    pub(crate) last_seen: Timestamp,
}

/// The last day by the hour and the last two weeks by the day.
pub(crate) async fn charts(state: &AppState, issue: IssueId, now: Timestamp) -> Result<Vec<Chart>, Error> {
    let stretches = [
        ("Last 24 hours", "24 h ago", "24 hours", Intervals::DAY),
        ("Last 14 days", "14 d ago", "14 days", Intervals::FORTNIGHT),
    ];
    let mut charts = Vec::new();
    for (title, from, span, intervals) in stretches {
        let table = series(&state.db, &[issue], intervals, now)
            .await?
            .remove(&issue)
            .unwrap_or_default();
        let bars = Bars::tall(table.iter().map(|(_, events)| *events).collect(), span);
        charts.push(Chart {
            title,
            from,
            bars,
            table,
        });
    }
    Ok(charts)
}

/// Tags that every event has and that tell little; they stand on the page of all tags.
const DULL: [&str; 3] = ["level", "handled", "mechanism"];
/// Tags that stand beside an issue.
const TELLING: usize = 10;

/// The tags worth a glance.
pub(crate) async fn telling_tags(state: &AppState, issue: &Issue) -> Result<Vec<TagView>, Error> {
    let facets = tags::facets(&state.db, issue.id, 4).await?;
    let keys: Vec<String> = facets.iter().map(|facet| facet.key.clone()).collect();
    // `browser.name` says less than `browser`.
    let is_part = |key: &str| {
        key.split_once('.')
            .is_some_and(|(whole, _)| keys.iter().any(|key| key == whole))
    };
    let is_telling = |facet: &Facet| !DULL.contains(&facet.key.as_str()) && !is_part(&facet.key);
    Ok(facets
        .into_iter()
        .filter(is_telling)
        .take(TELLING)
        .map(TagView::of)
        .collect())
}

impl TagView {
    /// Of a counted tag.
    pub(crate) fn of(facet: Facet) -> Self {
        let distinct = match facet.values {
            1 => "1 value".to_owned(),
            values => format!("{values} values"),
        };
        let key = facet.key;
        TagView {
            top: facet
                .top
                .into_iter()
                .map(|count| ValueView::of(&key, count))
                .collect(),
            total: facet.events,
            distinct,
            key,
        }
    }
}

impl ValueView {
    /// Of a counted value of the tag `key`.
    pub(crate) fn of(key: &str, count: TagCount) -> Self {
        let query = term(key, &count.value);
        ValueView {
            url: format!("/issues?query={}", utf8_percent_encode(&query, NON_ALPHANUMERIC)),
            link: link(&count.value).map(str::to_owned),
            text: count.value,
            events: count.events,
            first_seen: count.first_seen,
            last_seen: count.last_seen,
        }
    }
}
