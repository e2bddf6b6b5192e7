//! One arm for each operation.

use serde_json::{Map, Value, json};

use super::create::{PRIORITIES, PROJECTS, project, projects};
use super::shapes::{refused, wrong};
use super::{Edition, Jira, jql};
use crate::contract::{Answer, Call};

pub(super) fn answer(jira: &mut Jira, call: &Call<'_>) -> Answer {
    let key = call.part("issueIdOrKey").to_owned();
    let is_there = key.is_empty() || jira.ticket(&key).is_some();
    if !is_there {
        return refused(
            404,
            "Issue does not exist or you do not have permission to see it.",
        );
    }
    match call.operation {
        "createIssue" => jira.create(&call.body),
        "getIssue" => Answer::ok(jira.read(&key, call.query("properties"))),
        "editIssue" => jira.edit(&key, &call.body),
        "getTransitions" => Answer::ok(
            jira.ticket(&key)
                .map_or(Value::Null, |ticket| jira.transitions(ticket.state)),
        ),
        "doTransition" => jira.transition(&key, &call.body),
        "getComments" => Answer::ok(jira.comments(&key)),
        "addComment" => jira.add_comment(&key, &call.body),
        "assignIssue" => jira.assign_to(&key, &call.body),
        "getIssueProperty" => jira.property(&key, call.part("propertyKey")),
        "setIssueProperty" => jira.set_property(&key, call.part("propertyKey"), &call.body),
        "getRemoteIssueLinks" => Answer::ok(json!([])),
        "createOrUpdateRemoteIssueLink" => jira.link(&key, &call.body),
        "deleteRemoteIssueLinkByGlobalId" => {
            let global = call.query("globalId").unwrap_or_default().to_owned();
            jira.ticket_mut(&key)
                .and_then(|ticket| ticket.links.remove(&global));
            Answer::empty(204)
        }
        "getCreateIssueMetaIssueTypes" => Answer::ok(jira.types(call.part("projectIdOrKey"))),
        "getCreateIssueMetaIssueTypeId" => Answer::ok(jira.create_fields(call.part("projectIdOrKey"))),
        "searchForIssuesUsingJqlPost" | "searchAndReconsileIssuesUsingJqlPost" => jira.search(&call.body),
        "getCurrentUser" => Answer::ok(jira.person(&jira.people[0])),
        "getServerInfo" => Answer::ok(
            json!({ "baseUrl": "https://acme.example", "version": "10.3.0", "serverTitle": "Jira" }),
        ),
        "searchProjects" => Answer::ok(jira.page(&projects())),
        "getAllProjects" => Answer::ok(projects()),
        "getProject" => match call.part("projectIdOrKey") {
            key if PROJECTS.iter().any(|(_, known, _)| *known == key) => Answer::ok(project(key)),
            _ => refused(404, "No project could be found."),
        },
        "getPriorities" => {
            let all = PRIORITIES.iter().enumerate();
            Answer::ok(
                all.map(|(id, name)| json!({ "id": id.to_string(), "name": name }))
                    .collect(),
            )
        }
        "getStatuses" => Answer::ok((0..jira.states.len()).map(|at| jira.status(at)).collect()),
        "findAssignableUsers" => jira.people_like(call),
        other => refused(404, &format!("the simulator knows no {other}")),
    }
}

impl Jira {
    fn read(&self, key: &str, properties: Option<&str>) -> Value {
        let Some(ticket) = self.ticket(key) else {
            return Value::Null;
        };
        let mut shown = self.shown(ticket);
        if let Some(names) = properties {
            let wanted = ticket
                .properties
                .iter()
                .filter(|(name, _)| names.split(',').any(|wanted| wanted == name.as_str()));
            shown["properties"] = Value::Object(
                wanted
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect::<Map<_, _>>(),
            );
        }
        shown
    }

    fn transition(&mut self, key: &str, body: &Value) -> Answer {
        let at = body["transition"]["id"]
            .as_str()
            .and_then(|id| id.parse::<usize>().ok());
        let to = at
            .and_then(|id| id.checked_sub(11))
            .filter(|to| *to < self.states.len());
        let from = self.ticket(key).map(|ticket| ticket.state);
        let Some(to) = to.filter(|to| Some(*to) != from) else {
            return refused(
                400,
                "It seems that you have tried to perform an illegal workflow operation.",
            );
        };
        let fields = body["fields"].as_object().cloned().unwrap_or_default();
        if self.states[to].asks_for_resolution && !fields.contains_key("resolution") {
            return wrong("resolution", "Resolution is required.");
        }
        let Some(ticket) = self.ticket_mut(key) else {
            return refused(404, "gone");
        };
        ticket.state = to;
        let id = ticket.id;
        self.changed(id, "status", 0);
        Answer::empty(204)
    }

