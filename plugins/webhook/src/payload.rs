//! The body of a webhook. Receivers parse it: fields may be added, never renamed.

use errand_plugin_sdk::{Event, Issue};
use serde_json::{Map, Value, json};

/// What templates know: what there is to tell, and `event`, the occurrence that it is about. Times are milliseconds since
/// 1970 UTC.
pub fn of(event: &Event, occurrence: Map<String, Value>) -> Value {
    let mut context = about(event);
    context["event"] = Value::Object(occurrence);
    context
}

/// The body where no template makes it: all of that but the occurrence.
pub fn told(context: &Value) -> Value {
    let mut told = context.clone();
    if let Some(told) = told.as_object_mut() {
        told.remove("event");
    }
    told
}

fn about(event: &Event) -> Value {
    let action = event.change.strip_prefix("issue.").unwrap_or(&event.change);
    json!({
        "action": action,
        "id": event.id,
        "timestamp": event.at,
        "issue": issue(&event.issue),
        "actor": {
            "type": event.actor.kind.as_str(),
            "id": event.actor.id,
            "name": event.actor.name,
        },
        "change": event.details,
    })
}

fn issue(issue: &Issue) -> Value {
    let project = &issue.project;
    json!({
        "id": issue.id,
        "shortId": issue.short_id,
        "title": issue.title,
        "culprit": issue.culprit,
        "level": issue.level.as_str(),
        "status": issue.status.as_str(),
        "substatus": issue.substatus,
        "priority": issue.priority.as_str(),
        "assignee": issue.assignee,
        "platform": issue.platform,
        "url": issue.url,
        "firstSeen": issue.first_seen,
        "lastSeen": issue.last_seen,
        "count": issue.times_seen,
        "userCount": issue.users_seen,
        "project": {
            "id": project.id,
            "slug": project.slug,
            "name": project.name,
            "platform": project.platform,
            "organization": project.organization,
        },
    })
}

/// What templates are tried on before they are saved.
pub fn sample() -> Value {
    json!({
        "action": "created",
        "id": "1",
        "timestamp": 1_790_000_000_000_u64,
        "issue": {
            "id": "1", "shortId": "SHOP-1A", "title": "TypeError: \"x\" is undefined", "culprit": "checkout.js in pay",
            "level": "error", "status": "unresolved", "substatus": "new", "priority": "high", "assignee": null,
            "platform": "javascript", "url": "https://errors.example.com/issues/1", "firstSeen": 1_790_000_000_000_u64,
            "lastSeen": 1_790_000_000_000_u64, "count": 1, "userCount": 1,
            "project": {
                "id": "1", "slug": "shop", "name": "Shop", "platform": "javascript", "organization": "example",
            },
        },
        "actor": {"type": "system", "id": null, "name": "Errand"},
        "change": {},
        "event": {
            "environment": "production", "release": "shop@1.0", "level": "error", "platform": "javascript",
            "tags": {"browser": "Firefox"}, "user": {"id": "7", "email": "ada@example.com"},
            "exception": [{"type": "TypeError", "value": "x is undefined"}],
        },
    })
}
