//! Each limit ends the call that breaks it, is named as what it is, and leaves the host and others alone.

use std::time::{Duration, Instant};

use errand_model::delivery::AttemptOutcome;
use errand_plugin_host::{Limits, Options, Severity};
use serde_json::json;

use crate::harness::{behave, call, closed, crashed_by, host, local, permanent};
use crate::remote;

#[tokio::test]
async fn a_spinning_plugin_is_cut_by_its_cpu_budget() {
    let host = host(&closed()).await;
    for behaviour in ["spin", "spin in host calls"] {
        let started = Instant::now();
        let attempt = behave(&host, json!({ "behaviour": behaviour })).await;
        assert_eq!(crashed_by(&attempt), "cpu", "{behaviour}");
        assert!(attempt.cpu_ms >= 100, "{behaviour}: {} ms", attempt.cpu_ms);
        assert!(
            started.elapsed() < Duration::from_secs(9),
            "{behaviour} ran into the deadline"
        );
    }
}

#[tokio::test]
async fn spinning_plugins_do_not_keep_others_from_running() {
    let host = host(&closed()).await;
    let spin = || behave(&host, json!({"behaviour": "spin"}));
    let modest = async {
        for _ in 0..5 {
            let attempt = behave(&host, json!({"behaviour": "nothing"})).await;
            assert_eq!(attempt.outcome, AttemptOutcome::Ignored);
        }
    };
    let (a, b, c, ()) = tokio::join!(spin(), spin(), spin(), modest);
    for attempt in [a, b, c] {
        assert_eq!(crashed_by(&attempt), "cpu");
    }
}

#[tokio::test]
async fn a_memory_hog_is_said_to_be_one() {
    // Filling it takes time on a busy machine, which is not what is tried here.
    let options = Options {
        limits: Limits {
            cpu: Duration::from_secs(5),
            ..Limits::default()
        },
        ..closed()
    };
    let host = host(&options).await;
    let attempt = behave(&host, json!({"behaviour": "hog"})).await;
    assert_eq!(crashed_by(&attempt), "memory");
    assert!(
        attempt.memory_bytes > 32 << 20 && attempt.memory_bytes <= 64 << 20,
        "{}",
        attempt.memory_bytes
    );
}

#[tokio::test]
async fn a_panic_is_a_trap_and_its_message_is_kept() {
    let host = host(&closed()).await;
    let attempt = behave(&host, json!({"behaviour": "panic"})).await;
    assert_eq!(crashed_by(&attempt), "trap");
    let said = attempt
        .log
        .iter()
        .any(|line| line.severity == Severity::Error && line.message.contains("on purpose"));
    assert!(said, "{:?}", attempt.log);
}

#[tokio::test]
async fn a_stack_overflow_is_a_trap() {
    let host = host(&closed()).await;
    let attempt = behave(&host, json!({"behaviour": "overflow"})).await;
    assert_eq!(crashed_by(&attempt), "trap");
}

#[tokio::test]
async fn a_log_flood_is_cut_and_harmless() {
    let host = host(&closed()).await;
    let attempt = behave(&host, json!({"behaviour": "flood"})).await;
    let bytes: usize = attempt.log.iter().map(|line| line.message.len()).sum();
    assert!(bytes < 80 << 10, "{bytes} bytes");
    assert!(
        attempt
            .log
            .iter()
            .all(|line| !line.message.chars().any(|c| c.is_control() || c == '\u{202e}'))
    );
    let last = attempt.log.last().expect("a line");
    assert!(
        last.message.contains("more lines were dropped"),
        "{}",
        last.message
    );
}

#[tokio::test]
async fn a_huge_argument_is_not_taken_into_the_host() {
    let host = host(&closed()).await;
    let attempt = behave(&host, json!({"behaviour": "huge message"})).await;
    assert_eq!(crashed_by(&attempt), "trap");
    assert_eq!(attempt.log, []);
}

