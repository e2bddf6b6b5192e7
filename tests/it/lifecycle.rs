//! An issue's life through the API: resolved, regressed, archived, merged and taken apart again.

use anyhow::{Context, Result};
use errand_tests::{Api, Hub, Project, Sdk, event};
use serde_json::{Value, json};

struct Stage {
    hub: Hub,
    project: Project,
    api: Api,
    sdk: Sdk,
}

impl Stage {
    async fn set() -> Result<Self> {
        let hub = Hub::start().await?;
        let project = hub.project("Shop").await?;
        let (api, sdk) = (hub.api().await?, hub.sdk(&project)?);
        Ok(Stage {
            hub,
            project,
            api,
            sdk,
        })
    }

    async fn happens(&self, group: &str, user: &str, release: &str) -> Result<()> {
        let mut event = event(group, user);
        event["release"] = json!(release);
        assert_eq!(self.sdk.send(&event).await?.status, 200);
        self.hub.drained().await
    }

    async fn issues(&self, query: &str) -> Result<Vec<Value>> {
        let Project {
            organization, slug, ..
        } = &self.project;
        self.api
            .all(&format!(
                "/api/0/projects/{organization}/{slug}/issues/?query={query}"
            ))
            .await
    }

    async fn update(&self, issue: &Value, body: &Value) -> Result<Value> {
        self.api
            .put(
                &format!("/api/0/issues/{}/", issue["id"].as_str().context("an id")?),
                body,
            )
            .await
    }

    async fn reload(&self, issue: &Value) -> Result<Value> {
        self.api
            .get(&format!(
                "/api/0/issues/{}/",
                issue["id"].as_str().context("an id")?
            ))
            .await
    }
}

#[tokio::test]
async fn a_resolved_issue_regresses_with_its_next_event() -> Result<()> {
    let stage = Stage::set().await?;
    stage.happens("pay", "ada", "shop@1.0.0").await?;
    let issue = stage.issues("is:unresolved").await?.remove(0);
    assert_eq!(issue["substatus"], "new");
    let resolved = stage.update(&issue, &json!({ "status": "resolved" })).await?;
    assert_eq!(resolved["status"], "resolved");
    assert!(stage.issues("is:unresolved").await?.is_empty());
    stage.happens("pay", "bob", "shop@1.0.0").await?;
    let issue = stage.reload(&issue).await?;
    assert_eq!(
        (issue["status"].as_str(), issue["substatus"].as_str()),
        (Some("unresolved"), Some("regressed"))
    );
    assert_eq!(stage.issues("is:regressed").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn resolved_in_a_release_events_of_older_releases_are_no_regression() -> Result<()> {
    let stage = Stage::set().await?;
    stage.happens("pay", "ada", "shop@1.9.0").await?;
    let issue = stage.issues("").await?.remove(0);
    stage
        .update(
            &issue,
            &json!({ "status": "resolved", "statusDetails": { "inRelease": "shop@1.10.0" } }),
        )
        .await?;
    stage.happens("pay", "ada", "shop@1.9.1").await?;
    assert_eq!(stage.reload(&issue).await?["status"], "resolved");
    stage.happens("pay", "ada", "shop@1.10.0").await?;
    assert_eq!(stage.reload(&issue).await?["status"], "unresolved");
    Ok(())
}

#[tokio::test]
async fn an_archived_issue_comes_back_when_its_count_is_reached() -> Result<()> {
    let stage = Stage::set().await?;
    stage.happens("pay", "ada", "shop@1.0.0").await?;
    let issue = stage.issues("").await?.remove(0);
    stage
        .update(
            &issue,
            &json!({ "status": "ignored", "statusDetails": { "ignoreCount": 3 } }),
        )
        .await?;
    for _ in 0..2 {
        stage.happens("pay", "ada", "shop@1.0.0").await?;
        assert_eq!(stage.reload(&issue).await?["status"], "ignored");
    }
    stage.happens("pay", "ada", "shop@1.0.0").await?;
    let issue = stage.reload(&issue).await?;
    assert_eq!(
        (issue["status"].as_str(), issue["substatus"].as_str()),
        (Some("unresolved"), Some("escalating"))
    );
    Ok(())
}

#[tokio::test]
async fn merging_sticks_and_can_be_taken_back() -> Result<()> {
    let stage = Stage::set().await?;
    for (group, user) in [("alpha", "ada"), ("alpha", "bob"), ("beta", "ada")] {
        stage.happens(group, user, "shop@1.0.0").await?;
    }
    let issues = stage.issues("").await?;
    let ids: Vec<_> = issues.iter().filter_map(|issue| issue["id"].as_str()).collect();
    let Project {
        organization, slug, ..
    } = &stage.project;
    let path = format!(
        "/api/0/projects/{organization}/{slug}/issues/?id={}",
        ids.join("&id=")
    );
    stage.api.put(&path, &json!({ "merge": 1 })).await?;
    for group in ["alpha", "beta"] {
        stage.happens(group, "cyd", "shop@1.0.0").await?;
    }
    let merged = stage.issues("").await?;
    assert_eq!(merged.len(), 1, "{merged:?}");
    assert_eq!(
        (merged[0]["count"].as_str(), merged[0]["userCount"].as_u64()),
        (Some("5"), Some(3))
    );

    let id = merged[0]["id"].as_str().context("an id")?;
    let hashes = stage.api.all(&format!("/api/0/issues/{id}/hashes/")).await?;
    let beta = hashes.iter().find(|hash| {
        hash["latestEvent"]["title"]
            .as_str()
            .is_some_and(|t| t.starts_with("beta"))
    });
    let beta = beta
        .and_then(|hash| hash["id"].as_str())
        .context("the hash of beta")?;
    let answer = stage
        .api
        .send(
            reqwest::Method::DELETE,
            &format!("/api/0/issues/{id}/hashes/?id={beta}"),
            None,
        )
        .await?;
    assert!(answer.status().is_success(), "{}", answer.text().await?);
    let mut counts: Vec<_> = stage
        .issues("")
        .await?
        .iter()
        .map(|issue| issue["count"].clone())
        .collect();
    counts.sort_by_key(Value::to_string);
    assert_eq!(counts, ["2", "3"]);
    Ok(())
}

#[tokio::test]
async fn a_discarded_issue_is_gone_and_its_events_are_dropped() -> Result<()> {
    let stage = Stage::set().await?;
    stage.happens("noise", "ada", "shop@1.0.0").await?;
    let issue = stage.issues("").await?.remove(0);
    stage.update(&issue, &json!({ "discard": true })).await?;
    stage.happens("noise", "ada", "shop@1.0.0").await?;
    assert!(stage.issues("").await?.is_empty());
    Ok(())
}
