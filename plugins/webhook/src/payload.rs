//! The body of a webhook. Receivers parse it: fields may be added, never renamed.

use errand_plugin_sdk::{Event, Issue};
use serde_json::{Value, json};

/// The body for an event. Times are milliseconds since 1970 UTC.
pub fn of(event: &Event) -> Value {
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
