//! What is part of the hub and not in use: compiled when it is first called, or ahead of that on disk alone.

use errand_model::delivery::AttemptOutcome;
use errand_plugin_host::{Options, PluginHost, PluginInfo};
use serde_json::{Value, json};

use crate::guests;
use crate::harness::{call, closed, empty_host, said};

/// Options with a folder for machine code.
fn with_cache(folder: &tempfile::TempDir) -> Options {
    Options {
        cache: Some(folder.path().join("compiled")),
        ..closed()
    }
}

/// A host with a plugin that is not compiled yet.
fn host(options: &Options) -> PluginHost {
    let host = empty_host(options);
    host.keep_ready(Vec::leak(guests::together()))
        .expect("it is laid down");
    host
}

fn info(host: &PluginHost) -> PluginInfo {
    host.look_at("together").expect("it is there")
}

/// Machine code on disk.
fn compiled(folder: &tempfile::TempDir) -> usize {
    let files = std::fs::read_dir(folder.path().join("compiled"))
        .into_iter()
        .flatten();
    let is_code = |file: &std::path::Path| file.extension().is_some_and(|end| end == "cwasm");
    files
        .filter(|file| file.as_ref().is_ok_and(|file| is_code(&file.path())))
        .count()
}

#[tokio::test]
async fn it_is_compiled_when_it_is_first_called_and_says_how_long_that_took() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = host(&with_cache(&folder));
    assert_eq!(
        (info(&host).compile_ms, compiled(&folder)),
        (0, 0),
        "nobody called it"
    );
    let attempt = host.deliver("together", call(json!({}))).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done);
    let known = info(&host);
    assert!(known.compile_ms > 0 && !known.is_from_cache, "{known:?}");
    assert!(
        host.versions()
            .iter()
            .all(|version| version.info.compile_ms == known.compile_ms)
    );
    assert_eq!(compiled(&folder), 1);
}

#[tokio::test]
async fn ahead_of_that_it_is_compiled_to_disk_alone_and_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = with_cache(&folder);
    let first = host(&options);
    first.compile_ahead().await;
    assert_eq!(compiled(&folder), 1);
    assert_eq!(info(&first).compile_ms, 0, "nothing of it is in memory");
    let written = |folder: &tempfile::TempDir| {
        let files = std::fs::read_dir(folder.path().join("compiled")).expect("the folder");
        let mut times: Vec<_> = files
            .map(|file| file.and_then(|file| file.metadata()?.modified()).expect("a time"))
            .collect();
        times.sort();
        times
    };
    let before = written(&folder);
    first.compile_ahead().await;
    assert_eq!(written(&folder), before, "what is there is not made again");

    let second = host(&options);
    second.make_ready("together").await;
    assert!(info(&second).is_from_cache, "whoever calls finds it there");
    // Without a cache there is nothing to do ahead.
    let bare = host(&closed());
    bare.compile_ahead().await;
    assert_eq!(info(&bare).compile_ms, 0);
}

/// A delivery that was made while the plugin was not there to say that it takes digests.
#[tokio::test]
async fn who_takes_digests_alone_is_told_one_change_as_a_digest_of_one() {
    let host = host(&closed());
    let mut one = call(Value::Null);
    one.attempt = 3;
    let (project, short_id, key) = (
        one.event.project,
        one.issue.short_id.clone(),
        one.idempotency_key.clone(),
    );
    let attempt = host.deliver("together", one).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done, "{attempt:?}");
    assert_eq!(
        said(&attempt),
        [format!("project/{project}: {short_id} under {key}, attempt 3")]
    );
}