#[tokio::test]
async fn what_is_printed_becomes_log_lines_and_never_blocks() {
    let host = host(&closed()).await;
    let attempt = behave(&host, json!({"behaviour": "print"})).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done);
    assert!(attempt.log.iter().any(|line| line.message == "to stdout"));
}

#[tokio::test]
async fn waiting_costs_no_cpu_and_the_deadline_covers_a_dripping_body() {
    let options = Options {
        limits: Limits {
            cpu: Duration::from_millis(50),
            ..Limits::default()
        },
        ..local()
    };
    let host = host(&options).await;
    let url = remote::dripping().await;
    let mut call = call(json!({"behaviour": "fetch slowly", "url": url}));
    call.timeout = Duration::from_secs(1);
    let attempt = host.deliver("behaviours", call).await;
    // The plugin gets the timeout a little before its own deadline, so that the destination is blamed and not it.
    let expected = AttemptOutcome::Retry {
        message: "no answer in time".to_owned(),
        after_ms: None,
    };
    assert_eq!(attempt.outcome, expected);
    assert!((800..1_000).contains(&attempt.wall_ms), "{} ms", attempt.wall_ms);
    assert_eq!(attempt.requests[0].error.as_deref(), Some("timeout"));
}

#[tokio::test]
async fn a_deadline_ends_a_plugin_that_does_not_listen() {
    let options = Options {
        limits: Limits {
            cpu: Duration::from_secs(60),
            ..Limits::default()
        },
        ..closed()
    };
    let host = host(&options).await;
    let mut call = call(json!({"behaviour": "spin"}));
    call.timeout = Duration::from_millis(300);
    let attempt = host.deliver("behaviours", call).await;
    assert_eq!(crashed_by(&attempt), "wall");
}

#[tokio::test]
async fn requests_are_counted() {
    let remote = remote::Remote::accepting().await;
    let host = host(&local()).await;
    let attempt = behave(&host, json!({"behaviour": "fetch often", "url": remote.url("/")})).await;
    assert!(permanent(&attempt).contains("BudgetExhausted"));
    assert_eq!(attempt.requests.len(), 20);
    assert_eq!(remote.arrived().len(), 20);
}

#[tokio::test]
async fn a_thousand_deliveries_leave_nothing_behind() {
    let host = host(&closed()).await;
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/statm").expect("statm");
        let pages: u64 = status
            .split(' ')
            .nth(1)
            .expect("resident")
            .parse()
            .expect("a number");
        pages * 4096
    };
    let round = async |turns: usize| {
        for _ in 0..turns {
            // `count` is done only where nobody has counted before: on a fresh instance.
            let attempt = behave(&host, json!({"behaviour": "count"})).await;
            assert_eq!(attempt.outcome, AttemptOutcome::Done);
        }
    };
    round(200).await;
    let before = resident();
    round(1_000).await;
    let grown = resident().saturating_sub(before);
    assert!(
        grown < 32 << 20,
        "{} KiB more after a thousand deliveries",
        grown >> 10
    );
}

#[tokio::test]
async fn failures_are_passed_on_bounded_and_clean() {
    let host = host(&closed()).await;
    let attempt = behave(&host, json!({"behaviour": "retry"})).await;
    let half_a_day = Some(12 * 3_600 * 1_000);
    let expected = AttemptOutcome::Retry {
        message: "later".to_owned(),
        after_ms: half_a_day,
    };
    assert_eq!(attempt.outcome, expected);
    let attempt = behave(&host, json!({"behaviour": "auth"})).await;
    assert_eq!(
        attempt.outcome,
        AttemptOutcome::Auth {
            message: "refused".to_owned()
        }
    );
    let attempt = behave(&host, json!({"behaviour": "config"})).await;
    let expected = AttemptOutcome::Config {
        message: "url: is wrong\\u{1b}[31m".to_owned(),
    };
    assert_eq!(attempt.outcome, expected);
}
