//! Jira, Cloud and Data Center: tickets, a workflow, people, webhooks.
//!
//! It refuses what Jira refuses beyond its document: fields that a project requires or does not know, transitions without
//! the fields that they ask for, people that there are not.

mod answers;
mod create;
mod jql;
mod shapes;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use anyhow::Result;
use serde_json::{Map, Value, json};

use crate::contract::{Answer, Call, Contract, Simulator};

/// Which Jira.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// Cloud, with version 3 of the interface.
    Cloud,
    /// Data Center, with version 2.
    DataCenter,
}

/// A site.
#[derive(Debug)]
pub struct Jira {
    pub(super) edition: Edition,
    /// Its tickets by id.
    pub tickets: BTreeMap<u64, Ticket>,
    /// Its people; the first is who the plugin signs in as.
    pub people: Vec<Person>,
    /// Its states, the first being that of a new ticket.
    pub states: Vec<State>,
    /// What it sent to whoever listens, and nobody took yet.
    pub webhooks: VecDeque<Value>,
    /// The time, in milliseconds since 1970.
    pub now: u64,
    /// A custom field that every new ticket has to have, if there is one.
    pub required_field: Option<&'static str>,
    next_id: u64,
}

/// A state of the workflow.
#[derive(Clone, Debug)]
pub struct State {
    /// What people call it.
    pub name: &'static str,
    /// `new`, `indeterminate` or `done`.
    pub category: &'static str,
    /// Whether the way there asks for a resolution.
    pub asks_for_resolution: bool,
}

/// Somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// What Jira knows him by.
    pub id: &'static str,
    /// What people call him.
    pub name: &'static str,
    /// His address.
    pub email: &'static str,
}

/// A ticket.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// Its id, which it keeps.
    pub id: u64,
    /// Its key, which changes when it is moved.
    pub key: String,
    /// Its fields as they were sent: `summary`, `description`, `labels`, `priority`, custom ones.
    pub fields: Map<String, Value>,
    /// Its state's place in [`Jira::states`].
    pub state: usize,
    /// Whose it is, if somebody's: what Jira knows him by.
    pub assignee: Option<String>,
    /// What was said.
    pub comments: Vec<Comment>,
    /// Links to other systems by their global id.
    pub links: BTreeMap<String, Value>,
    /// Entity properties.
    pub properties: BTreeMap<String, Value>,
    /// Tickets that it is linked with.
    pub related: Vec<String>,
    /// When it was last changed.
    pub updated: u64,
}

/// Something that was said about a ticket.
#[derive(Clone, Debug)]
pub struct Comment {
    /// Its id.
    pub id: u64,
    /// Who said it.
    pub author: String,
    /// What, as it was sent.
    pub body: Value,
    /// Its entity properties.
    pub properties: Value,
}

/// The contract of an edition, with rich text checked by its own schema.
///
/// # Errors
/// If the documents cannot be read.
pub fn contract(edition: Edition) -> Result<Arc<Contract>> {
    const ADF: &str = "schemas/adf.schema.json";
    let contract = match edition {
        Edition::DataCenter => Contract::load(&["jira-dc-v2.json"])?,
        Edition::Cloud => Contract::load(&["jira-cloud-v3.json"])?
            .checking("createIssue", "/fields/description", ADF)?
            .checking("editIssue", "/fields/description", ADF)?
            .checking("addComment", "/body", ADF)?
            .checking("updateComment", "/body", ADF)?
            .checking("doTransition", "/update/comment/*/add/body", ADF)?,
    };
    Ok(Arc::new(contract))
}

impl Jira {
    /// A site with the projects `SHOP` and `OPS`, three people and a usual workflow.
    pub fn new(edition: Edition, now: u64) -> Self {
        let state = |name, category, asks_for_resolution| State {
            name,
            category,
            asks_for_resolution,
        };
        let person = |id, name, email| Person { id, name, email };
        Jira {
            edition,
            tickets: BTreeMap::new(),
            people: vec![
                person("5b10-bot", "Errand", "errand@example.com"),
                person("5b10-mia", "Mia", "mia@example.com"),
                person("5b10-bob", "Bob", "bob@example.com"),
            ],
            states: vec![
                state("To Do", "new", false),
                state("In Progress", "indeterminate", false),
                state("Done", "done", true),
                state("Won't Do", "done", true),
            ],
            webhooks: VecDeque::new(),
            now,
            required_field: None,
            next_id: 10_000,
        }
    }

    /// The ticket with this id or key.
    pub fn ticket(&self, id_or_key: &str) -> Option<&Ticket> {
        self.tickets
            .values()
            .find(|ticket| ticket.key == id_or_key || ticket.id.to_string() == id_or_key)
    }

    fn ticket_mut(&mut self, id_or_key: &str) -> Option<&mut Ticket> {
        let mut all = self.tickets.values_mut();
        all.find(|ticket| ticket.key == id_or_key || ticket.id.to_string() == id_or_key)
    }

