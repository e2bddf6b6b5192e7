//! The bundled alert rules that nothing wakes but the clock: numbers, new values of tags, times.

use std::sync::Arc;

use errand_model::delivery::AttemptOutcome;
use errand_model::staged::Edit;
use errand_model::{Clock, InstallationId, ManualClock, Timestamp};
use errand_plugin_host::{HostServices, MemoryServices, Options, PluginHost, ScheduleCall, Target};
use serde_json::json;

use crate::guests;
use crate::harness::{call, closed};

/// Monday, 2026-11-23 00:00 UTC.
const MONDAY: Timestamp = Timestamp::from_seconds(1_795_392_000);

/// A host at a time that is moved, with an issue that happened so many minutes ago, once for each.
async fn watching(minutes: &[i64]) -> (PluginHost, Arc<ManualClock>) {
    let services = Arc::new(MemoryServices::default());
    let mut known = call(json!({}));
    known.issue.first_seen = MONDAY.plus_seconds(60);
    let seen = minutes
        .iter()
        .map(|minutes| (MONDAY.plus_seconds(-60 * minutes), Some("a".to_owned())));
    let event = json!({"level": "error", "release": "shop@2", "tags": [["device.family", "Pixel 8"]]});
    services.put_issue(known.installation, known.issue, Some(event), seen.collect());
    services.put_target(Target {
        id: InstallationId(9),
        name: "Team chat".to_owned(),
        plugin: "webhook".to_owned(),
    });
    let clock = Arc::new(ManualClock::at(MONDAY));
    let options = Options {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ..closed()
    };
    let host = PluginHost::new(&options, services as Arc<dyn HostServices>).expect("a host");
    host.load(guests::alert_rules()).await.expect("the plugin loads");
    (host, clock)
}

/// Why alerts are raised when the watch is kept.
async fn reasons(host: &PluginHost, when: &str, turn: u32) -> Vec<String> {
    let rules = format!(
        "rule W\nwhen {when}\nif device == \"Pixel 8\"\nthen notify by Team chat\nthen priority high\n"
    );
    let mut head = crate::harness::head(json!({ "rules": rules }));
    head.idempotency_key = format!("watch-{turn}");
    let call = ScheduleCall {
        head,
        job: "watch".to_owned(),
        due: MONDAY,
    };
    let attempt = host.run_job("alert-rules", call).await;
    assert!(
        matches!(attempt.outcome, AttemptOutcome::Done | AttemptOutcome::Ignored),
        "{attempt:?}"
    );
    let reason = |edit: &Edit| match edit {
        Edit::Raise { alert } => alert.reason.clone(),
        edit => format!("{edit:?}"),
    };
    attempt
        .changes
        .iter()
        .map(|staged| reason(&staged.edit))
        .collect()
}

#[tokio::test]
async fn a_number_that_crosses_its_threshold_is_told_once_and_so_is_its_way_back() {
    let (host, clock) = watching(&[1, 2, 3, 4]).await;
    let when = "events > 3 in 10m";
    let told = reasons(&host, when, 0).await;
    assert!(
        told[0].starts_with("4 events (events > 3 in 10m), and device") && told.len() == 2,
        "{told:?}"
    );
    assert_eq!(
        reasons(&host, when, 0).await,
        told,
        "the same look again, as after a failure"
    );
    clock.advance_millis(60_000);
    assert_eq!(reasons(&host, when, 1).await, [""; 0], "it is known");
    clock.advance_millis(9 * 60_000);
    let over = reasons(&host, when, 2).await;
    assert_eq!(
        over,
        ["back to normal: 0 events (events > 3 in 10m)"],
        "told, and nothing else is done"
    );
    clock.advance_millis(60_000);
    assert_eq!(reasons(&host, when, 3).await, [""; 0]);
}

#[tokio::test]
async fn a_number_is_compared_with_the_same_stretch_before() {
    // Two in the last ten minutes, one in those of an hour before.
    let (host, _) = watching(&[1, 2, 65]).await;
    for (turn, (when, fires)) in [
        ("events > 1x the same 10m 1h ago min 1", true),
        ("events > 2x the same 10m 1h ago min 1", false),
        ("events > 1x the same 10m 1h ago min 2", false),
        ("events > 1x the same 10m 1h ago", false),
        ("users > 1x the same 10m 1h ago min 1", false),
        ("users > 0 in 10m", true),
    ]
    .into_iter()
    .enumerate()
    {
        let told = reasons(&host, when, turn as u32).await;
        assert_eq!(!told.is_empty(), fires, "{when}: {told:?}");
    }
}

#[tokio::test]
async fn a_new_value_of_a_tag_is_told_once() {
    let (host, clock) = watching(&[]).await;
    let when = "new value of release";
    assert_eq!(reasons(&host, when, 0).await, [""; 0], "the first look begins");
    clock.advance_millis(120_000);
    let told = reasons(&host, when, 1).await;
    assert!(
        told[0].starts_with("release shop@2 was seen for the first time"),
        "{told:?}"
    );
    assert_eq!(reasons(&host, when, 1).await, told, "the same look again");
    clock.advance_millis(60_000);
    assert_eq!(reasons(&host, when, 2).await, [""; 0]);
    assert_eq!(reasons(&host, "new value of customer", 3).await, [""; 0]);
}

#[tokio::test]
async fn the_clock_strikes_once_and_not_when_nobody_looked_for_long() {
    let (host, clock) = watching(&[1]).await;
    let when = "at 00:30 mon for is:unresolved";
    assert_eq!(reasons(&host, when, 0).await, [""; 0]);
    clock.advance_millis(35 * 60_000);
    let told = reasons(&host, when, 1).await;
    assert!(told[0].starts_with("at 00:30 mon for is:unresolved"), "{told:?}");
    clock.advance_millis(60_000);
    assert_eq!(reasons(&host, when, 2).await, [""; 0]);
}
