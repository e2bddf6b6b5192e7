//! GitHub.

use anyhow::Result;
use errand_tests::contract::{Contract, Fault, Plan};
use errand_tests::root;
use errand_tests::simulators::GitHub;
use serde_json::{Value, json};

use super::{Place, SECRET, Seen, To, Told, signature};

super::tell!(GitHub);

fn told(event: &str, body: &Value) -> Told {
    let body = body.to_string().into_bytes();
    let mut headers = GitHub::proved(&body);
    headers.push(("X-GitHub-Event", event.to_owned()));
    Told { headers, body }
}

fn about(ticket: usize, action: &str) -> Value {
    json!({
        "action": action,
        "repository": { "id": 1, "full_name": "Ada/Shop" },
        "issue": { "number": ticket + 1, "state": "open" },
        "sender": { "login": "mia", "type": "User" },
    })
}

impl Place for GitHub {
    const PLUGIN: &'static str = "github";
    const DROPS: bool = true;
    const UNKNOWN_PLACE: &'static str = "config";
    const CONFLICT: &'static str = "permanent";

    fn contract() -> Result<Contract> {
        Contract::load(&["github.json"])
    }

    fn fresh() -> Result<Self> {
        let document = std::fs::read_to_string(root().join("tests/contracts/github.json"))?;
        Ok(GitHub::new(&serde_json::from_str(&document)?))
    }

    fn settings() -> Value {
        json!({ "repository": "ada/shop", "token": "token", "webhook_secret": SECRET, "labels": "bug, errand" })
    }

    fn tickets(&self) -> Vec<Seen> {
        let seen = |(at, issue): (usize, &errand_tests::simulators::ForgeIssue)| Seen {
            name: format!("ada/shop#{}", at + 1),
            title: issue.title.clone(),
            body: issue.body.clone(),
            stands: match issue.closed.as_deref() {
                None => To::Open,
                Some("not_planned") => To::Dropped,
                Some(_) => To::Done,
            },
            comments: issue.comments.clone(),
        };
        self.issues.0.iter().enumerate().map(seen).collect()
    }

    fn add(&mut self, title: &str) -> String {
        format!("https://github.com/ada/shop/issues/{}", self.issues.add(title))
    }

    fn turn(&mut self, ticket: usize, to: To) {
        self.issues.0[ticket].closed = match to {
            To::Open => None,
            To::Done => Some("completed".to_owned()),
            To::Dropped => Some("not_planned".to_owned()),
        };
    }

    fn remove(&mut self, ticket: usize) {
        self.issues.0[ticket].is_gone = true;
    }

    fn making(fault: Fault) -> Plan {
        Plan::once(fault).on("issues/create")
    }

    fn proved(body: &[u8]) -> Vec<(&'static str, String)> {
        vec![("X-Hub-Signature-256", format!("sha256={}", signature(body)))]
    }

    fn changed(&self, ticket: usize, _: u64) -> Told {
        told("issues", &about(ticket, "closed"))
    }

    fn said(&self, ticket: usize, text: &str, _: u64) -> Told {
        let mut body = about(ticket, "created");
        body["comment"] = json!({ "id": 17, "body": text, "user": { "login": "mia", "type": "User" } });
        told("issue_comment", &body)
    }
}
