//! The stock SDKs send; the issue is as their users expect; sending again joins it; the webhook hears of it once.
//!
//! The SDKs come from their registries (`cargo xtask test` installs them). Without them these tests say so.

pub(crate) mod browser;
mod node;
mod python;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use errand_tests::{Api, Hub, Project, Receiver, eventually};
use serde_json::Value;

/// Where the SDKs are installed.
pub(crate) fn sdks() -> Option<PathBuf> {
    let folder = std::env::var_os("ERRAND_TEST_SDKS").map(PathBuf::from);
    if folder.is_none() {
        println!("left out: ERRAND_TEST_SDKS names no folder of SDKs; `cargo xtask test` sets it");
    }
    folder
}

/// A hub with a project and a webhook.
struct Stage {
    hub: Hub,
    project: Project,
    api: Api,
    receiver: Receiver,
}

impl Stage {
    async fn set() -> Result<Self> {
        let hub = Hub::start().await?;
        let project = hub.project("Shop").await?;
        let receiver = Receiver::start(&[]).await?;
        let setting = format!("url={}", receiver.url);
        hub.cli_json(&["plugin", "add", "webhook", "--set", &setting])
            .await?;
        let api = hub.api().await?;
        Ok(Stage {
            hub,
            project,
            api,
            receiver,
        })
    }

    /// The only issue, once it was seen that many times.
    async fn issue_seen(&self, times: u64) -> Result<Value> {
        let path = format!(
            "/api/0/projects/{}/{}/issues/",
            self.project.organization, self.project.slug
        );
        eventually(&format!("one issue seen {times} times"), || async {
            let issues = self.api.get(&path).await?;
            let issues = issues.as_array().context("a list")?;
            ensure!(
                issues.len() <= 1,
                "one cause made {} issues: {issues:?}",
                issues.len()
            );
            Ok(issues
                .first()
                .filter(|issue| issue["count"].as_str() == Some(times.to_string().as_str()))
                .cloned())
        })
        .await
    }

    async fn latest_event(&self, issue: &Value) -> Result<Value> {
        let id = issue["id"].as_str().context("an id")?;
        self.api.get(&format!("/api/0/issues/{id}/events/latest/")).await
    }

    /// That the webhook heard of the issue, and of nothing else.
    async fn webhook_heard_once(&self, issue: &Value) -> Result<()> {
        let received = self.receiver.wait_for(1).await?;
        self.hub.drained().await?;
        ensure!(
            received.len() == 1,
            "the webhook was sent {} requests",
            received.len()
        );
        let body = &received[0].body;
        ensure!(body["action"] == "created", "{body}");
        ensure!(
            body["issue"]["id"] == issue["id"] && body["issue"]["title"] == issue["title"],
            "{body}"
        );
        Ok(())
    }
}

/// The value of an event's tag.
fn tag<'a>(event: &'a Value, key: &str) -> &'a str {
    let tags = event["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
    tags.iter()
        .find(|tag| tag["key"] == key)
        .and_then(|tag| tag["value"].as_str())
        .unwrap_or_default()
}

/// The functions of the event's exception, outermost first.
fn functions(event: &Value) -> Vec<&str> {
    let entries = event["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let exception = entries
        .iter()
        .find(|entry| entry["type"] == "exception")
        .unwrap_or(&Value::Null);
    let frames = exception["data"]["values"][0]["stacktrace"]["frames"].as_array();
    let frames = frames.map(Vec::as_slice).unwrap_or_default();
    frames
        .iter()
        .filter_map(|frame| frame["function"].as_str())
        .collect()
}
