//! What the layout promises, kept by a test rather than by memory.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use errand_tests::root;
use sha2::{Digest as _, Sha256};

/// Which crate may know which: an arrow that is not here is a mistake in the design.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("queue", &[]),
    ("pipeline", &["model"]),
    ("store", &["model"]),
    ("plugin-host", &["model"]),
    ("engine", &["model", "pipeline", "plugin-host", "queue", "store"]),
    ("http", &["model", "pipeline", "store"]),
    (
        "server",
        &[
            "engine",
            "http",
            "model",
            "pipeline",
            "plugin-host",
            "queue",
            "store",
        ],
    ),
];

/// Who alone may name a dependency.
const OWNERS: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("wasmtime", &["plugin-host"]),
    ("wasmtime-wasi", &["plugin-host"]),
    // The server asks the provider of single sign-on, which is no plugin's business.
    ("reqwest", &["plugin-host", "server"]),
    ("axum", &["http", "server"]),
];

const MAX_LINES: usize = 400;

fn manifest(krate: &str) -> toml::Table {
    let path = root().join("core").join(krate).join("Cargo.toml");
    fs::read_to_string(&path)
        .expect("readable")
        .parse()
        .expect("valid TOML")
}

fn dependencies(krate: &str) -> BTreeSet<String> {
    let manifest = manifest(krate);
    let table = manifest.get("dependencies").and_then(toml::Value::as_table);
    table.into_iter().flat_map(toml::Table::keys).cloned().collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') && name != "node_modules" {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn arrows_between_crates_go_one_way() {
    for (krate, allowed) in ARROWS {
        for dependency in dependencies(krate) {
            if let Some(inner) = dependency.strip_prefix("errand-") {
                assert!(
                    allowed.contains(&inner),
                    "core/{krate} must not know core/{inner}"
                );
            }
        }
    }
}

#[test]
fn each_heavy_dependency_has_one_owner() {
    for (dependency, owners) in OWNERS {
        for (krate, _) in ARROWS {
            let named = dependencies(krate).contains(*dependency);
            assert!(
                !named || owners.contains(krate),
                "core/{krate} must not name {dependency}; {owners:?} may"
            );
        }
    }
}

#[test]
fn no_source_file_is_longer_than_one_can_hold_in_mind() {
    let mut files = Vec::new();
    sources(&root(), &mut files);
    let too_long: Vec<_> = files
        .iter()
        .map(|path| (path, fs::read_to_string(path).expect("readable").lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .collect();
    assert!(too_long.is_empty(), "over {MAX_LINES} lines: {too_long:?}");
}

#[test]
fn every_module_says_its_job_first() {
    let mut files = Vec::new();
    for folder in ["core", "plugins", "plugin-sdk", "tests", "xtask"] {
        sources(&root().join(folder), &mut files);
    }
    let silent: Vec<_> = files
        .iter()
        .filter(|path| path.file_name().is_none_or(|name| name != "tests.rs"))
        .filter(|path| !fs::read_to_string(path).expect("readable").starts_with("//!"))
        .collect();
    assert!(silent.is_empty(), "no //! at the top of {silent:?}");
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |dialect: &str| -> BTreeSet<_> {
        let folder = root().join("migrations").join(dialect);
        fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn migrations_that_went_out_stay_as_they_are() {
    let folder = root().join("migrations");
    let released = fs::read_to_string(folder.join("released.sha256")).expect("a list");
    assert!(!released.is_empty(), "no migration went out");
    for line in released.lines() {
        let (sum, path) = line.split_once("  ").expect("a sum and a path");
        let text = fs::read(folder.join(path)).expect("a migration");
        let digest = Sha256::digest(&text);
        let is: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(is, sum, "{path} was applied as it was: write a new step");
    }
}
