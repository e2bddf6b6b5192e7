//! The kit that plugins are tried with: it passes those that behave, and tells those that do not.

use errand_plugin_host::conformance::{self, Report, Subject, Verdict};
use serde_json::{Value, json};

use crate::guests;
use crate::harness::closed;

async fn report(wasm: Vec<u8>, settings: Option<Value>) -> Report {
    let subject = Subject {
        wasm,
        manifest: None,
        settings,
    };
    conformance::run(subject, &closed()).await.expect("it loads")
}

fn failed(report: &Report) -> Vec<&str> {
    let failed = report.cases.iter().filter(|case| case.verdict == Verdict::Failed);
    failed.map(|case| case.name).collect()
}

#[tokio::test]
async fn the_webhook_passes_with_settings_made_up_by_its_manifest() {
    let report = report(guests::webhook(), None).await;
    assert!(report.is_passed(), "{:#?}", report.cases);
    assert!(report.cases.len() >= 12);
    assert!(
        report.cases.iter().all(|case| case.verdict == Verdict::Passed),
        "{:#?}",
        report.cases
    );
}

#[tokio::test]
async fn misbehaviour_is_told_by_name() {
    let url = "https://remote.test/";
    let panics = report(guests::behaviours(), Some(json!({"behaviour": "panic"}))).await;
    assert!(
        failed(&panics).contains(&"an event is dealt with"),
        "{:#?}",
        panics.cases
    );
    assert!(
        failed(&panics).contains(&"choices are looked up"),
        "{:#?}",
        panics.cases
    );
    let careless = json!({"behaviour": "post", "url": url});
    let careless = report(guests::behaviours(), Some(careless)).await;
    assert_eq!(
        failed(&careless),
        ["a retry is recognizable as one"],
        "{:#?}",
        careless.cases
    );
    // It takes every answer for a good one.
    let blind = report(
        guests::behaviours(),
        Some(json!({"behaviour": "fetch", "url": url})),
    )
    .await;
    assert!(
        failed(&blind).contains(&"500 is tried again"),
        "{:#?}",
        blind.cases
    );
    let bad = report(guests::behaviours(), Some(json!({"behaviour": "bad"}))).await;
    assert!(
        failed(&bad).contains(&"settings are accepted"),
        "{:#?}",
        bad.cases
    );
}

#[tokio::test]
async fn what_a_plugin_is_asked_while_somebody_waits_is_tried_too() {
    let passed = |report: &Report, name: &str| {
        let case = report.cases.iter().find(|case| case.name == name);
        case.map(|case| case.verdict) == Some(Verdict::Passed)
    };
    let looks_up = report(guests::behaviours(), Some(json!({"behaviour": "nothing"}))).await;
    assert!(
        passed(&looks_up, "choices are looked up"),
        "{:#?}",
        looks_up.cases
    );
    let rules = json!({"rules": "rule A\n when first seen\n then priority high\n"});
    let looks_back = report(guests::alert_rules(), Some(rules)).await;
    assert!(
        passed(&looks_back, "it looks back and does nothing"),
        "{:#?}",
        looks_back.cases
    );
}
