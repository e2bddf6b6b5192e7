//! Deliveries, from outside: killed hubs, far ends that are busy, credentials that expire. Nothing is lost, nothing
//! hammers, everything is told in order.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use errand_tests::{Api, Hub, Project, Received, Receiver, event, eventually};
use serde_json::{Value, json};

const KILLS: usize = 20;
const GROUPS: [&str; 6] = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"];
const HEARD: [&str; 3] = ["issue.resolved", "issue.unresolved", "issue.commented"];

/// A hub with an issue for each group, and a webhook.
struct Stage {
    hub: Hub,
    project: Project,
    receiver: Receiver,
    api: Api,
    /// The webhook's path.
    plugin: String,
    issues: Vec<String>,
}

impl Stage {
    async fn set() -> Result<Self> {
        let hub = Hub::start().await?;
        let project = hub.project("Shop").await?;
        let receiver = Receiver::start(&[]).await?;
        let api = hub.api().await?;
        let plugins = format!("/api/0/organizations/{}/plugins/", project.organization);
        let config = json!({ "url": receiver.url, "changes": HEARD });
        let made = api
            .post(&plugins, &json!({ "plugin": "webhook", "config": config }))
            .await?;
        let plugin = format!("{plugins}{}/", made["id"].as_str().context("an id")?);
        let mut stage = Stage {
            hub,
            project,
            receiver,
            api,
            plugin,
            issues: Vec::new(),
        };
        let sdk = stage.hub.sdk(&stage.project)?;
        for group in GROUPS {
            ensure!(
                sdk.send(&event(group, "ada")).await?.status == 200,
                "an event is refused"
            );
        }
        stage.hub.drained().await?;
        let path = format!(
            "/api/0/projects/{}/{}/issues/",
            stage.project.organization, stage.project.slug
        );
        for issue in stage.api.all(&path).await? {
            stage
                .issues
                .push(issue["id"].as_str().context("an id")?.to_owned());
        }
        Ok(stage)
    }

    /// Resolves every issue and takes it up again.
    async fn change_all(&self) -> Result<()> {
        for status in ["resolved", "unresolved"] {
            for issue in &self.issues {
                let path = format!("/api/0/issues/{issue}/");
                self.api.put(&path, &json!({ "status": status })).await?;
            }
        }
        Ok(())
    }

    /// What happened to an issue that the webhook wants to hear of, the oldest first, and what became of it.
    async fn owed(&self, issue: &str) -> Result<Vec<(String, Value)>> {
        let path = format!("/api/0/issues/{issue}/plugin-decisions/");
        let happened = self.api.get(&path).await?;
        let mut owed = Vec::new();
        for happening in happened.as_array().context("a list")?.iter().rev() {
            if happening["event"] != "issue.created" {
                let id = happening["id"].as_str().context("an id")?.to_owned();
                owed.push((id, happening["plugins"][0].clone()));
            }
        }
        Ok(owed)
    }

    /// Waits until all that is owed is told; answers how much that was.
    async fn all_told(&self) -> Result<usize> {
        eventually("everything to be told", || async {
            let mut count = 0;
            for issue in &self.issues {
                let owed = self.owed(issue).await?;
                if owed.iter().any(|(_, plugin)| plugin["verdict"] != "done") {
                    return Ok(None);
                }
                count += owed.len();
            }
            Ok(Some(count))
        })
        .await
    }

