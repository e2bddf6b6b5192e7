//! Numbers that are watched, from outside: what the data says is told within a minute, once, and told to be over; and what a
//! back-test says of the same time is what was told.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Api, Hub, Options, Project, Received, Receiver, Sdk, event, eventually, within};
use serde_json::{Value, json};

use crate::cli::two_hubs;
use crate::wakes::seconds_since_1970;

/// What is promised: so soon after the data says so.
const PROMISED: Duration = Duration::from_secs(60);
const MINUTE: u64 = 60;
const HOUR: u64 = 3_600;
const WEEK: u64 = 7 * 24 * HOUR;

/// A project whose rules a pager hears.
struct Stage {
    project: Project,
    api: Api,
    sdk: Sdk,
    pager: Receiver,
    rules: String,
    /// The path of the installation that follows them.
    plugin: String,
}

/// When somebody was told.
struct Told {
    at: u64,
    reason: String,
}

impl Stage {
    async fn set(hub: &Hub, trigger: &str) -> Result<Self> {
        let project = hub.project("Shop").await?;
        let (api, sdk) = (hub.api().await?, hub.sdk(&project)?);
        let pager = Receiver::start(&[]).await?;
        let plugins = format!("/api/0/organizations/{}/plugins/", project.organization);
        let config = json!({ "url": pager.url, "changes": ["alert.raised"] });
        let webhook = json!({ "plugin": "webhook", "name": "Pager", "config": config });
        api.post(&plugins, &webhook).await?;
        let rules = format!("/api/0/projects/{}/{}/rules/", project.organization, project.slug);
        let text = format!("rule Watched\n when {trigger}\n then notify by Pager\n");
        let saved = api.put(&rules, &json!({ "text": text })).await?;
        let plugin = format!("{plugins}{}/", saved["installationId"].as_str().context("an id")?);
        Ok(Stage {
            project,
            api,
            sdk,
            pager,
            rules,
            plugin,
        })
    }

    /// Goes on at another hub of the same database, or at the same one when it was started again.
    async fn go_on_at(&mut self, hub: &Hub) -> Result<()> {
        self.api = hub.api().await?;
        self.sdk = hub.sdk(&self.project)?;
        Ok(())
    }

    async fn send(&self, events: impl IntoIterator<Item = Value>) -> Result<()> {
        for event in events {
            ensure!(self.sdk.send(&event).await?.status == 200, "an event is refused");
        }
        Ok(())
    }

    async fn sessions(&self, started: u64, exited: u64, crashed: u64) -> Result<()> {
        let item = json!({
            "aggregates": [{ "started": started, "exited": exited, "crashed": crashed }],
            "attrs": { "release": "shop@1.0.0", "environment": "production" },
        });
        let body = format!("{{}}\n{{\"type\":\"sessions\"}}\n{item}\n");
        let status = self.sdk.post(body.into_bytes(), &[]).await?.status;
        ensure!(status == 200, "{status}");
        Ok(())
    }

    /// The id of the latest look.
    async fn latest_look(&self) -> Result<Value> {
        let calls = self
            .api
            .get(&format!("{}calls/?occasion=job", self.plugin))
            .await?;
        Ok(calls[0]["id"].clone())
    }

    /// Has rules looked at now, rather than in half a minute, and waits until they were.
    async fn look(&self) -> Result<()> {
        let run = format!("{}jobs/watch/run/", self.plugin);
        let before = eventually("a look to begin", || async {
            let before = self.latest_look().await?;
            let answer = self.api.send(reqwest::Method::POST, &run, None).await?;
            Ok(answer.status().is_success().then_some(before))
        })
        .await?;
        eventually("the look to be over", || async {
            Ok((self.latest_look().await? != before).then_some(()))
        })
        .await
    }

    /// Waits until so many were told by the hub's own clock; what was told last, and how long after `crossed`.
    async fn told(&self, count: usize, longest: Duration, crossed: Instant) -> Result<(Told, Duration)> {
        let received: Vec<Received> = within(longest, &format!("message {count}"), || async {
            let received = self.pager.received();
            Ok((received.len() >= count).then_some(received))
        })
        .await?;
        ensure!(received.len() == count, "it is said once: {received:?}");
        let last = received.into_iter().last().context("the message")?;
        let took = last.at.duration_since(crossed);
        let ago = last.at.elapsed().as_secs();
        let change = &last.body["change"];
        ensure!(change["rule"] == "Watched", "{change}");
        let told = Told {
            at: seconds_since_1970()? - ago,
            reason: change["reason"].as_str().unwrap_or_default().to_owned(),
        };
        Ok((told, took))
    }

