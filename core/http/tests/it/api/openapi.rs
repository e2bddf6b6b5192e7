//! The OpenAPI document: the hub serves what is committed.

use axum::http::Method;
use errand_store::testing::TestDb;

use super::support::Api;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

/// The variable that has the committed document written anew.
const RENEW: &str = "ERRAND_RENEW_OPENAPI";

#[test]
fn the_committed_document_is_what_the_code_says() {
    let made = serde_json::to_string_pretty(&errand_http::api::document()).expect("JSON") + "\n";
    if std::env::var_os(RENEW).is_some() {
        std::fs::write(COMMITTED, &made).expect("docs/openapi.json is written");
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    let differs = committed
        .lines()
        .zip(made.lines())
        .find(|(one, other)| one != other);
    assert!(
        committed == made,
        "docs/openapi.json is not what the code says; renew it with {RENEW}=1. First difference: {differs:?}"
    );
}

#[tokio::test]
async fn the_hub_serves_it_to_anybody() {
    let api = Api::new(TestDb::sqlite().await).await;
    let answer = api.hub.request(Method::GET, "/api/0/openapi.json", &[], "").await;
    assert_eq!(answer.json()["openapi"], "3.1.0");
    assert!(answer.json()["paths"]["/api/0/issues/{issue}/tags/{key}/values/"]["get"].is_object());
}