    /// Everything that happened arrived, and each issue's happenings in their order.
    async fn arrived_in_order(&self, received: &[Received]) -> Result<()> {
        let mut lanes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for request in received {
            let issue = request.body["issue"]["id"].as_str().context("an issue")?;
            let id = request.body["id"].as_str().context("an id")?;
            let lane = lanes.entry(issue).or_default();
            // A kill between a request and its record repeats the request.
            if !lane.contains(&id) {
                lane.push(id);
            }
        }
        for issue in &self.issues {
            let owed = self.owed(issue).await?;
            let owed: Vec<&str> = owed.iter().map(|(id, _)| id.as_str()).collect();
            let told = lanes.get(issue.as_str()).cloned().unwrap_or_default();
            ensure!(
                told == owed,
                "of issue {issue} {owed:?} is owed, told was {told:?}"
            );
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_during_deliveries_lose_nothing_and_keep_the_order() -> Result<()> {
    let started = Instant::now();
    let mut stage = Stage::set().await?;
    let mut acknowledged = 0;
    for kill in 0..KILLS {
        // Different for each kill, so that it comes at different moments of a delivery.
        let moment = Duration::from_millis(20 + 11 * kill as u64);
        let (api, issues) = (stage.api.clone(), stage.issues.clone());
        let changing = tokio::spawn(comment_until_refused(api, issues, kill));
        tokio::time::sleep(moment).await;
        stage.hub.kill().await?;
        acknowledged += changing.await?;
        stage.hub.restart().await?;
    }
    let told = stage.all_told().await?;
    ensure!(
        acknowledged > KILLS,
        "the load was no load: {acknowledged} comments"
    );
    // One whose answer the kill swallowed may have happened all the same.
    ensure!(told >= acknowledged, "{acknowledged} comments, {told} told");
    stage.arrived_in_order(&stage.receiver.received()).await?;
    let keys: BTreeSet<_> = stage.receiver.received().iter().map(key).collect();
    ensure!(keys.len() == told, "{} keys for {told} deliveries", keys.len());
    ensure!(
        started.elapsed() < Duration::from_secs(60),
        "{:?}",
        started.elapsed()
    );
    Ok(())
}

/// Comments on issues until the hub is gone, at most twice on each: no issue has more happenings than can be asked for.
/// Answers how many comments were acknowledged.
async fn comment_until_refused(api: Api, issues: Vec<String>, kill: usize) -> usize {
    let mut acknowledged = 0;
    for number in 0..2 * issues.len() {
        let path = format!(
            "/api/0/issues/{}/comments/",
            issues[(number + kill) % issues.len()]
        );
        match api
            .post(&path, &json!({ "text": format!("{kill}, {number}") }))
            .await
        {
            Ok(_) => acknowledged += 1,
            Err(_) => break,
        }
    }
    acknowledged
}

fn key(request: &Received) -> String {
    let key = request.headers.get("errand-delivery");
    key.and_then(|key| key.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn a_far_end_that_asks_to_wait_is_left_alone_and_told_in_order_afterwards() -> Result<()> {
    let stage = Stage::set().await?;
    stage.receiver.always(Some((429, Some(3))));
    stage.change_all().await?;
    // Four may be under way at once, before the first is answered; then nobody goes there for three seconds.
    eventually("the far end to be left alone", || async {
        let shown = stage.api.get(&stage.plugin).await?;
        let under_way = stage
            .api
            .get(&format!("{}deliveries/?state=leased", stage.plugin))
            .await?;
        let is_left_alone = shown["destinations"][0]["circuit"] == "busy" && under_way == json!([]);
        Ok(is_left_alone.then_some(()))
    })
    .await?;
    let refused = stage.receiver.received().len();
    ensure!(refused <= 4, "{refused} requests to one that asked to wait");
    stage.receiver.always(None);
    let told = stage.all_told().await?;
    ensure!(told == 2 * GROUPS.len(), "{told} told");
    let received = stage.receiver.received();
    stage.arrived_in_order(&received[refused..]).await?;
    ensure!(received.len() == refused + told, "{} requests", received.len());
    let waited = received[refused].at.duration_since(received[0].at);
    ensure!(waited >= Duration::from_secs(3), "{waited:?}");
    Ok(())
}

#[tokio::test]
async fn refused_credentials_hold_everything_until_they_are_mended() -> Result<()> {
    let stage = Stage::set().await?;
    stage.receiver.always(Some((401, None)));
    stage.change_all().await?;
    let paused = eventually("the webhook to be held", || async {
        let shown = stage.api.get(&stage.plugin).await?;
        Ok(shown["paused"].as_str().map(str::to_owned))
    })
    .await?;
    ensure!(paused.contains("401"), "{paused}");
    let refused = stage.receiver.received().len();
    ensure!(refused <= 4, "{refused} requests with refused credentials");
    stage.receiver.always(None);
    // More happens meanwhile; nobody is told yet.
    stage.change_all().await?;
    ensure!(stage.receiver.received().len() == refused, "it is held");
    let config = json!({
        "url": stage.receiver.url,
        "changes": HEARD,
        "headers": { "Authorization": "Bearer new" },
    });
    stage.api.put(&stage.plugin, &json!({ "config": config })).await?;
    let told = stage.all_told().await?;
    ensure!(told == 4 * GROUPS.len(), "{told} told");
    stage
        .arrived_in_order(&stage.receiver.received()[refused..])
        .await
}
