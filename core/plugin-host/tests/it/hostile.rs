//! Plugins that mean harm: each is contained and named in plain words, and a modest one is served meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use errand_model::delivery::AttemptOutcome;
use errand_plugin_host::{Limits, LoadError, Options, PluginHost};
use serde_json::{Value, json};

use crate::harness::{behave, call, closed, empty_host, host, local};
use crate::{bombs, guests, remote};

/// How long the modest plugin may have to wait beside a hostile one. On two busy cores a tick of 10 ms for each of
/// the hostile, and some.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs a hostile call, and modest ones beside it; the hostile one's words, and the longest that a modest one took.
async fn beside(host: &PluginHost, hostile: Value, timeout: Duration) -> (String, Duration) {
    let mut hostile = call(hostile);
    hostile.timeout = timeout;
    let hostile = host.deliver("behaviours", hostile);
    let modest = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..10 {
            let started = Instant::now();
            let attempt = behave(host, json!({"behaviour": "nothing"})).await;
            assert_eq!(attempt.outcome, AttemptOutcome::Ignored);
            slowest = slowest.max(started.elapsed());
        }
        slowest
    };
    let (attempt, slowest) = tokio::join!(hostile, modest);
    let words = match attempt.outcome {
        AttemptOutcome::Crashed { message, .. }
        | AttemptOutcome::Retry { message, .. }
        | AttemptOutcome::Permanent { message } => message,
        other => format!("{other:?}"),
    };
    (words, slowest)
}

#[tokio::test]
async fn each_is_contained_said_in_plain_words_and_the_modest_are_served() {
    // On a busy machine a hog needs more than 200 ms to get at its 64 MiB.
    let options = Options {
        limits: Limits {
            cpu: Duration::from_secs(1),
            ..Limits::default()
        },
        ..local()
    };
    let host = host(&options).await;
    let slow = remote::dripping().await;
    let cases = [
        ("spin", "the plugin computed longer than 1000 ms"),
        ("spin in host calls", "the plugin computed longer than 1000 ms"),
        ("hog", "the plugin ran out of memory (64 MiB allowed)"),
        ("overflow", "the plugin crashed: "),
        ("panic", "the plugin crashed: "),
        ("flood", "Done"),
        ("huge message", "the plugin crashed: "),
        ("write for ever", "after 200: a call may read and write 200 times"),
        ("fetch slowly", "no answer in time"),
    ];
    for (behaviour, expected) in cases {
        let config = json!({"behaviour": behaviour, "url": slow});
        let (words, slowest) = beside(&host, config, Duration::from_secs(3)).await;
        assert!(words.starts_with(expected), "{behaviour}: {words}");
        assert!(slowest < PATIENCE, "{behaviour}: a modest call took {slowest:?}");
    }
}

#[tokio::test]
async fn many_at_once_are_contained_too() {
    let host = Arc::new(host(&closed()).await);
    let spin = || behave(&host, json!({"behaviour": "spin"}));
    let modest = async {
        let started = Instant::now();
        let attempt = behave(&host, json!({"behaviour": "nothing"})).await;
        (attempt.outcome, started.elapsed())
    };
    let (a, b, c, d, e, f, (outcome, took)) =
        tokio::join!(spin(), spin(), spin(), spin(), spin(), spin(), modest);
    for attempt in [a, b, c, d, e, f] {
        assert!(matches!(attempt.outcome, AttemptOutcome::Crashed { .. }));
    }
    assert_eq!(outcome, AttemptOutcome::Ignored);
    assert!(took < 3 * PATIENCE, "{took:?}");
}

/// What a host says of a component that means harm; afterwards it takes an honest one.
async fn refusal(options: &Options, wasm: Vec<u8>) -> LoadError {
    let host = empty_host(options);
    let started = Instant::now();
    let loaded = host.load_with_manifest(wasm, Some(bombs::manifest())).await;
    assert!(started.elapsed() < Duration::from_secs(60));
    let error = loaded.expect_err("it means harm");
    host.load(guests::webhook()).await.expect("an honest one loads");
    error
}

#[tokio::test]
async fn a_huge_component_is_not_read() {
    let error = refusal(&closed(), vec![0; (32 << 20) + 1]).await;
    assert_eq!(
        error.to_string(),
        "the component has 33554433 bytes; at most 33554432 are allowed"
    );
}

#[tokio::test]
async fn one_that_traps_or_spins_at_its_start_is_not_installed() {
    for (body, words) in [
        (bombs::TRAP, "could not be started: the plugin crashed"),
        (
            bombs::SPIN,
            "could not be started: the plugin computed longer than 200 ms",
        ),
    ] {
        let error = refusal(&closed(), bombs::hostile_at_start(body)).await;
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn one_that_wants_more_memory_at_its_start_than_there_is_is_not_installed() {
    let error = refusal(&closed(), bombs::hungry_at_start()).await;
    assert!(
        matches!(error, LoadError::Trial(_) | LoadError::Invalid(_)),
        "{error}"
    );
}
