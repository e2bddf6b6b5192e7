//! What can be set for a project.

use axum::http::StatusCode;
use errand_model::project::RateLimit;

use super::browser::Browser;
use crate::support::Hub;

const URL: &str = "/projects/shop/settings";

#[tokio::test]
async fn settings_are_saved_as_they_are_typed() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let fields = [
        ("name", "The Shop"),
        ("stack_trace_rules", "family:native +app\r\n"),
        ("fingerprint_rules", "error.type:Gone -> gone"),
        ("scrub_ip_addresses", "on"),
        ("sensitive_fields", "licence_key\r\n\r\n  voucher "),
        ("allowed_origins", "https://shop.example"),
        ("count", "1000"),
        ("window", "60"),
    ];
    let answer = browser.submit(URL, URL, &fields).await;
    let page = browser.follow(&answer).await;
    assert!(
        page.contains("Saved.") && page.contains("family:native +app"),
        "{page}"
    );
    let project = errand_store::projects::by_id(&hub.db.db, hub.project.id)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(project.name, "The Shop");
    let settings = project.settings;
    assert_eq!(settings.stack_trace_rules, "family:native +app\n");
    assert!(!settings.scrub_defaults && settings.scrub_ip_addresses);
    assert_eq!(settings.sensitive_fields, ["licence_key", "voucher"]);
    assert_eq!(settings.allowed_origins, ["https://shop.example"]);
    assert_eq!(
        settings.rate_limit,
        Some(RateLimit {
            count: 1_000,
            window: 60
        })
    );
}

#[tokio::test]
async fn nothing_is_saved_if_a_rule_is_broken_and_nothing_typed_is_lost() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let fields = [
        ("name", "The Shop"),
        ("stack_trace_rules", "family:native +app\nfamily:native"),
        ("fingerprint_rules", "error.type:Gone -> "),
        ("allowed_origins", "https://shop.example/path"),
    ];
    let answer = browser.submit(URL, URL, &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text();
    assert!(
        page.contains("Line 2, column") && page.contains("Line 1, column"),
        "{page}"
    );
    assert!(
        page.contains("3 fields need another look") && page.contains(r#"value="The Shop""#),
        "{page}"
    );
    let project = errand_store::projects::by_id(&hub.db.db, hub.project.id)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(project, hub.project);
}
