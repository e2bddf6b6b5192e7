//! Linear: issues of the team SHO, by GraphQL.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::contract::{Answer, Call, Simulator};

/// The states of the team: name and kind.
const STATES: [(&str, &str); 6] = [
    ("Triage", "triage"),
    ("Backlog", "backlog"),
    ("Todo", "unstarted"),
    ("In progress", "started"),
    ("Done", "completed"),
    ("Canceled", "canceled"),
];

/// An issue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinearIssue {
    /// `SHO-1`.
    pub identifier: String,
    /// What it is about.
    pub title: String,
    /// What it says.
    pub description: String,
    /// The name of its state.
    pub state: String,
    /// What was said.
    pub comments: Vec<String>,
    /// It is in the bin.
    pub is_trashed: bool,
}

/// The team's issues by id.
#[derive(Debug, Default)]
pub struct Linear {
    /// By id.
    pub issues: BTreeMap<String, LinearIssue>,
}

fn state(name: &str) -> Value {
    let found = STATES
        .iter()
        .position(|(known, _)| *known == name)
        .unwrap_or_default();
    let (name, kind) = STATES[found];
    json!({ "id": format!("state-{found}"), "name": name, "type": kind, "position": found })
}

fn shown(id: &str, issue: &LinearIssue) -> Value {
    let is = |name: &str| (issue.state == name).then_some("2026-09-21T14:13:20.000Z");
    let states: Vec<Value> = STATES.iter().map(|(name, _)| state(name)).collect();
    json!({
        "id": id, "identifier": issue.identifier, "url": format!("https://linear.app/acme/issue/{}", issue.identifier),
        "title": issue.title, "completedAt": is("Done"), "canceledAt": is("Canceled"), "trashed": issue.is_trashed,
        "state": state(&issue.state), "team": { "states": { "nodes": states } },
    })
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    let error =
        json!({ "message": message, "extensions": { "code": code, "userPresentableMessage": message } });
    Answer::json(status, json!({ "data": null, "errors": [error] }))
}

impl Linear {
    /// An issue that people made; answers its id.
    pub fn add(&mut self, title: &str) -> String {
        let number = self.issues.len() + 1;
        let id = format!("00000000-0000-4000-8000-{number:012}");
        self.insert(&id, title, "");
        id
    }

    fn insert(&mut self, id: &str, title: &str, description: &str) {
        let issue = LinearIssue {
            identifier: format!("SHO-{}", self.issues.len() + 1),
            title: title.to_owned(),
            description: description.to_owned(),
            state: "Todo".to_owned(),
            ..LinearIssue::default()
        };
        self.issues.insert(id.to_owned(), issue);
    }

    fn one(&mut self, id: &str, name: &str, change: impl FnOnce(&mut LinearIssue)) -> Answer {
        let mut issues = self.issues.iter_mut();
        let Some((id, issue)) = issues.find(|(known, issue)| *known == id || issue.identifier == id) else {
            return error(200, "INPUT_ERROR", "Entity not found: Issue");
        };
        change(issue);
        let issue = shown(id, issue);
        Answer::ok(json!({ "data": match name {
            "issue" => json!({ "issue": issue }),
            name => json!({ (name): { "success": true, "issue": issue } }),
        } }))
    }
}

impl Simulator for Linear {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        if call.request.header("authorization") != Some("key") {
            return error(
                401,
                "AUTHENTICATION_ERROR",
                "Authentication required, not authenticated",
            );
        }
        let query = call.body["query"].as_str().unwrap_or_default().to_owned();
        let variables = &call.body["variables"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let name: String = query
            .split(['(', '{'])
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned();
        match name.as_str() {
            "query Team" => {
                let is_ours = text(&variables["key"]).eq_ignore_ascii_case("SHO");
                let nodes = if is_ours {
                    json!([{ "id": "team-1" }])
                } else {
                    json!([])
                };
                Answer::ok(json!({ "data": { "teams": { "nodes": nodes } } }))
            }
            "query Issue" => self.one(&text(&variables["id"]), "issue", |_| {}),
            "mutation Create" => {
                let input = &variables["input"];
                let id = text(&input["id"]);
                if self.issues.contains_key(&id) {
                    return error(
                        400,
                        "INPUT_ERROR",
                        "conflict on insert of Issue: entity with id already exists",
                    );
                }
                self.insert(&id, &text(&input["title"]), &text(&input["description"]));
                self.one(&id, "issueCreate", |_| {})
            }
            "mutation Update" => {
                let at = text(&variables["state"])
                    .trim_start_matches("state-")
                    .parse::<usize>();
                let Some((name, _)) = at.ok().and_then(|at| STATES.get(at)) else {
                    return error(400, "INPUT_ERROR", "no such state");
                };
                self.one(&text(&variables["id"]), "issueUpdate", |issue| {
                    issue.state = (*name).to_owned();
                })
            }
            "mutation Comment" => {
                let said = text(&variables["body"]);
                self.one(&text(&variables["id"]), "commentCreate", |issue| {
                    issue.comments.push(said);
                })
            }
            _ => error(400, "GRAPHQL_VALIDATION_FAILED", "no such operation"),
        }
    }

    fn refusal(&self, status: u16) -> Answer {
        let code = match status {
            401 => "AUTHENTICATION_ERROR",
            403 => "FORBIDDEN",
            // Linear says 400 to who asks too often.
            429 => return error(400, "RATELIMITED", "Rate limit exceeded"),
            404 | 422 => "INPUT_ERROR",
            _ => "INTERNAL_SERVER_ERROR",
        };
        error(status, code, "made up by the test")
    }
}
