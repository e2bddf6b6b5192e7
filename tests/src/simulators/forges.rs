//! GitHub and GitLab: issues of one repository, that are open or closed, and what is said about them.

use serde_json::{Value, json};

use crate::contract::{Answer, Call, Simulator};

/// An issue of either.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issue {
    /// Its title and text.
    pub title: String,
    /// What it says.
    pub body: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// Whether it is closed; and why, where that is said.
    pub closed: Option<String>,
    /// What was said.
    pub comments: Vec<String>,
    /// It was deleted.
    pub is_gone: bool,
}

/// The issues of a repository, the first being number 1.
#[derive(Debug, Default)]
pub struct Issues(pub Vec<Issue>);

impl Issues {
    fn get(&mut self, number: &str) -> Option<&mut Issue> {
        let at = number.parse::<usize>().ok()?.checked_sub(1)?;
        self.0.get_mut(at).filter(|issue| !issue.is_gone)
    }

    /// An issue that people made.
    pub fn add(&mut self, title: &str) -> usize {
        self.0.push(Issue {
            title: title.to_owned(),
            ..Issue::default()
        });
        self.0.len()
    }
}

/// GitHub's repository `ada/shop`.
#[derive(Debug)]
pub struct GitHub {
    /// Its issues.
    pub issues: Issues,
    examples: Value,
}

impl GitHub {
    /// `document` is GitHub's own, for what an answer looks like.
    pub fn new(document: &Value) -> Self {
        GitHub {
            issues: Issues::default(),
            examples: document["components"]["examples"].clone(),
        }
    }

    fn example(&self, name: &str) -> Value {
        self.examples[name]["value"].clone()
    }

    fn shown(&self, number: usize, issue: &Issue) -> Value {
        let mut shown = self.example("issue");
        shown["number"] = json!(number);
        shown["html_url"] = json!(format!("https://github.com/ada/shop/issues/{number}"));
        shown["title"] = json!(issue.title);
        shown["body"] = json!(issue.body);
        shown["state"] = json!(if issue.closed.is_some() { "closed" } else { "open" });
        shown["state_reason"] = json!(issue.closed);
        shown["closed_at"] = json!(issue.closed.as_ref().map(|_| "2026-09-21T14:13:20Z"));
        shown
    }

    fn one(&mut self, number: &str, status: u16, change: impl FnOnce(&mut Issue)) -> Answer {
        let Some(issue) = self.issues.get(number) else {
            return self.refusal(404);
        };
        change(issue);
        let issue = issue.clone();
        let number = number.parse().unwrap_or_default();
        Answer::json(status, self.shown(number, &issue))
    }
}

impl Simulator for GitHub {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        if call.request.header("authorization") != Some("Bearer token") {
            return self.refusal(401);
        }
        if (call.part("owner"), call.part("repo")) != ("ada", "shop") {
            return self.refusal(404);
        }
        let text = |key: &str| call.body[key].as_str().map(str::to_owned);
        match call.operation {
            "repos/get" => {
                let mut repository = self.example("full-repository-default-response");
                // The description's own example leaves out what its schema requires.
                repository["language"] = Value::Null;
                repository["source"]["language"] = Value::Null;
                Answer::ok(repository)
            }
            "issues/create" => {
                let labels = call.body["labels"].as_array().cloned().unwrap_or_default();
                self.issues.0.push(Issue {
                    title: text("title").unwrap_or_default(),
                    body: text("body").unwrap_or_default(),
                    labels: labels
                        .iter()
                        .filter_map(|label| label.as_str().map(str::to_owned))
                        .collect(),
                    ..Issue::default()
                });
                let number = self.issues.0.len();
                self.one(&number.to_string(), 201, |_| {})
            }
            "issues/list-for-repo" => {
                let all = self
                    .issues
                    .0
                    .iter()
                    .enumerate()
                    .rev()
                    .filter(|(_, issue)| !issue.is_gone);
                let all: Vec<Value> = all.map(|(at, issue)| self.shown(at + 1, issue)).collect();
                Answer::ok(json!(all))
            }
            "issues/get" => self.one(call.part("issue_number"), 200, |_| {}),
            "issues/update" => self.one(call.part("issue_number"), 200, |issue| {
                match text("state").as_deref() {
                    Some("closed") => issue.closed = text("state_reason").or(Some("completed".to_owned())),
                    Some(_) => issue.closed = None,
                    None => {}
                }
            }),
            "issues/create-comment" => {
                let said = text("body").unwrap_or_default();
                let answer = self.one(call.part("issue_number"), 201, |issue| issue.comments.push(said));
                match answer.status {
                    201 => Answer::json(201, self.example("issue-comment")),
                    _ => answer,
                }
            }
            _ => self.refusal(404),
        }
    }

    fn refusal(&self, status: u16) -> Answer {
        Answer::json(
            status,
            json!({ "message": "made up by the test", "documentation_url": "https://docs.github.com/rest" }),
        )
    }
}

