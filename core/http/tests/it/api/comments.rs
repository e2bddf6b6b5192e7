//! Comments.

use axum::http::{Method, StatusCode};
use errand_store::testing::TestDb;
use serde_json::json;

use super::support::Api;

errand_store::on_both_databases!(comments_are_written_changed_and_taken_back);

async fn comments_are_written_changed_and_taken_back(test: TestDb) {
    let api = Api::new(test).await;
    api.store([api.event("a")]).await;
    let issue = api.issue("a").await;
    let path = format!("/issues/{issue}/comments/");
    let made = api.post(&path, json!({"text": "Look *here*"})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let made = made.json();
    let id = made["id"].as_str().expect("an id");
    assert_eq!(
        made,
        json!({
            "id": id,
            "user": {"id": null, "name": "tests"},
            "type": "note",
            "data": {"text": "Look *here*"},
            "dateCreated": "2026-09-21T14:13:20Z",
        })
    );
    let notes = format!("/organizations/acme/issues/{issue}/notes/");
    assert_eq!(
        api.get(&notes).await,
        json!([made]),
        "both names lead to the same"
    );
    assert_eq!(api.get(&format!("/issues/{issue}/")).await["numComments"], 1);
    let changed = api
        .put(&format!("{notes}{id}/"), json!({"text": "Look there"}))
        .await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    assert_eq!(changed.json()["data"]["text"], "Look there");
    let empty = api.refusal(Method::POST, &path, Some(json!({"text": " "}))).await;
    assert!(empty.contains("a comment has some text"), "{empty}");

    let other = super::support::token(&api.hub, errand_model::access::Scope::ALL).await;
    let theirs = api.call_as(&other, Method::GET, &path, None).await;
    assert_eq!(theirs.json().as_array().map(Vec::len), Some(1));
    assert_eq!(
        api.delete(&format!("{path}{id}/")).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        api.delete(&format!("{path}{id}/")).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(api.get(&path).await, json!([]));
    assert_eq!(api.get(&format!("/issues/{issue}/")).await["numComments"], 0);
}
