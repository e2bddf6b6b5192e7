//! What it answers.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::shapes::{self, strip};
use super::{Comment, Job, Ticket, Zendesk};
use crate::contract::{Answer, Call};

/// Why a ticket was not changed.
enum No {
    Gone,
    Closed,
    Unassigned,
    Stale,
}

impl No {
    fn words(&self) -> &'static str {
        match self {
            No::Gone => "",
            No::Closed => "Status: closed prevents ticket update",
            No::Unassigned => "Assignee: is required when solving a ticket",
            No::Stale => "Safe Update prevented updating ticket",
        }
    }

    fn answer(&self) -> Answer {
        match self {
            No::Gone => gone(),
            No::Stale => Answer::json(
                409,
                json!({ "error": "UpdateConflict", "description": self.words() }),
            ),
            No::Closed | No::Unassigned => Answer::json(
                422,
                json!({
                    "error": "RecordInvalid",
                    "description": "Record validation errors",
                    "details": { "status": [{ "description": self.words() }] },
                }),
            ),
        }
    }
}

fn gone() -> Answer {
    Answer::json(
        404,
        json!({ "error": "RecordNotFound", "description": "Not found" }),
    )
}

fn numbers(ids: &str) -> Vec<u64> {
    ids.split(',').filter_map(|id| id.parse().ok()).collect()
}

fn tags(value: &Value) -> BTreeSet<String> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(|tag| tag.as_str().map(str::to_owned)).collect()
}

impl Zendesk {
    pub(super) fn show(&self, id: u64) -> Answer {
        match self.tickets.get(&id) {
            Some(ticket) => Answer::ok(json!({ "ticket": shapes::ticket(ticket) })),
            None => gone(),
        }
    }

    pub(super) fn show_many(&self, ids: &str) -> Answer {
        let found: Vec<_> = numbers(ids)
            .iter()
            .filter_map(|id| self.tickets.get(id))
            .map(shapes::ticket)
            .collect();
        Answer::ok(json!({ "tickets": found }))
    }

    pub(super) fn list(&self, external_id: &str) -> Answer {
        let fits = |ticket: &&Ticket| ticket.external_id.as_deref() == Some(external_id);
        let found: Vec<_> = self.tickets.values().filter(fits).map(shapes::ticket).collect();
        Answer::ok(json!({ "tickets": found }))
    }

    pub(super) fn create(&mut self, call: &Call<'_>) -> Answer {
        let key = call
            .request
            .header("idempotency-key")
            .unwrap_or_default()
            .to_owned();
        if let Some(made) = self.made.get(&key).and_then(|id| self.tickets.get(id)) {
            return Answer::json(201, json!({ "ticket": shapes::ticket(made) }));
        }
        let asked = &call.body["ticket"];
        let source = asked["via_followup_source_id"].as_u64();
        if let Some(source) = source
            && self
                .tickets
                .get(&source)
                .is_none_or(|ticket| ticket.status != "closed")
        {
            return Answer::json(
                422,
                json!({ "error": "RecordInvalid", "description": "the source is not closed" }),
            );
        }
        self.numbers += 1;
        let (id, now) = (self.numbers, self.tick());
        let text = |key: &str| asked[key].as_str().unwrap_or_default().to_owned();
        let ticket = Ticket {
            id,
            subject: text("subject"),
            status: asked["status"].as_str().unwrap_or("open").to_owned(),
            tags: tags(&asked["tags"]),
            requester: asked["requester_id"].as_u64().unwrap_or_default(),
            comments: self.said(&asked["comment"]).into_iter().collect(),
            external_id: asked["external_id"].as_str().map(str::to_owned),
            follows: source,
            created: now,
            updated: now,
            ..Ticket::default()
        };
        let answer = json!({ "ticket": shapes::ticket(&ticket) });
        self.tickets.insert(id, ticket);
        self.made.insert(key, id);
        Answer::json(201, answer)
    }

    pub(super) fn update(&mut self, id: u64, change: &Value) -> Answer {
        match self.change(id, change) {
            Ok(()) => self.show(id),
            Err(no) => no.answer(),
        }
    }

