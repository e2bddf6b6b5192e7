//! Effects that happen once, whatever becomes of the calls that make them.

use std::sync::Arc;
use std::time::Duration;

use errand_model::delivery::AttemptOutcome;
use errand_plugin_host::MemoryServices;
use serde_json::json;

use crate::harness::{behave, call, closed, crashed_by, host_with, local, said};
use crate::remote::Remote;

#[tokio::test]
async fn a_retry_does_not_repeat_what_was_done() {
    let remote = Remote::start(|_| "41").await;
    let services = Arc::new(MemoryServices::default());
    let (host, _) = host_with(&local(), &services).await;
    let config = json!({"behaviour": "create ticket", "url": remote.url("/")});
    assert_eq!(said(&behave(&host, config.clone()).await), ["made 41"]);
    assert_eq!(said(&behave(&host, config.clone()).await), ["known 41"]);
    assert_eq!(remote.arrived().len(), 1);
    // It outlives the host, and is the installation's own.
    let (host, _) = host_with(&local(), &services).await;
    assert_eq!(said(&behave(&host, config.clone()).await), ["known 41"]);
    let mut other = call(config);
    other.installation = errand_model::InstallationId(4);
    assert_eq!(said(&host.deliver("behaviours", other).await), ["made 41"]);
    assert_eq!(remote.arrived().len(), 2);
}

#[tokio::test]
async fn an_unknown_outcome_is_said_to_be_one() {
    let remote = Remote::start(|_| "41").await;
    let (host, clock) = host_with(&local(), &Arc::default()).await;
    let attempt = behave(&host, json!({"behaviour": "take and vanish"})).await;
    assert_eq!(crashed_by(&attempt), "trap");
    let config = json!({"behaviour": "create ticket", "url": remote.url("/")});
    // As long as that call could still be at it, it is waited for.
    let attempt = behave(&host, config.clone()).await;
    assert!(
        matches!(attempt.outcome, AttemptOutcome::Retry { .. }),
        "{:?}",
        attempt.outcome
    );
    clock.advance_millis(31_000);
    assert_eq!(said(&behave(&host, config.clone()).await), ["unknown 0"]);
    assert_eq!(said(&behave(&host, config).await), ["known 0"]);
    assert!(remote.arrived().is_empty());
}

#[tokio::test]
async fn of_two_calls_at_once_one_takes_it() {
    let remote = Remote::start(|_| {
        std::thread::sleep(Duration::from_millis(50));
        "41"
    })
    .await;
    let (host, _) = host_with(&local(), &Arc::default()).await;
    let config = json!({"behaviour": "create ticket", "url": remote.url("/")});
    let (one, two) = tokio::join!(behave(&host, config.clone()), behave(&host, config));
    let is_done = |outcome: &AttemptOutcome| *outcome == AttemptOutcome::Done;
    assert!(is_done(&one.outcome) || is_done(&two.outcome));
    assert_eq!(remote.arrived().len(), 1);
}

#[tokio::test]
async fn what_failed_before_it_could_act_is_unknown_and_a_dry_run_begins_nothing() {
    let (host, _) = host_with(&local(), &Arc::default()).await;
    let remote = Remote::start(|_| "41").await;
    let mut dry = call(json!({"behaviour": "create ticket", "url": remote.url("/")}));
    dry.is_dry_run = true;
    let attempt = host.deliver("behaviours", dry.clone()).await;
    assert!(remote.arrived().is_empty(), "{:?}", attempt.outcome);
    dry.is_dry_run = false;
    assert_eq!(said(&host.deliver("behaviours", dry).await), ["made 41"]);
}

#[tokio::test]
async fn the_journal_is_not_to_be_seen_or_written_as_keys() {
    let remote = Remote::start(|_| "41").await;
    let (host, _) = host_with(&local(), &Arc::default()).await;
    let config = json!({"behaviour": "create ticket", "url": remote.url("/")});
    assert_eq!(behave(&host, config).await.outcome, AttemptOutcome::Done);
    let attempt = behave(&host, json!({"behaviour": "look at all keys"})).await;
    assert_eq!(said(&attempt), ["[]", "[]", "[]"]);
    let (host, _) = host_with(&closed(), &Arc::default()).await;
    let attempt = behave(&host, json!({"behaviour": "remember"})).await;
    assert_eq!(said(&attempt), ["count 1, keys [\"count\"]"]);
}
