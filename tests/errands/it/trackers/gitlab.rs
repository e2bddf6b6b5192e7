//! GitLab.

use anyhow::Result;
use errand_tests::contract::{Contract, Fault, Plan};
use errand_tests::simulators::GitLab;
use serde_json::{Value, json};

use super::{Place, SECRET, Seen, To, Told};

super::tell!(GitLab);

fn told(body: &Value) -> Told {
    let body = body.to_string().into_bytes();
    Told {
        headers: GitLab::proved(&body),
        body,
    }
}

impl Place for GitLab {
    const PLUGIN: &'static str = "gitlab";
    const DROPS: bool = false;
    const UNKNOWN_PLACE: &'static str = "config";
    const CONFLICT: &'static str = "retry";

    fn contract() -> Result<Contract> {
        Contract::load(&["gitlab.json"])
    }

    fn fresh() -> Result<Self> {
        Ok(GitLab::default())
    }

    fn settings() -> Value {
        json!({ "project": "ada/shop", "token": "token", "webhook_token": SECRET, "labels": "bug", "confidential": true })
    }

    fn tickets(&self) -> Vec<Seen> {
        let seen = |(at, issue): (usize, &errand_tests::simulators::ForgeIssue)| Seen {
            name: format!("ada/shop#{}", at + 1),
            title: issue.title.clone(),
            body: issue.body.clone(),
            stands: if issue.closed.is_some() {
                To::Done
            } else {
                To::Open
            },
            comments: issue.comments.clone(),
        };
        self.issues.0.iter().enumerate().map(seen).collect()
    }

    fn add(&mut self, title: &str) -> String {
        format!("https://gitlab.com/ada/shop/-/issues/{}", self.issues.add(title))
    }

    fn turn(&mut self, ticket: usize, to: To) {
        self.issues.0[ticket].closed = (to != To::Open).then(|| "closed".to_owned());
    }

    fn remove(&mut self, ticket: usize) {
        self.issues.0[ticket].is_gone = true;
    }

    fn making(fault: Fault) -> Plan {
        Plan::once(fault).on("createIssue")
    }

    fn proved(_: &[u8]) -> Vec<(&'static str, String)> {
        vec![("X-Gitlab-Token", SECRET.to_owned())]
    }

    fn changed(&self, ticket: usize, _: u64) -> Told {
        told(&json!({
            "object_kind": "issue",
            "user": { "id": 5, "name": "Mia", "username": "mia" },
            "project": { "id": 1, "path_with_namespace": "Ada/Shop" },
            "object_attributes": { "id": 1001, "iid": ticket + 1, "action": "close", "state": "closed" },
        }))
    }

    fn said(&self, ticket: usize, text: &str, _: u64) -> Told {
        told(&json!({
            "object_kind": "note",
            "user": { "id": 5, "name": "Mia", "username": "mia" },
            "project": { "id": 1, "path_with_namespace": "Ada/Shop" },
            "object_attributes": { "id": 17, "note": text, "noteable_type": "Issue", "system": false },
            "issue": { "id": 1001, "iid": ticket + 1 },
        }))
    }
}