    fn comments(&self, key: &str) -> Value {
        let ticket = self.ticket(key);
        let comments: Vec<_> = ticket
            .iter()
            .flat_map(|ticket| &ticket.comments)
            .map(|said| self.said(said))
            .collect();
        json!({ "comments": comments, "startAt": 0, "maxResults": 5000, "total": comments.len() })
    }

    fn add_comment(&mut self, key: &str, body: &Value) -> Answer {
        let Some(id) = self.ticket(key).map(|ticket| ticket.id) else {
            return refused(404, "gone");
        };
        let author = self.people[0].id.to_owned();
        let properties = body.get("properties").cloned().unwrap_or(json!([]));
        let number = self.comment(id, author, body["body"].clone(), properties, 0);
        let said = self.tickets[&id]
            .comments
            .iter()
            .find(|comment| comment.id == number)
            .map(|said| self.said(said));
        Answer::json(201, said.unwrap_or_default())
    }

    fn assign_to(&mut self, key: &str, body: &Value) -> Answer {
        let named = match self.edition {
            Edition::Cloud => &body["accountId"],
            Edition::DataCenter => &body["name"],
        };
        let who = self.meant(body);
        if !named.is_null() && who.is_none() {
            return refused(400, "the user does not exist");
        }
        let Some(ticket) = self.ticket_mut(key) else {
            return refused(404, "gone");
        };
        ticket.assignee = who;
        let id = ticket.id;
        self.changed(id, "assignee", 0);
        Answer::empty(204)
    }

    fn property(&self, key: &str, name: &str) -> Answer {
        match self.ticket(key).and_then(|ticket| ticket.properties.get(name)) {
            Some(value) => Answer::ok(json!({ "key": name, "value": value })),
            None => refused(404, "the property does not exist"),
        }
    }

    fn set_property(&mut self, key: &str, name: &str, value: &Value) -> Answer {
        let Some(ticket) = self.ticket_mut(key) else {
            return refused(404, "gone");
        };
        match ticket.properties.insert(name.to_owned(), value.clone()) {
            Some(_) => Answer::json(200, json!({})),
            None => Answer::json(201, json!({})),
        }
    }

    fn link(&mut self, key: &str, body: &Value) -> Answer {
        let global = body["globalId"].as_str().unwrap_or_default().to_owned();
        let Some(ticket) = self.ticket_mut(key) else {
            return refused(404, "gone");
        };
        let was = ticket.links.insert(global, body["object"].clone());
        let id = 20_000 + ticket.links.len();
        let status = if was.is_some() { 200 } else { 201 };
        Answer::json(
            status,
            json!({ "id": id, "self": format!("https://acme.example/remotelink/{id}") }),
        )
    }

    fn search(&self, body: &Value) -> Answer {
        let Some(found) = jql::find(self, body["jql"].as_str().unwrap_or_default()) else {
            return refused(400, "Error in the JQL Query");
        };
        let most = body["maxResults"].as_u64().unwrap_or(50);
        let most = usize::try_from(most).unwrap_or(50);
        let issues: Vec<_> = found.iter().take(most).map(|ticket| self.shown(ticket)).collect();
        Answer::ok(match self.edition {
            Edition::Cloud => json!({ "issues": issues, "isLast": true }),
            Edition::DataCenter => {
                json!({ "issues": issues, "startAt": 0, "maxResults": most, "total": found.len() })
            }
        })
    }

    fn people_like(&self, call: &Call<'_>) -> Answer {
        let wanted = match self.edition {
            Edition::Cloud => call.query("query"),
            Edition::DataCenter => call.query("username"),
        };
        let wanted = wanted.unwrap_or_default().to_lowercase();
        let is_like = |person: &&super::Person| {
            person.name.to_lowercase().contains(&wanted) || person.email.to_lowercase().starts_with(&wanted)
        };
        Answer::ok(
            self.people
                .iter()
                .filter(is_like)
                .map(|person| self.person(person))
                .collect(),
        )
    }
}
