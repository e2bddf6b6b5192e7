//! Searches in the hub in memory: what plugins write is read by the hub's own reader, and the terms that they use are looked up.

use errand_model::Timestamp;
use errand_model::search::{Bound, Filter, Pattern, Query, Term, UserField};
use serde_json::Value;

use crate::hub::Held;

/// Whether an issue is what a query asks for.
pub(super) fn holds(held: &Held, query: &Query) -> bool {
    query
        .terms
        .iter()
        .all(|Term { negated, filter }| *negated != term(held, filter))
}

fn term(held: &Held, filter: &Filter) -> bool {
    let summary = &held.summary;
    let lower = |text: &str| text.to_lowercase();
    match filter {
        Filter::Status(status) => summary.status == *status,
        // Whose it is nobody asks here, but whether it is somebody's.
        Filter::Assigned(_) | Filter::Assignee(_) => summary.assignee.is_some(),
        Filter::LastSeen(bound) => within(summary.last_seen, bound),
        Filter::Text(text) => {
            let said = held.event["exception"]["values"][0]["value"]
                .as_str()
                .unwrap_or_default();
            [summary.title.as_str(), &summary.culprit, said]
                .iter()
                .any(|part| lower(part).contains(&lower(text)))
        }
        Filter::ShortId(name) => summary.short_id == *name || summary.id.to_string() == *name,
        Filter::Tag { key, values } => {
            let tags = held.event["tags"].as_array().into_iter().flatten();
            tags.filter(|tag| tag[0] == key.as_str())
                .any(|tag| fits(values, &tag[1]))
        }
        Filter::User { field, values } => {
            let name = match field {
                UserField::Id => "id",
                UserField::Email => "email",
                UserField::Username => "username",
                UserField::Ip => "ip_address",
            };
            fits(values, &held.event["user"][name])
        }
        other => panic!("plugins do not ask for {other:?} here"),
    }
}

fn fits(values: &[Pattern], found: &Value) -> bool {
    values
        .iter()
        .any(|value| value.exact().is_some() && value.exact() == found.as_str())
}

fn within(at: Timestamp, bound: &Bound<Timestamp>) -> bool {
    bound.lower.is_none_or(|(from, _)| at >= from) && bound.upper.is_none_or(|(to, _)| at <= to)
}
