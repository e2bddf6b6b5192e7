//! What was said and done about an issue, as far as the other system tells it.

use std::collections::BTreeMap;

use errand_model::issue::{ArchiveUntil, Assignee};
use errand_model::lifecycle::{Actor, Change};
use errand_model::staged::check_comment;
use errand_model::{TeamId, UserId};
use errand_store::imports::ForeignActivity;
use serde_json::Value;

use super::read::{resolution, text, time};

/// Things that happened to one issue; of more the newest.
const MOST: usize = 500;

/// Who is who: what people and teams of the other system are here.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// By address.
    pub(super) people: BTreeMap<String, UserId>,
    /// By id there.
    pub(super) teams: BTreeMap<String, TeamId>,
}

/// What happened, the oldest first.
pub(super) fn read(rows: &[Value], known: &Known) -> Vec<ForeignActivity> {
    let mut read: Vec<ForeignActivity> = rows.iter().filter_map(|row| one(row, known)).collect();
    read.sort_by_key(|one| one.at);
    read.drain(..read.len().saturating_sub(MOST));
    read
}

fn one(row: &Value, known: &Known) -> Option<ForeignActivity> {
    let data = &row["data"];
    let change = match text(row, "type").as_str() {
        "note" => {
            let said = text(data, "text").replace('\0', "");
            check_comment(&said).ok()?;
            Change::Commented {
                activity: 0,
                text: said,
            }
        }
        "set_resolved" | "set_resolved_by_age" | "set_resolved_in_release" | "set_resolved_in_commit" => {
            Change::Resolved {
                resolution: resolution(data),
            }
        }
        "set_unresolved" => Change::Unresolved,
        "set_ignored" => Change::Archived {
            until: ArchiveUntil {
                escalating: data["ignoreUntilEscalating"].as_bool().unwrap_or(false),
                date: time(data, "ignoreUntil"),
                ..ArchiveUntil::default()
            },
        },
        "set_regression" => Change::Regressed {
            resolution: None,
            release: Some(text(data, "version")).filter(|version| !version.is_empty()),
        },
        "assigned" => Change::Assigned {
            assignee: Some(assignee(data, known)?),
        },
        "unassigned" => Change::Assigned { assignee: None },
        // First seen, prioritized by a machine, deploys, …
        _ => return None,
    };
    Some(ForeignActivity {
        change,
        actor: actor(&row["user"], known),
        at: time(row, "dateCreated")?,
    })
}

/// Whom it was given to; nobody who is not here.
fn assignee(data: &Value, known: &Known) -> Option<Assignee> {
    match text(data, "assigneeType").as_str() {
        "team" => known
            .teams
            .get(&text(data, "assignee"))
            .copied()
            .map(Assignee::Team),
        _ => {
            let email = text(data, "assigneeEmail").to_lowercase();
            known.people.get(&email).copied().map(Assignee::User)
        }
    }
}

fn actor(user: &Value, known: &Known) -> Actor {
    if !user.is_object() {
        return Actor::System;
    }
    let email = text(user, "email").to_lowercase();
    let name = [text(user, "name"), text(user, "username"), email.clone()];
    let name = name.into_iter().find(|name| !name.is_empty());
    Actor::User {
        id: known.people.get(&email).copied(),
        name: name.unwrap_or_else(|| "somebody".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_happened_is_told_in_order_and_by_whom() {
        let mut known = Known::default();
        known.people.insert("ada@example.com".to_owned(), UserId(7));
        let ada = json!({"id": "1", "name": "Ada", "email": "Ada@example.com"});
        let rows = [
            json!({"type": "set_resolved_in_release", "user": null, "data": {"version": "2.0"}, "dateCreated": "2026-09-03T10:00:00Z"}),
            json!({"type": "note", "user": ada, "data": {"text": "seen it"}, "dateCreated": "2026-09-02T10:00:00Z"}),
            json!({"type": "assigned", "user": ada, "data": {"assigneeType": "user", "assigneeEmail": "ada@example.com"},
                "dateCreated": "2026-09-01T10:00:00Z"}),
            json!({"type": "assigned", "user": ada, "data": {"assigneeType": "team", "assignee": "9"}, "dateCreated": "2026-09-01T10:00:00Z"}),
            json!({"type": "first_seen", "user": null, "data": {}, "dateCreated": "2026-08-01T10:00:00Z"}),
            json!({"type": "note", "user": ada, "data": {"text": " "}, "dateCreated": "2026-09-02T10:00:00Z"}),
            json!({"type": "set_unresolved", "user": ada, "data": {}}),
        ];
        let read = read(&rows, &known);
        let kinds: Vec<&str> = read.iter().map(|one| one.change.name()).collect();
        assert_eq!(kinds, ["issue.assigned", "issue.commented", "issue.resolved"]);
        let by_ada = Actor::User {
            id: Some(UserId(7)),
            name: "Ada".to_owned(),
        };
        assert_eq!((&read[1].actor, &read[2].actor), (&by_ada, &Actor::System));
    }
}
