//! What can be set for a project.

use axum::http::StatusCode;
use errand_model::project::RateLimit;
use serde_json::json;

use super::browser::Browser;
use super::seed;
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
    assert!(settings.scrub_defaults, "what has a page of its own stays");
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

const PRIVACY: &str = "/projects/shop/scrubbing";

/// The settings as they are saved.
async fn saved(hub: &Hub) -> errand_model::project::ProjectSettings {
    let project = errand_store::projects::by_id(&hub.db.db, hub.project.id).await;
    project.expect("read").expect("there").settings
}

#[tokio::test]
async fn scrubbing_is_tried_on_an_event_before_it_is_saved() {
    let hub = Hub::start().await;
    let event = json!({"message": "mail to <ada@example.com>", "extra": {"voucher_code": "V-1"}});
    seed::store(&hub, &event).await;
    let mut browser = Browser::signed_in(&hub).await;
    let rules = "# ours\r\n[Mask] [Email addresses] from [$message]\r\n";
    let fields = [
        ("rules", rules),
        ("sensitive_fields", "licence_key\r\n\r\n  voucher "),
    ];
    let tried = [&fields[..], &[("action", "preview")]].concat();
    let answer = browser.submit(PRIVACY, PRIVACY, &tried).await;
    assert_eq!(answer.status, StatusCode::OK);
    let page = answer.text();
    assert!(page.contains("2 places would change in"), "{page}");
    assert!(
        page.contains("mail to &#60;ada@example.com&#62;")
            && page.contains("mail to &#60;***************&#62;"),
        "{page}"
    );
    assert!(
        page.contains("extra.voucher_code") && page.contains("[Filtered]"),
        "{page}"
    );
    assert_eq!(saved(&hub).await.scrub_rules, "", "nothing is saved by a preview");

    let nowhere = [&tried[..], &[("event", "ffffffffffffffffffffffffffffffff")]].concat();
    let answer = browser.submit(PRIVACY, PRIVACY, &nowhere).await;
    assert!(answer.text().contains("no such event"), "{}", answer.text());

    let answer = browser.submit(PRIVACY, PRIVACY, &fields).await;
    assert!(browser.follow(&answer).await.contains("Saved."));
    let settings = saved(&hub).await;
    assert_eq!(settings.sensitive_fields, ["licence_key", "voucher"]);
    assert!(!settings.scrub_defaults && settings.scrub_rules.starts_with("# ours\n"));
    let salt = settings.scrub_salt;
    assert_eq!(salt.len(), 32);
    browser.submit(PRIVACY, PRIVACY, &fields).await;
    assert_eq!(saved(&hub).await.scrub_salt, salt, "hashes stay the same");
}

#[tokio::test]
async fn a_rule_that_cannot_be_read_is_shown_again_with_its_line() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    for action in ["", "preview"] {
        let fields = [
            ("rules", "# ours\n[Burn] [Anything] from [extra]"),
            ("action", action),
        ];
        let answer = browser.submit(PRIVACY, PRIVACY, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            answer.text().contains("Line 2:") && answer.text().contains("[Burn]"),
            "{}",
            answer.text()
        );
    }
    assert_eq!(saved(&hub).await.scrub_rules, "");
}
