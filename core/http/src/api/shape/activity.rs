//! What happened to an issue, as people see it.

use errand_model::Timestamp;
use errand_model::issue::{Assignee, Resolution};
use errand_model::lifecycle::{Actor, Change};
use errand_model::ticket::Ticket;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::Time;

/// One thing that happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Activity)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActivityShape {
    id: String,
    /// Who did it; nobody where the hub or a plugin did.
    user: Option<ActivityUser>,
    /// `note`, `set_resolved`, `set_ignored`, `set_regression`, `assigned`, …
    #[serde(rename = "type")]
    kind: &'static str,
    #[schema(value_type = Object)]
    data: Value,
    date_created: Time,
}

/// Who did it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ActivityUser {
    /// None for a token that acts for nobody, and for somebody in another system.
    id: Option<String>,
    name: String,
}

impl ActivityShape {
    pub(crate) fn new(id: i64, change: &Change, actor: &Actor, at: Timestamp) -> Self {
        let (kind, data) = told(change);
        ActivityShape {
            id: id.to_string(),
            user: match actor {
                Actor::User { id, name } => Some(ActivityUser {
                    id: id.map(|id| id.to_string()),
                    name: name.clone(),
                }),
                Actor::External { name, .. } => Some(ActivityUser {
                    id: None,
                    name: name.clone(),
                }),
                Actor::System | Actor::Plugin { .. } => None,
            },
            kind,
            data,
            date_created: Time(at),
        }
    }
}

/// Sentry's name of a change, and what it says of it.
fn told(change: &Change) -> (&'static str, Value) {
    match change {
        Change::Created => ("first_seen", json!({})),
        Change::Regressed { release, .. } => ("set_regression", json!({ "version": release })),
        Change::Escalating { reason } => ("set_escalating", json!({ "reason": reason })),
        Change::Resolved { resolution } => resolved(resolution),
        Change::Unresolved => ("set_unresolved", json!({})),
        Change::Archived { until } => (
            "set_ignored",
            json!({
                "ignoreUntil": until.date.map(Time),
                "ignoreUntilEscalating": until.escalating,
                "ignoreCount": until.events.map(|threshold| threshold.more),
                "ignoreUserCount": until.users.map(|threshold| threshold.more),
            }),
        ),
        Change::Assigned { assignee: None } => ("unassigned", json!({})),
        Change::Assigned {
            assignee: Some(Assignee::User(id)),
        } => (
            "assigned",
            json!({ "assignee": id.to_string(), "assigneeType": "user" }),
        ),
        Change::Assigned {
            assignee: Some(Assignee::Team(id)),
        } => (
            "assigned",
            json!({ "assignee": id.to_string(), "assigneeType": "team" }),
        ),
        Change::Commented { text, .. } => ("note", json!({ "text": text })),
        Change::Merged { losers } => {
            let issues: Vec<_> = losers.iter().map(|id| json!({ "id": id.to_string() })).collect();
            ("merge", json!({ "issues": issues }))
        }
        Change::Unmerged { into } => ("unmerge_source", json!({ "destination_id": into.to_string() })),
        Change::Deleted { discard } => ("deleted", json!({ "discard": discard })),
        Change::Prioritized { priority } => ("set_priority", json!({ "priority": priority.as_str() })),
        Change::Linked { ticket } => ("create_issue", linked(ticket)),
        Change::TicketMoved { ticket, was } => {
            let mut data = linked(ticket);
            data["state"] = json!(ticket.state);
            data["was"] = json!(was);
            ("ticket_moved", data)
        }
        Change::Unlinked { ticket } => ("unlink_issue", linked(ticket)),
        Change::AlertRaised(alert) => (
            "alert_raised",
            json!({ "rule": alert.rule, "reason": alert.reason, "action": alert.action }),
        ),
        Change::FixDeployed {
            release,
            environment,
            url,
            ..
        } => (
            "fix_deployed",
            json!({ "version": release, "environment": environment, "url": url }),
        ),
    }
}

fn linked(ticket: &Ticket) -> Value {
    json!({ "provider": ticket.system, "label": ticket.name, "location": ticket.url, "title": ticket.title })
}

fn resolved(resolution: &Resolution) -> (&'static str, Value) {
    match resolution {
        Resolution::Now => ("set_resolved", json!({})),
        Resolution::InRelease { version } => ("set_resolved_in_release", json!({ "version": version })),
        Resolution::InNextRelease { after } => (
            "set_resolved_in_release",
            json!({ "version": "", "inNextRelease": true, "current_release_version": after }),
        ),
        Resolution::InCommit { commit } => ("set_resolved_in_commit", json!({ "commit": commit })),
    }
}
