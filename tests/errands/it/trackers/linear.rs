//! Linear.

use anyhow::{Result, ensure};
use errand_model::grant::Grant;
use errand_tests::contract::{Contract, Fault, Plan};
use errand_tests::simulators::Linear;
use serde_json::{Value, json};

use super::{Place, SECRET, Scene, Seen, To, Told, signature};
use errand_errands::{Fate, START};

super::tell!(Linear);

fn told(mut body: Value, now: u64) -> Told {
    body["webhookTimestamp"] = json!(now);
    let body = body.to_string().into_bytes();
    Told {
        headers: Linear::proved(&body),
        body,
    }
}

fn id(linear: &Linear, ticket: usize) -> String {
    let wanted = format!("SHO-{}", ticket + 1);
    let mut issues = linear.issues.iter();
    let found = issues.find(|(_, issue)| issue.identifier == wanted);
    found.map(|(id, _)| id.clone()).unwrap_or_default()
}

impl Place for Linear {
    const PLUGIN: &'static str = "linear";
    const DROPS: bool = true;
    const UNKNOWN_PLACE: &'static str = "permanent";
    const CONFLICT: &'static str = "retry";

    fn contract() -> Result<Contract> {
        Contract::load(&["linear.json"])
    }

    fn fresh() -> Result<Self> {
        Ok(Linear::default())
    }

    fn settings() -> Value {
        json!({ "team": "SHO", "api_key": "key", "webhook_secret": SECRET })
    }

    fn tickets(&self) -> Vec<Seen> {
        let mut issues: Vec<_> = self.issues.values().collect();
        issues.sort_by_key(|issue| {
            issue
                .identifier
                .trim_start_matches("SHO-")
                .parse::<u32>()
                .unwrap_or_default()
        });
        let seen = |issue: &errand_tests::simulators::LinearIssue| Seen {
            name: issue.identifier.clone(),
            title: issue.title.clone(),
            body: issue.description.clone(),
            stands: match issue.state.as_str() {
                "Done" => To::Done,
                "Canceled" => To::Dropped,
                _ => To::Open,
            },
            comments: issue.comments.clone(),
        };
        issues.into_iter().map(seen).collect()
    }

    fn add(&mut self, title: &str) -> String {
        let id = Linear::add(self, title);
        format!("https://linear.app/acme/issue/{}/x", self.issues[&id].identifier)
    }

    fn turn(&mut self, ticket: usize, to: To) {
        let id = id(self, ticket);
        if let Some(issue) = self.issues.get_mut(&id) {
            match to {
                To::Open => "In progress",
                To::Done => "Done",
                To::Dropped => "Canceled",
            }
            .clone_into(&mut issue.state);
        }
    }

    fn remove(&mut self, ticket: usize) {
        let id = id(self, ticket);
        if let Some(issue) = self.issues.get_mut(&id) {
            issue.is_trashed = true;
        }
    }

    /// The team is asked for first.
    fn making(fault: Fault) -> Plan {
        Plan::once(fault).on("graphql").after(1)
    }

    fn proved(body: &[u8]) -> Vec<(&'static str, String)> {
        vec![("Linear-Signature", signature(body))]
    }

    fn changed(&self, ticket: usize, now: u64) -> Told {
        let body = json!({ "action": "update", "type": "Issue", "data": { "id": id(self, ticket) },
                           "actor": { "id": "u-5", "type": "user", "name": "Mia" } });
        told(body, now)
    }

    fn said(&self, ticket: usize, text: &str, now: u64) -> Told {
        let data = json!({ "id": "c-17", "body": text, "issueId": id(self, ticket) });
        let body = json!({ "action": "create", "type": "Comment", "data": data,
                           "actor": { "id": "u-5", "type": "user", "name": "Mia" } });
        told(body, now)
    }
}

#[tokio::test]
async fn what_was_signed_long_ago_is_not_heard() -> Result<()> {
    let scene = Scene::<Linear>::set(|_| {}).await?;
    scene.mock.with(|linear| Place::add(linear, "known"));
    let now = u64::try_from(START.millis())?;
    for (at, wanted) in [
        (now, 204),
        (now - 200_000, 204),
        (now - 400_000, 401),
        (now + 400_000, 401),
    ] {
        let told = scene.mock.with(|linear| linear.changed(0, at));
        let called = scene
            .stand
            .call("webhook", &told.headers(), &told.body, Fate::Acknowledged)
            .await?;
        ensure!(called.reply.is_some_and(|answer| answer.status == wanted), "{at}");
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_key_or_team_is_said_when_settings_are_saved() -> Result<()> {
    let scene = Scene::<Linear>::set(|_| {}).await?;
    let validate = async |settings: Value| {
        let host = scene.stand.host();
        let problems = host.validate_config("linear", &settings, &Grant::default()).await;
        problems.map(|problems| {
            problems
                .into_iter()
                .filter_map(|one| one.field)
                .collect::<Vec<_>>()
        })
    };
    ensure!(validate(Linear::settings()).await?.is_empty());
    let mut other = Linear::settings();
    other["team"] = json!("NO");
    ensure!(validate(other).await? == ["team"]);
    scene.mock.plan(Plan::once(Fault::Status(401)));
    ensure!(validate(Linear::settings()).await? == ["api_key"]);
    ensure!(scene.tickets().is_empty(), "a check only asks");
    Ok(())
}