    /// What was too many is so no longer, which is told once.
    async fn is_over(&self, longest: Duration) -> Result<()> {
        let (told, _) = self.told(2, longest, Instant::now()).await?;
        ensure!(told.reason.starts_with("back to normal: "), "{}", told.reason);
        self.look().await?;
        self.look().await?;
        ensure!(self.pager.received().len() == 2, "that it is over is said once");
        Ok(())
    }

    /// Tried on the last day the saved rule fires at these times, the latest first, each within a minute, and at no other; and
    /// sends nothing.
    async fn fired_at(&self, times: &[u64]) -> Result<()> {
        let path = format!("{}back-test/", self.rules);
        let tried = self.api.post(&path, &json!({ "days": 1 })).await?;
        let rule = &tried["rules"][0];
        ensure!(
            rule["fired"] == times.len() && tried["isCapped"] == false,
            "{tried}"
        );
        for (at, time) in times.iter().enumerate() {
            let date = rule["latest"][at]["date"].as_str().context("a time")?;
            let apart = seconds_of(date)?.abs_diff(*time);
            ensure!(
                apart <= MINUTE,
                "at {time}, in history at {date}: {apart} s apart"
            );
        }
        ensure!(self.pager.received().len() == 2, "trying sends nothing");
        Ok(())
    }
}

/// Seconds since 1970 of a time of the last day, as the API writes it: `2026-11-29T14:05:00.000Z`.
fn seconds_of(date: &str) -> Result<u64> {
    let (_, time) = date.split_once('T').context("a time")?;
    let parts: Vec<u64> = time
        .split([':', '.', 'Z'])
        .filter_map(|part| part.parse().ok())
        .collect();
    let &[hours, minutes, seconds, ..] = parts.as_slice() else {
        anyhow::bail!("{date} is no time");
    };
    let (now, day) = (seconds_since_1970()?, 24 * HOUR);
    let of_today = now / day * day + hours * HOUR + minutes * MINUTE + seconds;
    // What lies ahead was yesterday.
    Ok(if of_today > now + MINUTE {
        of_today - day
    } else {
        of_today
    })
}

/// An event of a user at a time, in a transaction.
fn at(time: u64, user: &str, transaction: &str) -> Value {
    let mut event = event("Pay", user);
    event["timestamp"] = json!(time);
    event["transaction"] = json!(transaction);
    event
}

#[tokio::test]
async fn events_per_minute_in_checkout_above_those_of_the_same_hour_last_week() -> Result<()> {
    let mut hub = Hub::start().await?;
    let mut stage = Stage::set(
        &hub,
        "events per minute > 3x the same hour 1w ago in 1m min 2 where transaction:\"POST /checkout/*\"",
    )
    .await?;
    // Two a minute in checkout, in that hour of last week and the next: more than six are too many. Elsewhere there was more.
    let hour = (seconds_since_1970()? - WEEK) / HOUR * HOUR;
    for hour in [hour, hour + HOUR] {
        let past = (0..120).map(|number| at(hour + number * 30, "ada", "POST /checkout/pay"));
        stage.send(past).await?;
        stage
            .send((0..60).map(|number| at(hour + number * 60, "ada", "GET /search")))
            .await?;
    }
    let now = |count: usize, transaction: &'static str| {
        let now = seconds_since_1970()?;
        anyhow::Ok((0..count).map(move |_| at(now, "ada", transaction)))
    };
    stage.send(now(6, "POST /checkout/pay")?).await?;
    stage.send(now(30, "GET /search")?).await?;
    hub.drained().await?;
    stage.look().await?;
    ensure!(stage.pager.received().is_empty(), "six a minute are not too many");

    let crossed = Instant::now();
    stage.send(now(20, "POST /checkout/pay")?).await?;
    let (told, took) = stage.told(1, PROMISED, crossed).await?;
    ensure!(took < PROMISED, "it took {took:?}");
    ensure!(
        told.reason.contains("events per minute") && told.reason.contains("2.0 then"),
        "{}",
        told.reason
    );
    // While it stays so nothing more is said, also not by a hub that was killed in between.
    stage.send(now(20, "POST /checkout/cart")?).await?;
    hub.drained().await?;
    hub.kill().await?;
    hub.restart().await?;
    stage.go_on_at(&hub).await?;
    stage.look().await?;
    ensure!(stage.pager.received().len() == 1, "it is said once");
    stage.is_over(3 * PROMISED).await?;
    stage.fired_at(&[told.at]).await
}

