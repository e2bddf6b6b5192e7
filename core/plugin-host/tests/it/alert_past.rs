//! The bundled alert rules that watch, tried on history: they would have fired when they fire live.

use std::path::Path;
use std::sync::Arc;

use errand_model::delivery::AttemptOutcome;
use errand_model::grant::Grant;
use errand_model::staged::Edit;
use errand_model::{Clock, InstallationId, ManualClock, Timestamp};
use errand_plugin_host::{
    HostServices, MemoryServices, Options, PluginHost, RetraceCall, ScheduleCall, Target,
};
use serde_json::{Value, json};

use crate::guests;
use crate::harness::{call, closed, head};

/// Monday, 2026-11-23 00:00 UTC.
const MONDAY: Timestamp = Timestamp::from_seconds(1_795_392_000);
/// Minutes that are gone through.
const MINUTES: i64 = 90;

/// When an issue happened and to whom, in seconds after Monday began: a trickle, a burst, and another.
fn history() -> Vec<(i64, &'static str)> {
    let trickle = (0..8).map(|n| (600 * n + 13, "ada"));
    let burst = (0..12).map(|n| (1_500 + 17 * n, if n % 2 == 0 { "ada" } else { "bob" }));
    let again = (0..6).map(|n| (4_200 + 20 * n, "cyd"));
    let mut all: Vec<_> = trickle.chain(burst).chain(again).collect();
    all.sort_unstable();
    all
}

/// A host whose clock is moved, and what its hub knows. Hosts share machine code, so that it is made once.
async fn stage(compiled: &Path) -> (PluginHost, Arc<MemoryServices>, Arc<ManualClock>) {
    let services = Arc::new(MemoryServices::default());
    services.put_target(Target {
        id: InstallationId(9),
        name: "Team chat".to_owned(),
        plugin: "webhook".to_owned(),
    });
    let clock = Arc::new(ManualClock::at(MONDAY));
    let options = Options {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        cache: Some(compiled.to_owned()),
        ..closed()
    };
    let host = PluginHost::new(&options, Arc::clone(&services) as Arc<dyn HostServices>).expect("a host");
    host.load(guests::alert_rules()).await.expect("the plugin loads");
    (host, services, clock)
}

/// What happened until so many seconds after Monday began.
fn happen(services: &MemoryServices, until: i64) {
    let mut known = call(json!({}));
    known.issue.first_seen = MONDAY.plus_seconds(-86_400);
    let seen = history().into_iter().filter(|(at, _)| *at < until);
    let seen = seen.map(|(at, user)| (MONDAY.plus_seconds(at), Some(user.to_owned())));
    let event = json!({"level": "error", "release": "shop@2", "tags": [["device.family", "Pixel 8"]]});
    services.put_issue(known.installation, known.issue, Some(event), seen.collect());
}

fn rules(when: &str, more: &str) -> Value {
    json!({ "rules": format!("rule W\nwhen {when}\nif device == \"Pixel 8\"\nthen notify by Team chat\n{more}") })
}

/// The minutes in which a rule fires that is looked at minute by minute while it all happens.
async fn live(compiled: &Path, config: &Value) -> Vec<i64> {
    let (host, services, clock) = stage(compiled).await;
    let mut fired = Vec::new();
    for minute in 1..=MINUTES {
        clock.advance_millis(60_000);
        happen(&services, minute * 60);
        let mut head = head(config.clone());
        head.idempotency_key = format!("watch-{minute}");
        let call = ScheduleCall {
            head,
            job: "watch".to_owned(),
            due: clock.now(),
        };
        let attempt = host.run_job("alert-rules", call).await;
        let ended = matches!(attempt.outcome, AttemptOutcome::Done | AttemptOutcome::Ignored);
        assert!(ended, "{attempt:?}");
        let is_new = |edit: &Edit| match edit {
            Edit::Raise { alert } => !alert.reason.starts_with("back to normal"),
            _ => false,
        };
        if attempt.changes.iter().any(|staged| is_new(&staged.edit)) {
            fired.push(minute);
        }
    }
    fired
}

/// The minutes in which it would have fired, by a back-test afterwards, and how many calls that took.
async fn past(compiled: &Path, config: &Value) -> (Vec<i64>, usize) {
    let (host, services, clock) = stage(compiled).await;
    clock.advance_millis(MINUTES * 60_000);
    happen(&services, i64::MAX);
    let (mut reached, mut memory) = (MONDAY, json!({}));
    let until = MONDAY.plus_seconds(MINUTES * 60);
    let (mut fired, mut calls) = (Vec::new(), 0);
    while reached < until {
        let call = RetraceCall {
            installation: call(json!({})).installation,
            config: config.clone(),
            grant: Grant::default(),
            timeout: std::time::Duration::from_secs(10),
            since: reached,
            until,
            memory,
        };
        let answer = host.retrace("alert-rules", call).await.expect("it goes back");
        assert!(!answer.is_capped);
        fired.extend(
            answer
                .deeds
                .iter()
                .map(|deed| (deed.at.seconds() - MONDAY.seconds()) / 60),
        );
        (reached, memory) = (answer.reached, answer.memory);
        calls += 1;
    }
    (fired, calls)
}

#[tokio::test]
async fn watching_rules_would_have_fired_when_they_fire_live() {
    let folder = tempfile::tempdir().expect("a folder");
    for (when, more) in [
        ("8 events in 10m", ""),
        ("2 users in 10m", ""),
        ("4 events in 5m", "limit 2 times in 20m\n"),
        ("events > 5 in 10m", ""),
        ("users > 1 in 15m", ""),
        ("events > 2x the same 10m 20m ago min 3", ""),
        ("events > 3 in 10m", "mute 00:20-00:40\n"),
    ] {
        let config = rules(when, more);
        let (live, (past, _)) = (
            live(folder.path(), &config).await,
            past(folder.path(), &config).await,
        );
        assert!(
            !live.is_empty(),
            "{when}: never fires, so that nothing is compared"
        );
        assert_eq!(past, live, "{when} {more}");
    }
}

#[tokio::test]
async fn what_asks_more_than_a_call_may_is_gone_on_with_in_the_next() {
    let folder = tempfile::tempdir().expect("a folder");
    // Above it nearly all the time, and no limit of its own but that: each minute looks at the event again.
    let config = rules("1 events in 1h", "limit 1000 times in 1d\n");
    let (fired, calls) = past(folder.path(), &config).await;
    assert!(calls > 2, "{calls}");
    assert_eq!(
        fired,
        (1..=MINUTES).collect::<Vec<_>>(),
        "and no minute is left out or told twice"
    );
}