    fn change(&mut self, id: u64, change: &Value) -> Result<(), No> {
        let said = self.said(&change["comment"]);
        let (now, needs_assignee) = (self.tick(), self.needs_assignee);
        let ticket = self.tickets.get_mut(&id).ok_or(No::Gone)?;
        if ticket.status == "closed" {
            return Err(No::Closed);
        }
        if change["safe_update"] == true && change["updated_stamp"] != shapes::time(ticket.updated) {
            return Err(No::Stale);
        }
        if needs_assignee && change["status"] == "solved" {
            return Err(No::Unassigned);
        }
        if let Some(status) = change["status"].as_str() {
            status.clone_into(&mut ticket.status);
        }
        if change["tags"].is_array() {
            ticket.tags = tags(&change["tags"]);
        }
        ticket.tags.extend(tags(&change["additional_tags"]));
        ticket
            .tags
            .retain(|tag| !tags(&change["remove_tags"]).contains(tag));
        ticket.comments.extend(said);
        ticket.updated = now;
        Ok(())
    }

    /// What the API says. Whatever looks like a placeholder is filled in, as agents' comments are.
    fn said(&self, comment: &Value) -> Option<Comment> {
        let (html, body) = (comment["html_body"].as_str(), comment["body"].as_str());
        let html = html.or(body)?.replace("{{", "FILLED IN: ");
        Some(Comment {
            text: strip(&html),
            html,
            public: comment["public"] != false,
            by_api: true,
        })
    }

    pub(super) fn update_many(&mut self, ids: &str, change: &Value) -> Answer {
        let results = numbers(ids).into_iter().map(|id| match self.change(id, change) {
            Ok(()) => json!({ "id": id, "action": "update", "status": "Updated", "success": true }),
            Err(no) => {
                let error = if matches!(no, No::Gone) { "TicketNotFound" } else { "TicketUpdateFailed" };
                json!({ "id": id, "action": "update", "success": false, "error": error, "details": no.words() })
            }
        });
        let results = results.collect();
        let id = format!("job-{}", self.jobs.len() + 1);
        let job = Job {
            left: self.job_takes,
            results,
        };
        self.jobs.insert(id.clone(), job);
        Answer::ok(json!({ "job_status": { "id": id, "status": "queued", "results": null } }))
    }

    pub(super) fn job(&mut self, id: &str) -> Answer {
        let Some(job) = self.jobs.get_mut(id) else {
            return gone();
        };
        if job.left > 0 {
            job.left -= 1;
            return Answer::ok(json!({ "job_status": { "id": id, "status": "working", "results": null } }));
        }
        Answer::ok(json!({ "job_status": { "id": id, "status": "completed", "results": job.results } }))
    }

    pub(super) fn comments(&self, id: u64) -> Answer {
        let Some(ticket) = self.tickets.get(&id) else {
            return gone();
        };
        let comments: Vec<_> = ticket.comments.iter().enumerate().map(shapes::comment).collect();
        Answer::ok(json!({ "comments": comments }))
    }

    pub(super) fn show_user(&self, id: u64) -> Answer {
        match self.users.get(&id) {
            Some(user) => Answer::ok(json!({ "user": {
                "id": id, "name": user.name, "email": user.email, "external_id": user.external_id, "role": "end-user",
            } })),
            None => gone(),
        }
    }

    pub(super) fn list_macros(&self) -> Answer {
        let shape = |(id, one): (&u64, &super::Macro)| json!({ "id": id, "title": one.title, "active": true, "actions": [] });
        Answer::ok(json!({ "macros": self.macros.iter().map(shape).collect::<Vec<_>>() }))
    }

    pub(super) fn apply(&self, ticket: u64, id: u64) -> Answer {
        let (Some(ticket), Some(found)) = (self.tickets.get(&ticket), self.macros.get(&id)) else {
            return gone();
        };
        let name = self
            .users
            .get(&ticket.requester)
            .map_or("", |user| user.name.as_str());
        let html = found.html.replace("{{name}}", name);
        Answer::ok(json!({ "result": { "ticket": {
            "id": ticket.id,
            "status": found.status.as_ref().unwrap_or(&ticket.status),
            "tags": ticket.tags,
            "comment": { "body": strip(&html), "html_body": html, "public": true },
        } } }))
    }

    pub(super) fn search(&self, query: &str) -> Answer {
        let since = query.split_once("updated>").map_or("", |(_, since)| since);
        let mut found: Vec<_> = self
            .tickets
            .values()
            .filter(|ticket| *shapes::time(ticket.updated) > *since)
            .collect();
        found.sort_by_key(|ticket| ticket.updated);
        let found: Vec<_> = found.into_iter().map(shapes::ticket).collect();
        Answer::ok(json!({ "count": found.len(), "results": found, "next_page": null }))
    }
}
