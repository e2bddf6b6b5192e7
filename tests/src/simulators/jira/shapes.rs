//! How Jira shows things.

use serde_json::{Value, json};

use super::create::project;
use super::{Comment, Edition, Jira, Person, Ticket};
use crate::contract::Answer;

/// An error as Jira words it.
pub(super) fn refused(status: u16, why: &str) -> Answer {
    Answer::json(status, json!({ "errorMessages": [why], "errors": {} }))
}

/// What is wrong with fields.
pub(super) fn wrong(field: &str, why: &str) -> Answer {
    Answer::json(400, json!({ "errorMessages": [], "errors": { field: why } }))
}

impl Jira {
    pub(super) fn person(&self, person: &Person) -> Value {
        match self.edition {
            Edition::Cloud => json!({
                "accountId": person.id, "accountType": "atlassian", "displayName": person.name,
                "emailAddress": person.email, "active": true,
            }),
            Edition::DataCenter => json!({
                "name": person.id, "key": person.id, "displayName": person.name,
                "emailAddress": person.email, "active": true,
            }),
        }
    }

    fn whose(&self, id: &str) -> Value {
        self.people
            .iter()
            .find(|person| person.id == id)
            .map_or(Value::Null, |person| self.person(person))
    }

    /// A ticket as it is read and told.
    pub(super) fn shown(&self, ticket: &Ticket) -> Value {
        let mut fields = ticket.fields.clone();
        fields.insert("status".to_owned(), self.status(ticket.state));
        fields.insert(
            "assignee".to_owned(),
            ticket
                .assignee
                .as_deref()
                .map_or(Value::Null, |id| self.whose(id)),
        );
        fields
            .entry("priority")
            .or_insert_with(|| json!({ "name": "Medium" }));
        let key = ticket.key.rsplit_once('-').map_or("", |(key, _)| key);
        fields.insert("project".to_owned(), project(key));
        let done = self.states[ticket.state].category == "done";
        let resolution = if done {
            json!({ "name": "Done" })
        } else {
            Value::Null
        };
        fields.insert("resolution".to_owned(), resolution);
        let comments: Vec<_> = ticket.comments.iter().map(|comment| self.said(comment)).collect();
        fields.insert(
            "comment".to_owned(),
            json!({ "comments": comments, "total": comments.len() }),
        );
        json!({ "id": ticket.id.to_string(), "key": ticket.key, "fields": fields })
    }

    pub(super) fn status(&self, at: usize) -> Value {
        let state = &self.states[at];
        json!({
            "id": (at + 1).to_string(), "name": state.name,
            "statusCategory": { "id": 2, "key": state.category, "name": state.category },
        })
    }

    pub(super) fn said(&self, comment: &Comment) -> Value {
        json!({
            "id": comment.id.to_string(), "author": self.whose(&comment.author), "body": comment.body,
            "properties": comment.properties,
        })
    }

    /// The ways that lead away from a state: to every other.
    pub(super) fn transitions(&self, from: usize) -> Value {
        let to_others = self.states.iter().enumerate().filter(|(at, _)| *at != from);
        let transition = |(at, state): (usize, &super::State)| {
            let resolution = json!({
                "required": true, "schema": { "type": "resolution", "system": "resolution" }, "name": "Resolution",
                "key": "resolution", "operations": ["set"],
                "allowedValues": [{ "id": "1", "name": "Done" }, { "id": "2", "name": "Won't Do" }],
            });
            let fields = if state.asks_for_resolution {
                json!({ "resolution": resolution })
            } else {
                json!({})
            };
            json!({ "id": (at + 11).to_string(), "name": format!("To {}", state.name), "to": self.status(at), "fields": fields })
        };
        json!({ "transitions": to_others.map(transition).collect::<Vec<_>>() })
    }
}
