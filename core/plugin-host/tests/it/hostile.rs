//! Plugins that mean harm: each is contained and named in plain words, and a modest one is served meanwhile. What each kind of
//! harm is tried by is listed in `PROMISED`.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use errand_model::delivery::AttemptOutcome;
use errand_plugin_host::{AddressesFuture, Limits, LoadError, Names, Options, PluginHost};
use serde_json::{Value, json};

use crate::harness::{behave, call, closed, empty_host, host, local, permanent};
use crate::remote::Remote;
use crate::{bombs, guests, remote};

/// How long many hostile calls at once may hold a modest one up: on two busy cores a tick of 10 ms for each, and some.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long the far end of the modest plugin takes to answer.
const ANSWER: Duration = Duration::from_millis(25);

/// Calls of the modest plugin that are measured; of so few the longest stands for the 99th in a hundred.
const CALLS: usize = 20;

/// Measurements of which one has to show that the others are unharmed: the machine may be busy with something else.
const TRIES: usize = 4;

/// The modest plugin: it sends something, and is answered. The longest that a call took.
async fn modest(host: &PluginHost, far_end: &str) -> Duration {
    let mut longest = Duration::ZERO;
    for _ in 0..CALLS {
        let started = Instant::now();
        let attempt = behave(host, json!({"behaviour": "post", "url": far_end})).await;
        assert_eq!(attempt.outcome, AttemptOutcome::Done);
        longest = longest.max(started.elapsed());
    }
    longest
}

/// Hostile calls for as long as the modest plugin is measured; the first one's words, and the longest modest call.
async fn beside(host: &PluginHost, hostile: &Value, far_end: &str) -> (String, Duration) {
    let is_over = AtomicBool::new(false);
    let hostile = async {
        let mut first = None;
        while first.is_none() || !is_over.load(Ordering::Relaxed) {
            let mut call = call(hostile.clone());
            call.timeout = Duration::from_secs(3);
            let attempt = host.deliver("behaviours", call).await;
            first.get_or_insert(attempt);
            // One that is over at once is no reason never to let others in.
            tokio::task::yield_now().await;
        }
        first.expect("one was made")
    };
    let modest = async {
        let longest = modest(host, far_end).await;
        is_over.store(true, Ordering::Relaxed);
        longest
    };
    let (attempt, longest) = tokio::join!(hostile, modest);
    let words = match attempt.outcome {
        AttemptOutcome::Crashed { message, .. }
        | AttemptOutcome::Retry { message, .. }
        | AttemptOutcome::Permanent { message } => message,
        other => format!("{other:?}"),
    };
    (words, longest)
}

/// A far end that takes its time.
async fn far_end() -> String {
    let app = axum::Router::new().fallback(|| tokio::time::sleep(ANSWER));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}/")
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
    let (slow, far_end) = (remote::dripping().await, far_end().await);
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
        let mut measured = Vec::new();
        let is_unharmed = loop {
            let alone = modest(&host, &far_end).await;
            let (words, longest) = beside(&host, &config, &far_end).await;
            assert!(words.starts_with(expected), "{behaviour}: {words}");
            measured.push((alone, longest));
            match longest <= 2 * alone {
                true => break true,
                false if measured.len() == TRIES => break false,
                false => {}
            }
        };
        assert!(
            is_unharmed,
            "{behaviour}: modest calls took, alone and beside it, {measured:?}"
        );
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
    assert!(took < PATIENCE, "{took:?}");
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

/// A name that leads elsewhere each time it is asked about; in the end where it led last.
struct Rebound {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Names for Rebound {
    fn look_up<'a>(&'a self, _: &'a str) -> AddressesFuture<'a> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().expect("no panic");
        let answer = match answers.len() {
            1 => answers.front().cloned(),
            _ => answers.pop_front(),
        };
        Box::pin(std::future::ready(Ok(answer.unwrap_or_default())))
    }
}

/// A host to which 127.0.0.2 alone is open, and where its one name leads.
async fn rebinding(answers: &[&[&str]]) -> (PluginHost, Arc<Rebound>) {
    let address = |text: &&str| text.parse().expect("an address");
    let answers = answers.iter().map(|answer| answer.iter().map(address).collect());
    let names = Arc::new(Rebound {
        answers: Mutex::new(answers.collect()),
        asked: AtomicUsize::new(0),
    });
    let options = Options {
        allow_networks: vec!["127.0.0.2/32".parse().expect("a network")],
        names: Arc::clone(&names) as Arc<dyn Names>,
        ..closed()
    };
    (host(&options).await, names)
}

