//! How far the grouping agrees with Sentry's, on Sentry's own cases.
//!
//! The cases are not part of this repository. Where they lie beside it, every one is run and must agree, but for
//! those that are named here with a reason.

#![expect(clippy::expect_used, reason = "a case that cannot be read is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use errand_model::event::Event;
use errand_pipeline::group::{Rules, explain, group, normalize_stacktraces};
use serde_json::Value;

/// Cases that do not agree, and why. One that comes to agree must be taken off this list.
const KNOWN_DIFFERENCES: &[(&str, &str)] = &[];

fn corpus() -> Option<PathBuf> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = from
        .ancestors()
        .map(|folder| folder.join("shared/corpus/grouping"));
    folders.into_iter().find(|folder| folder.is_dir())
}

fn cases(folder: &Path) -> Vec<Value> {
    let files = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort();
    let read = |path: PathBuf| serde_json::from_slice(&fs::read(path).expect("readable")).expect("JSON");
    files.into_iter().map(read).collect()
}

/// Sentry's values, as far as the case holds them: those that are not text are missing there.
fn expected_values(variant: &Value) -> Vec<String> {
    let list = match &variant["values"] {
        Value::String(json) => serde_json::from_str(json).unwrap_or_default(),
        list => list.as_array().cloned().unwrap_or_default(),
    };
    list.iter()
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect()
}

#[derive(Default)]
struct Tally {
    agreeing: usize,
    all: usize,
}

/// Compares a case variant by variant; what differs is told in the result.
fn compare(case: &Value, tally: &mut BTreeMap<String, Tally>) -> Vec<String> {
    let json = serde_json::to_vec(&case["event"]).expect("JSON");
    let mut event = Event::from_json(&json).expect("valid").expect("an object");
    let own_rules = case["event"]["_grouping"]["enhancements"]
        .as_str()
        .unwrap_or_default();
    let rules = Rules::compile(own_rules, "").expect("valid rules");
    normalize_stacktraces(&mut event, &rules);
    let grouping = group(&event, &rules);
    let explanation = explain(&event, &rules);

    let mut differences = Vec::new();
    let expected = case["expected"].as_object().expect("variants");
    for (name, variant) in expected {
        let found = grouping.variants.iter().find(|variant| variant.name == name);
        let hash = found
            .and_then(|variant| variant.hash)
            .map(|hash| hash.to_string());
        let values = explanation
            .variants
            .get(name.as_str())
            .map(|variant| variant.values.clone());
        let one = tally.entry(name.clone()).or_default();
        one.all += 1;
        if found.is_some() && hash.as_deref() == variant["hash"].as_str() {
            one.agreeing += 1;
        } else {
            let wanted = expected_values(variant);
            differences.push(format!(
                "{name}: {hash:?}\n    expected {wanted:?}\n    found    {values:?}"
            ));
        }
    }
    for (name, variant) in &explanation.variants {
        // Sentry's cases leave out values that are not text, so theirs are a part of ours.
        let wanted = expected.get(*name).map(expected_values).unwrap_or_default();
        let mut found = variant.values.iter();
        if !variant.is_consistent() || !wanted.iter().all(|value| found.any(|found| found == value)) {
            differences.push(format!(
                "{name} explained by {:?}, expected {wanted:?}",
                variant.values
            ));
        }
    }
    for variant in &grouping.variants {
        if !expected.contains_key(variant.name) {
            differences.push(format!("{} is one too many", variant.name));
        }
    }
    differences
}

#[test]
fn hashes_are_sentrys() {
    let Some(folder) = corpus() else {
        return;
    };
    let cases = cases(&folder);
    assert!(cases.len() >= 103, "the corpus is whole: {}", cases.len());
    let mut tally = BTreeMap::new();
    let mut failed = Vec::new();
    for case in &cases {
        let name = case["name"].as_str().expect("a name");
        let differences = compare(case, &mut tally);
        let known = KNOWN_DIFFERENCES.iter().any(|(known, _)| *known == name);
        if known == differences.is_empty() {
            failed.push(format!(
                "{name} (known to differ: {known})\n  {}",
                differences.join("\n  ")
            ));
        }
    }
    let figures = tally
        .iter()
        .map(|(name, tally)| format!("{name} {}/{}", tally.agreeing, tally.all));
    let figures = figures.collect::<Vec<_>>().join(", ");
    assert!(
        failed.is_empty(),
        "{figures}\n{} cases:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[test]
fn the_whole_way_of_an_event_comes_to_the_same_hashes() {
    let Some(folder) = corpus() else {
        return;
    };
    let settings = errand_model::project::ProjectSettings::default();
    let mut differences = Vec::new();
    for case in cases(&folder) {
        let json = serde_json::to_vec(&case["event"]).expect("JSON");
        let explanation = errand_pipeline::explain(&json, &settings).expect("explained");
        for (name, variant) in case["expected"].as_object().expect("variants") {
            let found = explanation
                .variants
                .get(name.as_str())
                .and_then(|variant| variant.hash.as_deref());
            if found != variant["hash"].as_str() {
                differences.push(format!(
                    "{} {name}: {found:?}, not {}",
                    case["name"], variant["hash"]
                ));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
