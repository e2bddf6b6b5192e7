//! What is let in: components with a manifest, that import what it names and export what the hub knows.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use errand_model::delivery::AttemptOutcome;
use errand_model::grant::Grant;
use errand_plugin_host::{LoadError, Options};
use serde_json::{Value, json};

use crate::guests;
use crate::harness::{call, closed, empty_host};

fn manifest(imports: &[&str]) -> Vec<u8> {
    let hosts: Vec<&str> = imports
        .iter()
        .filter(|import| **import == "http")
        .map(|_| "example.com")
        .collect();
    json!({"id": "bare", "name": "Bare", "version": "1", "imports": imports, "hosts": hosts})
        .to_string()
        .into_bytes()
}

#[tokio::test]
async fn a_plugin_without_sdk_runs_with_a_manifest_beside_it() {
    let host = empty_host(&closed());
    let info = host
        .load_with_manifest(guests::bare(), Some(manifest(&["http"])))
        .await
        .expect("it loads");
    assert_eq!(info.exports, ["errand:plugin/events@1.0.0"]);
    let attempt = host.deliver("bare", call(json!({}))).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done);
    // It exports no `configuration`: nothing but the manifest speaks on its settings.
    assert_eq!(
        host.validate_config("bare", &json!({}), &Grant::default())
            .await
            .expect("checked"),
        []
    );
}

#[tokio::test]
async fn imports_have_to_stand_in_the_manifest() {
    let host = empty_host(&closed());
    let error = host
        .load_with_manifest(guests::bare(), Some(manifest(&[])))
        .await
        .expect_err("refused");
    assert!(
        matches!(&error, LoadError::Import { import, .. } if import.contains("/http@")),
        "{error}"
    );
    assert!(host.plugins().is_empty());
}

#[tokio::test]
async fn what_is_no_plugin_is_refused_with_a_reason() {
    let host = empty_host(&closed());
    let error = host.load(guests::bare()).await.expect_err("no manifest");
    assert!(matches!(error, LoadError::NoManifest), "{error}");
    // An ELF file, an empty one, a core module, a component that ends too early.
    let core_module = b"\0asm\x01\0\0\0".to_vec();
    for bytes in [b"\x7fELF".to_vec(), Vec::new(), core_module] {
        let error = host.load(bytes).await.expect_err("no component");
        assert!(matches!(error, LoadError::NotAComponent), "{error}");
    }
    let mut cut = guests::behaviours();
    cut.truncate(cut.len() / 2);
    let error = host.load(cut).await.expect_err("cut");
    assert!(matches!(error, LoadError::Invalid(_)), "{error}");
}

#[tokio::test]
async fn every_flipped_byte_is_refused_or_contained() {
    let host = empty_host(&closed());
    let wasm = guests::bare();
    let step = wasm.len() / 24;
    for at in (8..wasm.len()).step_by(step.max(1)) {
        let mut broken = wasm.clone();
        broken[at] ^= 0x55;
        // Whatever comes of it, the host lives on.
        let _ = host.load_with_manifest(broken, Some(manifest(&["http"]))).await;
    }
    host.load_with_manifest(wasm, Some(manifest(&["http"])))
        .await
        .expect("it still loads plugins");
}

#[tokio::test]
async fn a_plugin_that_is_not_loaded_parks_its_deliveries() {
    let host = empty_host(&closed());
    let attempt = host.deliver("gone", call(json!({}))).await;
    assert!(matches!(attempt.outcome, AttemptOutcome::Config { .. }));
}

#[tokio::test]
async fn a_folder_is_loaded_as_far_as_it_can_be() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.wasm"), guests::bare()).expect("written");
    fs::write(folder.path().join("a.json"), manifest(&["http"])).expect("written");
    fs::write(folder.path().join("b.wasm"), b"nonsense").expect("written");
    fs::write(folder.path().join("notes.txt"), b"not for the hub").expect("written");
    let host = empty_host(&closed());
    let loaded = host.load_folder(folder.path()).await.expect("read");
    assert_eq!(loaded.len(), 2);
    assert!(loaded[0].1.is_ok() && loaded[1].1.is_err());
    assert_eq!(host.plugins().len(), 1);
    assert!(matches!(
        host.load_folder(Path::new("/nowhere/at/all")).await,
        Err(LoadError::Read { .. })
    ));
}

fn cached_file(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder).expect("a folder");
    let mut files = files.map(|entry| entry.expect("an entry").path());
    files
        .find(|path| path.extension().is_some_and(|extension| extension == "cwasm"))
        .expect("a compiled plugin")
}

#[tokio::test]
async fn the_cache_spares_compiling_and_a_damaged_entry_is_a_miss() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        cache: Some(folder.path().join("compiled")),
        ..closed()
    };
    let is_from_cache = async || {
        let host = empty_host(&options);
        let info = host
            .load_with_manifest(guests::bare(), Some(manifest(&["http"])))
            .await
            .expect("it loads");
        let attempt = host.deliver("bare", call(Value::Null)).await;
        assert_eq!(attempt.outcome, AttemptOutcome::Done);
        info.is_from_cache
    };
    assert!(!is_from_cache().await);
    assert!(is_from_cache().await);

    let file = cached_file(&folder.path().join("compiled"));
    let good = fs::read(&file).expect("read");
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for damaged in [
        flipped,
        good[..good.len() - 1].to_vec(),
        good[..10].to_vec(),
        Vec::new(),
    ] {
        fs::write(&file, damaged).expect("written");
        assert!(!is_from_cache().await);
        assert!(is_from_cache().await, "it is kept again");
    }

    // Who has another key has written it: not to be trusted.
    fs::write(folder.path().join("compiled/cache.key"), [7; 32]).expect("written");
    assert!(!is_from_cache().await);
}

#[tokio::test]
async fn a_folder_is_watched_and_what_is_new_or_changed_is_taken_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = Arc::new(empty_host(&closed()));
    host.watch_folder(folder.path().to_owned(), Duration::from_millis(20));
    let put = |name: &str, bytes: &[u8]| {
        let unfinished = folder.path().join("unfinished");
        fs::write(&unfinished, bytes).expect("written");
        fs::rename(unfinished, folder.path().join(name)).expect("renamed");
    };
    let version = async |wanted: &str| {
        for _ in 0..500 {
            let plugins = host.plugins();
            if plugins.iter().any(|info| info.manifest.version == wanted) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("version {wanted} is not taken up: {:?}", host.plugins());
    };
    let known = async |count: usize| {
        for _ in 0..500 {
            if host.plugins().len() == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("there are not {count} plugins: {:?}", host.plugins());
    };
    put("bare.json", &manifest(&["http"]));
    put("bare.wasm", &guests::bare());
    version("1").await;
    // What cannot be loaded leaves the one that is. It comes before what is good in the folder, so it was seen when that
    // is taken up.
    put("other.wasm", b"nonsense");
    put("bare.json", b"{");
    put("webhook.wasm", &guests::webhook());
    known(2).await;
    version("1").await;
    let newer = String::from_utf8(manifest(&["http"]))
        .expect("text")
        .replace("\"1\"", "\"2\"");
    put("bare.json", newer.as_bytes());
    version("2").await;
    assert_eq!(host.plugins().len(), 2);
}