    /// What a ticket's state is called.
    pub fn state_of(&self, id: u64) -> &'static str {
        self.tickets
            .get(&id)
            .and_then(|ticket| self.states.get(ticket.state))
            .map_or("", |state| state.name)
    }

    /// Somebody makes a ticket by hand.
    pub fn make(&mut self, summary: &str) -> u64 {
        self.insert(Map::from_iter([("summary".to_owned(), json!(summary))]))
    }

    /// Somebody moves a ticket to a state.
    pub fn move_to(&mut self, id: u64, state: &str) {
        let to = self.states.iter().position(|one| one.name == state);
        if let (Some(to), Some(ticket)) = (to, self.tickets.get_mut(&id))
            && ticket.state != to
        {
            ticket.state = to;
            self.changed(id, "status", 1);
        }
    }

    /// Somebody gives a ticket to somebody, or to nobody.
    pub fn assign(&mut self, id: u64, to: Option<&str>) {
        if let Some(ticket) = self.tickets.get_mut(&id) {
            ticket.assignee = to.map(str::to_owned);
            self.changed(id, "assignee", 1);
        }
    }

    /// Somebody says how urgent a ticket is.
    pub fn prioritize(&mut self, id: u64, priority: &str) {
        if let Some(ticket) = self.tickets.get_mut(&id) {
            ticket
                .fields
                .insert("priority".to_owned(), json!({ "name": priority }));
            self.changed(id, "priority", 1);
        }
    }

    /// Somebody says something.
    pub fn say(&mut self, id: u64, text: &str) {
        let body = match self.edition {
            Edition::Cloud => json!({ "type": "doc", "version": 1, "content": [
                { "type": "paragraph", "content": [{ "type": "text", "text": text }] },
            ] }),
            Edition::DataCenter => json!(text),
        };
        let author = self.people[1].id.to_owned();
        self.comment(id, author, body, json!([]), 1);
    }

    /// Somebody deletes a ticket.
    pub fn delete(&mut self, id: u64) {
        if let Some(ticket) = self.tickets.remove(&id) {
            let user = self.person(&self.people[1]);
            let shown = json!({ "id": id.to_string(), "key": ticket.key, "fields": {} });
            self.webhooks.push_back(json!({
                "timestamp": self.now, "webhookEvent": "jira:issue_deleted", "user": user, "issue": shown,
            }));
        }
    }

    fn insert(&mut self, fields: Map<String, Value>) -> u64 {
        self.next_id += 1;
        let id = self.next_id;
        let project = fields.get("project").and_then(|project| project["key"].as_str());
        let project = project.unwrap_or("SHOP");
        let ticket = Ticket {
            id,
            key: format!("{}-{}", project, id - 10_000),
            assignee: fields.get("assignee").and_then(|who| self.meant(who)),
            fields,
            state: 0,
            comments: Vec::new(),
            links: BTreeMap::new(),
            properties: BTreeMap::new(),
            related: Vec::new(),
            updated: self.now,
        };
        self.tickets.insert(id, ticket);
        id
    }

    fn comment(&mut self, id: u64, author: String, body: Value, properties: Value, by: usize) -> u64 {
        self.next_id += 1;
        let comment = Comment {
            id: self.next_id,
            author,
            body,
            properties,
        };
        let number = comment.id;
        let Some(ticket) = self.tickets.get_mut(&id) else {
            return number;
        };
        ticket.comments.push(comment.clone());
        ticket.updated = self.now;
        let event = json!({
            "timestamp": self.now, "webhookEvent": "comment_created",
            "user": self.person(&self.people[by]), "issue": self.shown(&self.tickets[&id]),
            "comment": self.said(&comment),
        });
        self.webhooks.push_back(event);
        number
    }

    /// Writes down that a ticket changed, and tells who listens.
    fn changed(&mut self, id: u64, field: &str, by: usize) {
        let now = self.now;
        if let Some(ticket) = self.tickets.get_mut(&id) {
            ticket.updated = now;
        }
        let Some(ticket) = self.tickets.get(&id) else {
            return;
        };
        let event = json!({
            "timestamp": now, "webhookEvent": "jira:issue_updated",
            "user": self.person(&self.people[by]), "issue": self.shown(ticket),
            "changelog": { "id": now.to_string(), "items": [{ "field": field, "fieldId": field }] },
        });
        self.webhooks.push_back(event);
    }

    /// What Jira knows somebody by, as a request names him; none if there is nobody like that.
    fn meant(&self, who: &Value) -> Option<String> {
        let key = match self.edition {
            Edition::Cloud => "accountId",
            Edition::DataCenter => "name",
        };
        let id = who.get(key)?.as_str()?;
        self.people
            .iter()
            .find(|person| person.id == id)
            .map(|person| person.id.to_owned())
    }
}

impl Simulator for Jira {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        answers::answer(self, call)
    }

    fn refusal(&self, status: u16) -> Answer {
        shapes::refused(status, "made up by the test")
    }
}
