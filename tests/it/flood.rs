//! A project that floods: others do not feel it, its own beginning and end are kept, and what was dropped is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Api, Hub, Project, Sdk, event, eventually};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

/// How often the quiet project sends; the flood sends twenty times as often.
const EVERY: Duration = Duration::from_millis(80);
const TIMES: u32 = 20;
/// What a debug build on a busy machine may take longer now and then without it being the flood's fault.
const NOISE: Duration = Duration::from_millis(100);
/// How many events of a minute are taken of a project that has no past, before protection begins.
const BEGINNING: usize = 600;

/// Sends `count` events, one every `EVERY`; answers how long each took, the slowest last.
async fn quiet(sdk: &Sdk, count: usize) -> Result<Vec<Duration>> {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut took = Vec::with_capacity(count);
    for number in 0..count {
        ticks.tick().await;
        let event = event("quiet", &format!("user {number}"));
        let began = Instant::now();
        let answer = sdk.send(&event).await?;
        took.push(began.elapsed());
        ensure!(
            answer.status == 200,
            "the quiet project was answered {}",
            answer.status
        );
    }
    took.sort();
    Ok(took)
}

fn p99(took: &[Duration]) -> Duration {
    took[(took.len() - 1) * 99 / 100]
}

/// An event of the flood: when it was sent, its id, and how it was answered.
struct Sent {
    at: Instant,
    id: String,
    status: u16,
}

/// Sends as a broken program does, which does not mind that it is told to wait.
async fn flood(sdk: Sdk, stop: Arc<AtomicBool>) -> Result<Vec<Sent>> {
    let mut ticks = tokio::time::interval(EVERY / TIMES);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut under_way, mut sent) = (JoinSet::new(), Vec::new());
    while !stop.load(Ordering::SeqCst) {
        ticks.tick().await;
        if under_way.len() >= 64
            && let Some(done) = under_way.join_next().await
        {
            sent.push(done??);
        }
        let sdk = sdk.clone();
        under_way.spawn(async move {
            let event = event("flood", "bob");
            let at = Instant::now();
            let answer = sdk.send(&event).await?;
            let id = event["event_id"].as_str().context("an id")?.to_owned();
            anyhow::Ok(Sent {
                at,
                id,
                status: answer.status,
            })
        });
    }
    while let Some(done) = under_way.join_next().await {
        sent.push(done??);
    }
    sent.sort_by_key(|one| one.at);
    Ok(sent)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_twenty_times_leaves_others_alone_and_keeps_its_own_beginning_and_end() -> Result<()> {
    let hub = Hub::start().await?;
    let (shop, broken) = (hub.project("Shop").await?, hub.project("Broken").await?);
    let api = hub.api().await?;
    let place = format!("/api/0/projects/{}/{}/", broken.organization, broken.slug);
    api.put(&place, &json!({"volume": {"spikes": true}})).await?;
    let sdk = hub.sdk(&shop)?;
    quiet(&sdk, 20).await?;
    let alone = quiet(&sdk, 60).await?;

    let stop = Arc::new(AtomicBool::new(false));
    let flooding = tokio::spawn(flood(hub.sdk(&broken)?, Arc::clone(&stop)));
    let beside = quiet(&sdk, 100).await?;
    stop.store(true, Ordering::SeqCst);
    let sent = flooding.await??;
    ensure!(
        p99(&beside) <= 2 * p99(&alone) + NOISE,
        "p99 alone {:?}, beside the flood {:?}",
        p99(&alone),
        p99(&beside)
    );
    hub.drained().await?;
    beginning_and_end_are_kept(&api, &place, &sent).await?;
    is_counted(&api, &broken, &sent).await?;
    let issues = api
        .get(&format!(
            "/api/0/projects/{}/{}/issues/",
            shop.organization, shop.slug
        ))
        .await?;
    ensure!(
        issues[0]["count"] == "180",
        "the quiet project lost events: {issues}"
    );
    Ok(())
}

async fn beginning_and_end_are_kept(api: &Api, place: &str, sent: &[Sent]) -> Result<()> {
    ensure!(sent.len() > 2 * BEGINNING, "{} events are no flood", sent.len());
    let taken: Vec<&Sent> = sent.iter().filter(|one| one.status == 200).collect();
    ensure!(
        (BEGINNING..2 * BEGINNING + 60).contains(&taken.len()),
        "{} of {} were taken",
        taken.len(),
        sent.len()
    );
    ensure!(
        sent[..100].iter().all(|one| one.status == 200),
        "its beginning is missing"
    );
    let (last, end) = (taken.last().context("one")?, sent.last().context("one")?);
    ensure!(end.at - last.at < Duration::from_secs(2), "its end is missing");
    for one in [taken[0], last] {
        api.get(&format!("{place}events/{}/", one.id)).await?;
    }
    Ok(())
}

async fn is_counted(api: &Api, project: &Project, sent: &[Sent]) -> Result<()> {
    let refused = sent.iter().filter(|one| one.status == 429).count();
    let path = format!(
        "/api/0/organizations/{}/stats_v2/?field=sum(quantity)&groupBy=reason&outcome=rate_limited&category=error&statsPeriod=24h&project={}",
        project.organization, project.id
    );
    eventually("what was dropped to be counted", || async {
        let told = api.get(&path).await?;
        let group: &Value = &told["groups"][0];
        let counted = group["totals"]["sum(quantity)"].as_u64();
        let is_it = group["by"]["reason"] == "spike_protection" && counted == Some(refused as u64);
        Ok(is_it.then_some(()))
    })
    .await
}