#[tokio::test]
async fn dns_rebinding_leads_to_the_address_that_was_checked_or_nowhere() {
    let private = Remote::accepting().await;
    // No connection is kept: each request asks where the name leads.
    let closing = |_: &remote::Arrived| [(axum::http::header::CONNECTION, "close")];
    let allowed = Remote::at(&format!("127.0.0.2:{}", private.port()), closing).await;
    let url = format!("http://rebound.test:{}/", private.port());
    let fetch = json!({"behaviour": "fetch", "url": url});

    let (host, names) = rebinding(&[&["127.0.0.2"], &["127.0.0.1"]]).await;
    let first = behave(&host, fetch.clone()).await;
    assert_eq!(first.outcome, AttemptOutcome::Done);
    assert_eq!(
        names.asked.load(Ordering::SeqCst),
        1,
        "between check and connection nobody asks again"
    );
    assert_eq!(allowed.arrived().len(), 1);
    let second = behave(&host, fetch.clone()).await;
    let words = permanent(&second);
    assert!(
        words.contains("'rebound.test' is in a private or reserved network"),
        "{words}"
    );

    let (host, _) = rebinding(&[&["127.0.0.1", "::1", "127.0.0.2", "169.254.169.254"]]).await;
    let mixed = behave(&host, fetch).await;
    assert_eq!(mixed.outcome, AttemptOutcome::Done);
    assert_eq!(allowed.arrived().len(), 2, "of several the allowed one");
    assert!(private.arrived().is_empty());
}

/// What harm is promised to be contained, and the tests that try it, by file.
const PROMISED: [(&str, &str, &str); 17] = [
    ("endless loop", "plugin-host/tests/it/hostile.rs", "(\"spin\", "),
    (
        "endless host calls",
        "plugin-host/tests/it/hostile.rs",
        "(\"spin in host calls\", ",
    ),
    ("memory bomb", "plugin-host/tests/it/hostile.rs", "(\"hog\", "),
    (
        "huge component",
        "plugin-host/tests/it/hostile.rs",
        "fn a_huge_component_is_not_read()",
    ),
    (
        "compile bomb",
        "plugin-host/tests/it/compiling.rs",
        "fn a_bomb_of_computing_time_is_refused_while_others_are_served()",
    ),
    (
        "stack overflow",
        "plugin-host/tests/it/hostile.rs",
        "(\"overflow\", ",
    ),
    (
        "trap at start",
        "plugin-host/tests/it/hostile.rs",
        "fn one_that_traps_or_spins_at_its_start_is_not_installed()",
    ),
    (
        "SSRF by IP and IPv6 forms",
        "plugin-host/tests/it/egress.rs",
        "fn private_addresses_are_out_of_reach_in_every_form()",
    ),
    (
        "SSRF by DNS rebinding",
        "plugin-host/tests/it/hostile.rs",
        "fn dns_rebinding_leads_to_the_address_that_was_checked_or_nowhere()",
    ),
    (
        "SSRF by redirect",
        "plugin-host/tests/it/egress.rs",
        "fn redirects_are_answers()",
    ),
    (
        "secret exfiltration by echo",
        "plugin-host/tests/it/secrets.rs",
        "fn a_secret_arrives_and_its_echo_does_not_come_back()",
    ),
    (
        "log flood and control characters",
        "plugin-host/tests/it/limits.rs",
        "fn a_log_flood_is_cut_and_harmless()",
    ),
    (
        "kv flood",
        "plugin-host/tests/it/hostile.rs",
        "(\"write for ever\", ",
    ),
    (
        "event loop between two plugins",
        "engine/tests/it/hostile.rs",
        "fn an_event_loop_between_two_plugins_is_stopped_and_said()",
    ),
    (
        "slow remote",
        "plugin-host/tests/it/limits.rs",
        "fn waiting_costs_no_cpu_and_the_deadline_covers_a_dripping_body()",
    ),
    (
        "never-ending response body",
        "plugin-host/tests/it/hostile.rs",
        "(\"fetch slowly\", ",
    ),
    (
        "many at once",
        "plugin-host/tests/it/hostile.rs",
        "fn many_at_once_are_contained_too()",
    ),
];

#[test]
fn each_harm_that_is_promised_to_be_contained_is_tried() {
    let core = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (harm, file, test) in PROMISED {
        let text = std::fs::read_to_string(core.join(file)).expect(file);
        assert!(text.contains(test), "{harm}: {file} has no {test}");
    }
}
