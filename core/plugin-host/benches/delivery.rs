//! What a plugin costs: loading it, calling it, keeping it. Prints; fails at nothing.
//!
//! ```sh
//! cargo xtask plugins
//! cargo bench --package errand-plugin-host
//! ```

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a program that measures")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use errand_plugin_host::conformance::sample_delivery;
use errand_plugin_host::{CompilerCommand, MemoryServices, Options, PluginHost};
use serde_json::json;

const CALLS: usize = 5_000;

fn main() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins/webhook.wasm");
    let wasm = std::fs::read(&path).expect("the webhook plugin, built as the comment says");
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        cache: Some(folder.path().to_owned()),
        compiler: Some(CompilerCommand {
            program: env!("CARGO_BIN_EXE_compile-plugin").into(),
            arguments: Vec::new(),
        }),
        ..Options::default()
    };
    let inside = Options::default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        println!("webhook.wasm                 {:>10} bytes", wasm.len());
        println!("resident before              {:>10} KiB", resident_kib());
        let started = Instant::now();
        let host = new_host(&options);
        println!(
            "host                         {:>10.1} ms",
            millis(started.elapsed())
        );
        println!("resident with a host         {:>10} KiB", resident_kib());
        load("compile in a child and load", &host, &wasm).await;
        println!("resident with the plugin     {:>10} KiB", resident_kib());
        load("load from the cache", &new_host(&options), &wasm).await;
        calls(&host).await;
        let host = Arc::new(host);
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests/wasm32-wasip2/release/behaviours.wasm");
        match std::fs::read(path) {
            Ok(wasm) => {
                load("compile behaviours.wasm", &host, &wasm).await;
                empty_calls(&host).await;
                webhook_on_their_threads(&host).await;
            }
            Err(error) => println!("left out, build the tests first: {error}"),
        }
        println!("resident after {CALLS} calls     {:>10} KiB", resident_kib());
        let host = new_host(&inside);
        println!("resident with another host   {:>10} KiB", resident_kib());
        load("compile in this process", &host, &wasm).await;
        println!("resident with its plugin     {:>10} KiB", resident_kib());
    });
}

fn new_host(options: &Options) -> PluginHost {
    PluginHost::new(options, Arc::new(MemoryServices::default())).expect("a host")
}

async fn load(what: &str, host: &PluginHost, wasm: &[u8]) {
    let started = Instant::now();
    host.load(wasm.to_vec()).await.expect("the plugin loads");
    println!("{what:<28} {:>10.1} ms", millis(started.elapsed()));
}

/// The shortest call there is, made on the plugins' own threads as the engine makes it: an instance, a function of the
/// plugin that reads its settings and answers, the end of the instance.
async fn empty_calls(host: &Arc<PluginHost>) {
    let threads = host.threads().expect("they run");
    let host = Arc::clone(host);
    let calls = async move {
        let call = sample_delivery(&json!({"behaviour": "nothing"}));
        let mut times = Vec::with_capacity(CALLS);
        for _ in 0..CALLS {
            let call = call.clone();
            let started = Instant::now();
            host.deliver("behaviours", call).await;
            times.push(started.elapsed());
        }
        report("empty call", times);
    };
    threads.spawn(calls).await.expect("it ends");
}

/// The calls of [`calls`], made on the plugins' own threads.
async fn webhook_on_their_threads(host: &Arc<PluginHost>) {
    let threads = host.threads().expect("they run");
    let host = Arc::clone(host);
    threads
        .spawn(async move { calls_as("webhook, on their threads", &host).await })
        .await
        .expect("it ends");
}

/// Calls that end in the plugin's own refusal of an address, before a socket is opened: what is measured is the hub
/// and the plugin, with one call from the plugin into the hub for the settings, one for the time and one for a
/// request.
async fn calls(host: &PluginHost) {
    calls_as("webhook, from another thread", host).await;
}

async fn calls_as(what: &str, host: &PluginHost) {
    let call = sample_delivery(&json!({"url": "http://10.0.0.1/"}));
    let mut times = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let call = call.clone();
        let started = Instant::now();
        host.deliver("webhook", call).await;
        times.push(started.elapsed());
    }
    report(what, times);
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    for (name, at) in [("p50", CALLS / 2), ("p99", CALLS * 99 / 100)] {
        let time = times.get(at).copied().unwrap_or_default();
        println!("{what} {name}  {:>10.1} µs", time.as_secs_f64() * 1e6);
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Resident memory by Linux's word; 0 elsewhere.
fn resident_kib() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok())
        .map_or(0, |pages| pages * 4)
}
