//! Jobs are done when they are due: once, also after a crash or a long sleep, and again when they fail.

use std::time::Duration;

use errand_model::Timestamp;
use errand_model::delivery::{AttemptOutcome, MAX_CRASHES};
use errand_model::occasion::Occasion;
use errand_store::installations;
use errand_store::plugin_jobs;

use crate::deliveries::{retry, wait_for};
use crate::setting::{Setting, kill, stop};

/// The setting's clock starts on 2026-09-21, a Monday, at 14:13:20 UTC.
const HOURLY: &str = "0 * * * *";

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("a time")
}

fn dues(setting: &Setting) -> Vec<Timestamp> {
    setting.plugins.runs().iter().map(|call| call.due).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_done_at_its_time_and_written_down() {
    let setting = Setting::new().await;
    let installation = setting.install("reports").await;
    setting.plugins.schedule(Some(HOURLY));
    let engine = setting.start().await;
    engine.drain().await;
    assert!(setting.plugins.runs().is_empty(), "not before its time");
    setting.clock.set(at("2026-09-21T15:00:01Z"));
    engine.drain().await;
    engine.drain().await;
    setting.clock.set(at("2026-09-21T16:00:00Z"));
    engine.drain().await;
    let expected = [at("2026-09-21T15:00:00Z"), at("2026-09-21T16:00:00Z")];
    assert_eq!(dues(&setting), expected);
    let runs = setting.plugins.runs();
    assert_ne!(runs[0].head.idempotency_key, runs[1].head.idempotency_key);
    let recorded = setting.recorded(&installation).await;
    assert_eq!(recorded.len(), 2);
    let first = &recorded[0];
    assert_eq!((first.occasion, first.name.as_str()), (Occasion::Job, "tidy"));
    assert_eq!(first.attempt.outcome, AttemptOutcome::Done);
    assert_eq!((first.attempt.cpu_ms, first.attempt.wall_ms), (1, 3));
    assert!(first.attempt.requests.contains("far.example"), "{first:?}");
    assert!(first.details.contains("2026-09-21T15:00:00Z"), "{first:?}");
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_missed_while_the_hub_was_down_is_made_up_for_once() {
    let setting = Setting::new().await;
    setting.install("reports").await;
    setting.plugins.schedule(Some(HOURLY));
    let engine = setting.start().await;
    engine.drain().await;
    stop(engine).await;
    setting.clock.set(at("2026-09-22T09:10:00Z"));
    let engine = setting.start().await;
    engine.drain().await;
    assert_eq!(
        dues(&setting),
        [at("2026-09-21T15:00:00Z")],
        "since the first that was missed"
    );
    setting.clock.set(at("2026-09-22T10:00:00Z"));
    engine.drain().await;
    assert_eq!(dues(&setting)[1..], [at("2026-09-22T10:00:00Z")]);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_fails_is_tried_again_with_the_same_key() {
    let setting = Setting::new().await;
    let installation = setting.install("reports").await;
    setting.plugins.schedule(Some(HOURLY));
    setting.plugins.play([retry()]);
    let engine = setting.start().await;
    engine.drain().await;
    setting.clock.set(at("2026-09-21T15:00:00Z"));
    engine.drain().await;
    engine.drain().await;
    assert_eq!(setting.plugins.runs().len(), 1, "not before its time");
    setting.clock.advance_millis(7_000);
    engine.drain().await;
    let runs = setting.plugins.runs();
    let attempts: Vec<u32> = runs.iter().map(|call| call.head.attempt).collect();
    assert_eq!(attempts, [1, 2]);
    assert_eq!(runs[0].head.idempotency_key, runs[1].head.idempotency_key);
    let outcomes: Vec<_> = setting
        .recorded(&installation)
        .await
        .into_iter()
        .map(|call| call.attempt.outcome)
        .collect();
    assert_eq!(outcomes, [retry(), AttemptOutcome::Done]);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_crashes_again_and_again_is_given_up_and_the_next_one_is_not() {
    let setting = Setting::new().await;
    setting.install("reports").await;
    setting.plugins.schedule(Some("0 0 * * *"));
    let crash = AttemptOutcome::Crashed {
        limit: "trap".to_owned(),
        message: "unreachable".to_owned(),
    };
    setting.plugins.play((0..MAX_CRASHES).map(|_| crash.clone()));
    let engine = setting.start().await;
    engine.drain().await;
    setting.clock.set(at("2026-09-22T00:00:00Z"));
    for _ in 0..MAX_CRASHES + 2 {
        engine.drain().await;
        setting.clock.advance_millis(3_600_000);
    }
    assert_eq!(dues(&setting), vec![at("2026-09-22T00:00:00Z"); 3]);
    setting.clock.set(at("2026-09-23T00:00:00Z"));
    engine.drain().await;
    assert_eq!(dues(&setting)[3..], [at("2026-09-23T00:00:00Z")]);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_credentials_hold_the_installation_and_the_run_goes_on_when_it_is_resumed() {
    let setting = Setting::new().await;
    let installation = setting.install("reports").await;
    setting.plugins.schedule(Some(HOURLY));
    setting.plugins.play([AttemptOutcome::Auth {
        message: "401".to_owned(),
    }]);
    let engine = setting.start().await;
    engine.drain().await;
    setting.clock.set(at("2026-09-21T15:00:00Z"));
    engine.drain().await;
    let held = installations::by_id(&setting.hub.db, installation.id)
        .await
        .expect("readable");
    assert_eq!(held.expect("there").paused.as_deref(), Some("401"));
    setting.clock.set(at("2026-09-21T18:30:00Z"));
    engine.drain().await;
    assert_eq!(setting.plugins.runs().len(), 1, "nothing is tried meanwhile");
    let mut tx = setting.hub.db.begin().await.expect("a transaction");
    installations::resume(&mut tx, setting.hub.context(), installation.id)
        .await
        .expect("resumes");
    tx.commit().await.expect("commits");
    engine.drain().await;
    assert_eq!(dues(&setting), vec![at("2026-09-21T15:00:00Z"); 2]);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_time_takes_effect_and_a_job_that_is_no_more_is_forgotten() {
    let setting = Setting::new().await;
    setting.install("reports").await;
    setting.plugins.schedule(Some(HOURLY));
    let engine = setting.start().await;
    engine.drain().await;
    setting.plugins.schedule(Some("45 * * * *"));
    engine.drain().await;
    setting.clock.set(at("2026-09-21T15:00:00Z"));
    engine.drain().await;
    assert_eq!(dues(&setting), [at("2026-09-21T14:45:00Z")]);
    setting.plugins.schedule(None);
    engine.drain().await;
    assert_eq!(setting.number("SELECT COUNT(*) FROM plugin_job").await, 0);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hubs_do_a_job_once_and_a_run_that_a_crash_cut_off_is_made_again() {
    let setting = Setting::new().await;
    let installation = setting.install("reports").await;
    setting.plugins.schedule(Some(HOURLY));
    // It looks when it is woken, and not by itself.
    let mut options = setting.options();
    options.dispatch.poll = Duration::from_secs(3_600);
    let engine = setting.start_with(options).await;
    engine.drain().await;
    setting.clock.set(at("2026-09-21T15:00:00Z"));
    let other = plugin_jobs::claim(&setting.hub.db, setting.hub.context(), 8, 60).await;
    assert_eq!(other.expect("claimed").len(), 1);
    engine.drain().await;
    assert!(setting.plugins.runs().is_empty(), "the other hub was quicker");
    setting.clock.advance_millis(61_000);
    setting.plugins.close_gate();
    engine.schedule().wake();
    wait_for(|| setting.plugins.runs().len() == 1).await;
    kill(engine).await;
    setting.plugins.open_gate();
    let engine = setting.start().await;
    engine.drain().await;
    let runs = setting.plugins.runs();
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[0].head.idempotency_key, runs[1].head.idempotency_key);
    assert_eq!(setting.recorded(&installation).await.len(), 1);
    stop(engine).await;
}
