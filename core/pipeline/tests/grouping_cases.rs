//! What each kind of rule does to what an event is grouped by: small cases of our own, in `grouping/`.
//!
//! A case has an `event`, perhaps `stack_trace_rules` and `fingerprint_rules`, and `expected`: for each variant the
//! values that are hashed, or null where the variant decides nothing.

#![expect(clippy::expect_used, reason = "a case that cannot be read is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use errand_model::event::Event;
use errand_pipeline::group::{Rules, explain, group, normalize_stacktraces};
use serde_json::Value;

type Variants = BTreeMap<String, Option<Vec<String>>>;

fn files() -> Vec<(String, Vec<Value>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/grouping");
    let paths = fs::read_dir(folder)
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").path());
    paths
        .map(|path| {
            let cases = serde_json::from_slice(&fs::read(&path).expect("readable")).expect("a list of cases");
            (
                path.file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                cases,
            )
        })
        .collect()
}

/// Groups a case's event; also checks that hash and explanation are about the same.
fn found(case: &Value) -> Variants {
    let text = |key: &str| match &case[key] {
        Value::Array(lines) => lines
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join("\n"),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    let rules = Rules::compile(&text("stack_trace_rules"), &text("fingerprint_rules")).expect("valid rules");
    let json = case["event"].to_string();
    let mut event = Event::from_json(json.as_bytes())
        .expect("valid")
        .expect("an object");
    normalize_stacktraces(&mut event, &rules);
    let explanation = explain(&event, &rules);
    let grouping = group(&event, &rules);
    let variants = grouping.variants.iter().map(|variant| {
        let explained = &explanation.variants[variant.name];
        assert_eq!(explained.hash, variant.hash.map(|hash| hash.to_string()));
        assert!(explained.is_consistent(), "{explained:?}");
        (
            variant.name.to_owned(),
            variant.hash.map(|_| explained.values.clone()),
        )
    });
    variants.collect()
}

#[test]
fn every_case_groups_by_what_it_says() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for (file, cases) in files() {
        for case in cases {
            count += 1;
            let expected: Variants = serde_json::from_value(case["expected"].clone()).expect("variants");
            let found = found(&case);
            if found != expected {
                wrong.push(format!(
                    "{file}, {}:\n  expected {expected:?}\n  found    {found:?}",
                    case["name"]
                ));
            }
        }
    }
    assert!(count >= 25, "only {count} cases");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