#[tokio::test]
async fn users_affected_over_a_hundred_in_ten_minutes() -> Result<()> {
    // Two on one database where there is one, or one on its own.
    let mut hubs = match two_hubs(&Options::default()).await? {
        Some(hubs) => Vec::from(hubs),
        None => vec![Hub::start().await?],
    };
    let mut stage = Stage::set(&hubs[0], "users > 100 in 10m").await?;
    // They fall out of the ten minutes after one or two more.
    let early = seconds_since_1970()? / MINUTE * MINUTE - 8 * MINUTE;
    let user = |number: usize| format!("user-{number}");
    stage
        .send((0..60).map(|number| at(early, &user(number), "/")))
        .await?;
    let now = seconds_since_1970()?;
    stage
        .send((60..100).map(|number| at(now, &user(number), "/")))
        .await?;
    // Who comes again is no further user.
    stage
        .send((0..30).map(|number| at(now, &user(70 + number), "/")))
        .await?;
    for hub in &hubs {
        hub.drained().await?;
    }
    stage.look().await?;
    ensure!(stage.pager.received().is_empty(), "a hundred are not too many");

    let crossed = Instant::now();
    stage.send([at(seconds_since_1970()?, &user(100), "/")]).await?;
    let (told, took) = stage.told(1, PROMISED, crossed).await?;
    ensure!(took < PROMISED, "it took {took:?}");
    ensure!(
        told.reason.starts_with("101 users (users > 100"),
        "{}",
        told.reason
    );
    // What one hub began another one ends.
    if hubs.len() > 1 {
        hubs.remove(0).terminate().await?;
        stage.go_on_at(&hubs[0]).await?;
    }
    stage.is_over(3 * PROMISED).await?;
    stage.fired_at(&[told.at]).await
}

#[tokio::test]
async fn crash_free_sessions_under_ninety_nine_per_cent() -> Result<()> {
    let mut hub = Hub::start().await?;
    let mut stage = Stage::set(&hub, "crash-free sessions < 99% in 1h").await?;
    // The only issue there is was seen before what is watched.
    let now = seconds_since_1970()?;
    stage.send([at(now - 3 * HOUR, "ada", "/")]).await?;
    // What crashed two hours ago does not count, and half of a per cent is not too many.
    stage.sessions(now - 2 * HOUR, 50, 50).await?;
    stage.sessions(now - HOUR / 3, 199, 1).await?;
    hub.drained().await?;
    stage.look().await?;
    ensure!(stage.pager.received().is_empty(), "1 of 200 is not too many");

    let crossed = Instant::now();
    stage.sessions(seconds_since_1970()?, 95, 5).await?;
    let (told, took) = stage.told(1, PROMISED, crossed).await?;
    ensure!(took < PROMISED, "it took {took:?}");
    ensure!(
        told.reason.starts_with("6 of 300 sessions crashed"),
        "{}",
        told.reason
    );
    hub.terminate().await?;
    hub.restart().await?;
    stage.go_on_at(&hub).await?;
    stage.look().await?;
    ensure!(stage.pager.received().len() == 1, "it is said once");
    // What is over within its minute nobody sees afterwards.
    within(2 * PROMISED, "the next minute", || async {
        Ok((seconds_since_1970()? / MINUTE > told.at / MINUTE).then_some(()))
    })
    .await?;
    stage.sessions(seconds_since_1970()?, 700, 0).await?;
    stage.is_over(PROMISED).await?;
    // Two hours ago nobody watched; history knows it all the same.
    stage.fired_at(&[told.at, now - 2 * HOUR]).await
}
