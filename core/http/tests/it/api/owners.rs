//! Whose new issues are, over the API: rules, and a CODEOWNERS file.

use axum::http::{Method, StatusCode};
use errand_model::access::{Role, Scope};
use errand_store::testing::TestDb;
use serde_json::json;

use super::support::{Api, token_of};

errand_store::on_both_databases!(owners_are_read_and_set, a_file_of_owners_becomes_rules,);

const OWNERSHIP: &str = "/projects/acme/shop/ownership/";
const FILE: &str = "/projects/acme/shop/codeowners/";

async fn owners_are_read_and_set(test: TestDb) {
    let api = Api::new(test).await;
    let none = api.get(OWNERSHIP).await;
    assert_eq!((&none["raw"], &none["isActive"]), (&json!(""), &json!(false)));
    let rules = "path:src/checkout/* #payments\ntags.region:eu ada@example.com\n";
    let set = api.put(OWNERSHIP, json!({"raw": rules})).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text());
    let read = api.get(OWNERSHIP).await;
    assert_eq!((&read["raw"], &read["isActive"]), (&json!(rules), &json!(true)));
    let wrong = json!({"raw": "src/checkout"});
    let refused = api.refusal(Method::PUT, OWNERSHIP, Some(wrong)).await;
    assert!(refused.contains("line 1"), "{refused}");
    api.refusal(Method::PUT, OWNERSHIP, Some(json!({}))).await;
    assert_eq!(
        api.get(OWNERSHIP).await["raw"],
        rules,
        "what is refused changes nothing"
    );
    let support = token_of(&api.hub, Scope::ALL, "kim@example.com", Role::Support).await;
    let refused = api
        .call_as(&support, Method::PUT, OWNERSHIP, Some(json!({"raw": ""})))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

async fn a_file_of_owners_becomes_rules(test: TestDb) {
    let api = Api::new(test).await;
    token_of(&api.hub, &[Scope::EventRead], "ada@example.com", Role::Member).await;
    api.put(OWNERSHIP, json!({"raw": "path:docs/* ada@example.com"}))
        .await;
    let file = "src/pay/ @ada\n*.css @acme/design\n";
    let shown = api.post(FILE, json!({"raw": file, "preview": true})).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
    let syntax = "path:src/pay/ ada@example.com\n# nobody here is @acme/design: *.css\n";
    assert_eq!(shown.json()["ownershipSyntax"], syntax);
    assert_eq!(api.get(OWNERSHIP).await["raw"], "path:docs/* ada@example.com");
    let saved = api.post(FILE, json!({"raw": file})).await;
    assert_eq!(saved.status, StatusCode::CREATED, "{}", saved.text());
    let rules = format!("path:docs/* ada@example.com\n{syntax}");
    assert_eq!(api.get(OWNERSHIP).await["raw"], rules.as_str());
    assert_eq!(saved.json()["ownership"]["raw"], rules.as_str());
}
