//! `kill -9` at any moment: nothing acknowledged is missing, nothing is there twice, every counter is what it counts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use errand_tests::{Api, Hub, Project, Receiver, Sdk, event, eventually};
use serde_json::Value;

const KILLS: usize = 20;
const GROUPS: [&str; 4] = ["alpha", "beta", "gamma", "delta"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_lose_nothing() -> Result<()> {
    let mut hub = Hub::start().await?;
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

    let mut acknowledged = BTreeSet::new();
    for kill in 0..KILLS {
        let sdk = hub.sdk(&project)?;
        // Different for each kill, so that it comes at different moments of a batch.
        let moment = Duration::from_millis(40 + 23 * kill as u64);
        let senders: Vec<_> = (0..4)
            .map(|lane| tokio::spawn(send_until_refused(sdk.clone(), lane, kill)))
            .collect();
        tokio::time::sleep(moment).await;
        hub.kill().await?;
        for sender in senders {
            acknowledged.extend(sender.await?);
        }
        hub.restart().await?;
    }
    hub.drained().await?;
    ensure!(
        acknowledged.len() > KILLS * 4,
        "the load was no load: {} events",
        acknowledged.len()
    );

    let api = hub.api().await?;
    let issues = api
        .all(&format!(
            "/api/0/projects/{}/{}/issues/",
            project.organization, project.slug
        ))
        .await?;
    ensure!(
        issues.len() == GROUPS.len(),
        "{} issues of {} causes",
        issues.len(),
        GROUPS.len()
    );
    let mut stored = BTreeSet::new();
    for issue in &issues {
        counters_are_exact(&api, issue, &mut stored).await?;
    }
    let missing: Vec<_> = acknowledged.difference(&stored).collect();
    ensure!(
        missing.is_empty(),
        "{} of {} acknowledged events are missing",
        missing.len(),
        acknowledged.len()
    );
    every_issue_was_told_of(&receiver, &issues, &project).await
}

/// Sends until the hub is gone; returns what it acknowledged.
async fn send_until_refused(sdk: Sdk, lane: usize, kill: usize) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let event = event(
            GROUPS[(lane + number) % GROUPS.len()],
            &format!("u{}", (lane * 31 + number + kill) % 17),
        );
        match sdk.send(&event).await {
            Ok(answer) if answer.status == 200 => {
                acknowledged.extend(event["event_id"].as_str().map(str::to_owned));
            }
            _ => break,
        }
    }
    acknowledged
}

async fn counters_are_exact(api: &Api, issue: &Value, stored: &mut BTreeSet<String>) -> Result<()> {
    let id = issue["id"].as_str().context("an id")?;
    let events = api.all(&format!("/api/0/issues/{id}/events/")).await?;
    let mut users = BTreeMap::<&str, u64>::new();
    for event in &events {
        let event_id = event["eventID"].as_str().context("an event id")?;
        ensure!(
            stored.insert(event_id.to_owned()),
            "event {event_id} is there twice"
        );
        *users
            .entry(event["user"]["id"].as_str().context("a user")?)
            .or_default() += 1;
    }
    ensure!(
        issue["count"].as_str() == Some(events.len().to_string().as_str()),
        "{id} counts {} of {}",
        issue["count"],
        events.len()
    );
    ensure!(
        issue["userCount"] == users.len(),
        "{id} counts {} users of {}",
        issue["userCount"],
        users.len()
    );

    let values = api
        .all(&format!("/api/0/issues/{id}/tags/license/values/"))
        .await?;
    for (user, events) in users {
        let value = values.iter().find(|value| value["value"] == format!("L-{user}"));
        let counted = value.context("the user's licence is a tag value")?["count"].as_u64();
        ensure!(
            counted == Some(events),
            "licence of {user}: {counted:?} of {events}"
        );
    }
    Ok(())
}

async fn every_issue_was_told_of(receiver: &Receiver, issues: &[Value], project: &Project) -> Result<()> {
    eventually("the webhook to hear of every issue", || async {
        let received = receiver.received();
        let told: BTreeSet<_> = received
            .iter()
            .filter_map(|request| request.body["issue"]["id"].as_str())
            .collect();
        Ok(issues
            .iter()
            .all(|issue| issue["id"].as_str().is_some_and(|id| told.contains(id)))
            .then_some(()))
    })
    .await
    .with_context(|| format!("project {}", project.slug))?;
    // A kill between a request and its record repeats the request, with the same key: the receiver can tell.
    let mut keys = BTreeMap::<String, BTreeSet<String>>::new();
    for request in receiver.received() {
        let key = request
            .headers
            .get("errand-delivery")
            .and_then(|key| key.to_str().ok())
            .context("a delivery key")?;
        let issue = request.body["issue"]["id"]
            .as_str()
            .context("an issue")?
            .to_owned();
        keys.entry(issue).or_default().insert(key.to_owned());
    }
    ensure!(
        keys.values().all(|keys| keys.len() == 1),
        "an issue was owed more than one delivery: {keys:?}"
    );
    Ok(())
}