/// GitLab's project `ada/shop`.
#[derive(Debug, Default)]
pub struct GitLab {
    /// Its issues.
    pub issues: Issues,
}

fn shown(number: usize, issue: &Issue) -> Value {
    json!({
        "id": 1_000 + number, "iid": number, "project_id": 1, "title": issue.title, "description": issue.body,
        "state": if issue.closed.is_some() { "closed" } else { "opened" },
        "web_url": format!("https://gitlab.com/ada/shop/-/issues/{number}"),
        "closed_at": issue.closed.as_ref().map(|_| "2026-09-21T14:13:20.123Z"),
        "labels": issue.labels,
    })
}

impl GitLab {
    fn one(&mut self, number: &str, change: impl FnOnce(&mut Issue)) -> Answer {
        let Some(issue) = self.issues.get(number) else {
            return self.refusal(404);
        };
        change(issue);
        Answer::ok(shown(number.parse().unwrap_or_default(), issue))
    }
}

impl Simulator for GitLab {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        if call.request.header("private-token") != Some("token") {
            return self.refusal(401);
        }
        if call.part("id") != "ada/shop" {
            return self.refusal(404);
        }
        let text = |key: &str| call.body[key].as_str().unwrap_or_default().to_owned();
        match call.operation {
            "getProject" => Answer::ok(json!({ "id": 1, "path_with_namespace": "Ada/Shop" })),
            "createIssue" => {
                self.issues.0.push(Issue {
                    title: text("title"),
                    body: text("description"),
                    labels: text("labels")
                        .split(',')
                        .map(|label| label.trim().to_owned())
                        .collect(),
                    ..Issue::default()
                });
                let number = self.issues.0.len();
                let made = self.one(&number.to_string(), |_| {});
                Answer { status: 201, ..made }
            }
            "listIssues" => {
                let wanted = call.query("search").unwrap_or_default();
                let all = self.issues.0.iter().enumerate();
                let found = all.filter(|(_, issue)| !issue.is_gone && issue.body.contains(wanted));
                Answer::ok(json!(
                    found.map(|(at, issue)| shown(at + 1, issue)).collect::<Vec<_>>()
                ))
            }
            "getIssue" => self.one(call.part("issue_iid"), |_| {}),
            "updateIssue" => self.one(call.part("issue_iid"), |issue| {
                issue.closed = (text("state_event") == "close").then(|| "closed".to_owned());
            }),
            "createNote" => {
                let said = text("body");
                let answer = self.one(call.part("issue_iid"), |issue| issue.comments.push(said.clone()));
                match answer.status {
                    200 => Answer::json(201, json!({ "id": 1, "body": text("body") })),
                    _ => answer,
                }
            }
            _ => self.refusal(404),
        }
    }

    fn refusal(&self, status: u16) -> Answer {
        Answer::json(
            status,
            json!({ "message": format!("{status} made up by the test") }),
        )
    }
}
