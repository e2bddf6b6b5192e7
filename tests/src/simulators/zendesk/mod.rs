//! Zendesk Support, as far as plugins see it: tickets that close for good, comments in which `{{…}}` is filled in, jobs that
//! take their time, follow-ups, macros.

mod answers;
mod shapes;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

pub use shapes::time;

use crate::contract::{Answer, Call, Simulator};

/// When everything begins, unless a test says otherwise: 2026-09-21T14:13:20Z.
const START: u64 = 1_790_000_000;

/// An account.
#[derive(Debug, Default)]
pub struct Zendesk {
    /// Its tickets.
    pub tickets: BTreeMap<u64, Ticket>,
    /// Its customers.
    pub users: BTreeMap<u64, User>,
    /// Macros: what they say, and the status that they set.
    pub macros: BTreeMap<u64, Macro>,
    /// Whether a ticket that nobody is assigned to cannot be solved.
    pub needs_assignee: bool,
    /// How often a job is asked for before it is done.
    pub job_takes: u32,
    /// When everything begins, in seconds since 1970; 2026-09-21T14:13:20Z where nobody said.
    pub began: Option<u64>,
    jobs: BTreeMap<String, Job>,
    made: BTreeMap<String, u64>,
    /// Seconds since the beginning: every change takes one.
    seconds: u64,
    numbers: u64,
}

/// A ticket.
#[derive(Clone, Debug, Default)]
pub struct Ticket {
    /// Its number.
    pub id: u64,
    /// Its subject.
    pub subject: String,
    /// `open`, `solved`, `closed`, …
    pub status: String,
    /// Its tags.
    pub tags: BTreeSet<String>,
    /// Who asks.
    pub requester: u64,
    /// What its fields hold.
    pub fields: BTreeMap<u64, Value>,
    /// What was said, the first by the customer.
    pub comments: Vec<Comment>,
    /// What somebody else calls it.
    pub external_id: Option<String>,
    /// The closed ticket that it follows.
    pub follows: Option<u64>,
    created: u64,
    updated: u64,
}

/// What was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comment {
    /// As it was sent, or as it was written by a person.
    pub html: String,
    /// Without its markup.
    pub text: String,
    /// Whether the customer sees it.
    pub public: bool,
    /// Whether the API said it.
    pub by_api: bool,
}

/// A customer.
#[derive(Clone, Debug, Default)]
pub struct User {
    /// What to call them.
    pub name: String,
    /// Their address.
    pub email: Option<String>,
    /// What somebody else knows them by.
    pub external_id: Option<String>,
}

/// A macro.
#[derive(Clone, Debug, Default)]
pub struct Macro {
    /// Its name.
    pub title: String,
    /// What it says; `{{name}}` is filled in.
    pub html: String,
    /// The status that it sets.
    pub status: Option<String>,
}

#[derive(Debug)]
struct Job {
    left: u32,
    results: Vec<Value>,
}

impl Zendesk {
    /// A customer.
    pub fn user(&mut self, id: u64, name: &str, email: &str, external_id: Option<&str>) {
        let user = User {
            name: name.to_owned(),
            email: Some(email.to_owned()),
            external_id: external_id.map(str::to_owned),
        };
        self.users.insert(id, user);
    }

    /// A customer asks; answers the ticket's number.
    pub fn ask(&mut self, requester: u64, subject: &str, text: &str, fields: &[(u64, Value)]) -> u64 {
        self.numbers += 1;
        let (id, now) = (self.numbers, self.tick());
        let ticket = Ticket {
            id,
            subject: subject.to_owned(),
            status: "new".to_owned(),
            requester,
            fields: fields.iter().cloned().collect(),
            comments: vec![written(text, true)],
            created: now,
            updated: now,
            ..Ticket::default()
        };
        self.tickets.insert(id, ticket);
        id
    }

    /// Somebody writes in a ticket.
    pub fn write(&mut self, id: u64, text: &str, public: bool) {
        let now = self.tick();
        if let Some(ticket) = self.tickets.get_mut(&id) {
            ticket.comments.push(written(text, public));
            ticket.updated = now;
        }
    }

    /// An agent changes a ticket.
    pub fn alter(&mut self, id: u64, alter: impl FnOnce(&mut Ticket)) {
        let now = self.tick();
        if let Some(ticket) = self.tickets.get_mut(&id) {
            alter(ticket);
            ticket.updated = now;
        }
    }

    /// An agent merges a ticket into another.
    pub fn merge(&mut self, source: u64, target: u64) {
        self.write(
            source,
            &format!("This request was closed and merged into request #{target} \"Help\"."),
            false,
        );
        self.alter(source, |ticket| {
            ticket.status = "closed".to_owned();
            ticket.tags.insert("closed_by_merge".to_owned());
        });
    }

    /// Days go by.
    pub fn pass_days(&mut self, days: u64) {
        self.seconds += days * 86_400;
    }

    /// A ticket; one that is not there is empty.
    pub fn ticket(&self, id: u64) -> Ticket {
        self.tickets.get(&id).cloned().unwrap_or_default()
    }

    fn tick(&mut self) -> u64 {
        self.seconds += 1;
        self.began.unwrap_or(START) + self.seconds
    }
}

impl Ticket {
    /// What the API said in it.
    pub fn told(&self) -> Vec<&Comment> {
        self.comments.iter().filter(|comment| comment.by_api).collect()
    }
}

fn written(text: &str, public: bool) -> Comment {
    Comment {
        html: String::new(),
        text: text.to_owned(),
        public,
        by_api: false,
    }
}

impl Simulator for Zendesk {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        let number = |name: &str| call.part(name).parse::<u64>().unwrap_or_default();
        match call.operation {
            "ShowTicket" => self.show(number("ticket_id")),
            "TicketsShowMany" => self.show_many(call.query("ids").unwrap_or_default()),
            "ListTickets" => self.list(call.query("external_id").unwrap_or_default()),
            "CreateTicket" => self.create(call),
            "UpdateTicket" => self.update(number("ticket_id"), &call.body["ticket"]),
            "TicketsUpdateMany" => {
                self.update_many(call.query("ids").unwrap_or_default(), &call.body["ticket"])
            }
            "ListTicketComments" => self.comments(number("ticket_id")),
            "ShowUser" => self.show_user(number("user_id")),
            "ListActiveMacros" => self.list_macros(),
            "ShowTicketAfterChanges" => self.apply(number("ticket_id"), number("macro_id")),
            "ListSearchResults" => self.search(call.query("query").unwrap_or_default()),
            "ShowJobStatus" => self.job(call.part("job_status_id")),
            other => Answer::json(500, json!({ "error": format!("{other} is not simulated") })),
        }
    }

    fn refusal(&self, status: u16) -> Answer {
        let error = match status {
            401 => "Couldn't authenticate you",
            403 => "Forbidden",
            404 => "RecordNotFound",
            409 => "Conflict",
            422 => "RecordInvalid",
            429 => "APIRateLimitExceeded",
            _ => "InternalError",
        };
        Answer::json(
            status,
            json!({ "error": error, "description": "made up by the test" }),
        )
    }
}
