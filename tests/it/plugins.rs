//! Plugins hear of what happens to issues, once, in order, and again when the far end was down.

use std::time::{Duration, Instant};

use anyhow::Result;
use errand_tests::{Hub, Receiver, event};
use serde_json::json;

#[tokio::test]
async fn the_webhook_is_told_of_new_issues_and_regressions() -> Result<()> {
    let hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let receiver = Receiver::start(&[]).await?;
    hub.cli_json(&[
        "plugin",
        "add",
        "webhook",
        "--set",
        &format!("url={}", receiver.url),
    ])
    .await?;
    let (sdk, api) = (hub.sdk(&project)?, hub.api().await?);
    for _ in 0..3 {
        assert_eq!(sdk.send(&event("hook", "ada")).await?.status, 200);
    }
    let created = receiver.wait_for(1).await?.remove(0);
    assert_eq!(created.headers["errand-event"], "issue.created");
    let id = created.body["issue"]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    api.put(&format!("/api/0/issues/{id}/"), &json!({ "status": "resolved" }))
        .await?;
    assert_eq!(sdk.send(&event("hook", "bob")).await?.status, 200);
    let regressed = receiver.wait_for(2).await?.remove(1);
    assert_eq!(regressed.headers["errand-event"], "issue.regressed");
    assert_eq!(regressed.body["issue"]["id"], id);
    Ok(())
}

#[tokio::test]
async fn a_far_end_that_fails_is_tried_again_with_the_same_key() -> Result<()> {
    let hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let receiver = Receiver::start(&[503]).await?;
    hub.cli_json(&[
        "plugin",
        "add",
        "webhook",
        "--set",
        &format!("url={}", receiver.url),
    ])
    .await?;
    assert_eq!(hub.sdk(&project)?.send(&event("retry", "ada")).await?.status, 200);
    let received = receiver.wait_for(2).await?;
    assert_eq!(
        received[0].headers["errand-delivery"],
        received[1].headers["errand-delivery"]
    );
    let issue = received[0].body["issue"]["id"].as_str().unwrap_or_default();
    let deliveries = hub
        .api()
        .await?
        .get(&format!("/api/0/issues/{issue}/deliveries/"))
        .await?;
    assert_eq!(
        (&deliveries[0]["attempts"], &deliveries[0]["state"]),
        (&json!(2), &json!("done")),
        "{deliveries}"
    );
    Ok(())
}

#[tokio::test]
async fn what_people_do_is_told_at_once() -> Result<()> {
    let hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let receiver = Receiver::start(&[]).await?;
    let api = hub.api().await?;
    let path = format!("/api/0/organizations/{}/plugins/", project.organization);
    let config = json!({ "url": receiver.url, "changes": ["issue.resolved", "issue.unresolved"] });
    api.post(&path, &json!({ "plugin": "webhook", "config": config }))
        .await?;
    assert_eq!(
        hub.sdk(&project)?.send(&event("prompt", "ada")).await?.status,
        200
    );
    hub.drained().await?;
    let path = format!(
        "/api/0/projects/{}/{}/issues/",
        project.organization, project.slug
    );
    let id = api.all(&path).await?[0]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let started = Instant::now();
    for (told, status) in ["resolved", "unresolved"].iter().cycle().take(10).enumerate() {
        api.put(&format!("/api/0/issues/{id}/"), &json!({ "status": status }))
            .await?;
        receiver.wait_for(told + 1).await?;
    }
    // Looked at once a second only, ten would take about five.
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "{:?}",
        started.elapsed()
    );
    Ok(())
}
