//! The alert rules of a project.

use axum::http::{Method, StatusCode};
use errand_store::installations;
use errand_store::testing::TestDb;
use serde_json::json;

use super::support::Api;

errand_store::on_both_databases!(rules_are_saved_when_they_are_good_and_tried_without_being_followed);

async fn rules_are_saved_when_they_are_good_and_tried_without_being_followed(test: TestDb) {
    let api = Api::new(test).await;
    let path = "/projects/acme/shop/rules/";
    let none = json!({"text": "", "enabled": false, "paused": null, "installationId": null});
    assert_eq!(api.get(path).await, none);

    let tried = api
        .post(&format!("{path}back-test/"), json!({"text": "one\ntwo\none"}))
        .await;
    assert_eq!(tried.status, StatusCode::OK, "{}", tried.text());
    let tried = tried.json();
    assert_eq!(
        (tried["changes"].as_u64(), tried["isCapped"].as_bool()),
        (Some(12), Some(false))
    );
    let fired: Vec<_> = tried["rules"]
        .as_array()
        .expect("rules")
        .iter()
        .map(|rule| (rule["name"].as_str(), rule["fired"].as_u64()))
        .collect();
    assert_eq!(fired, [(Some("one"), Some(2)), (Some("two"), Some(1))]);
    assert_eq!(api.get(path).await["enabled"], false, "tried is not followed");

    let saved = api.put(path, json!({"text": "one"})).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    assert_eq!(
        (&saved.json()["text"], &saved.json()["enabled"]),
        (&json!("one"), &json!(true))
    );
    for (body, expected) in [
        (json!({"text": "good\nbad"}), "line 2: bad is not allowed"),
        (json!({}), "text"),
    ] {
        let refused = api.refusal(Method::PUT, path, Some(body)).await;
        assert!(refused.contains(expected), "{refused}");
    }
    let refused = api
        .refusal(
            Method::POST,
            &format!("{path}back-test/"),
            Some(json!({"days": 31})),
        )
        .await;
    assert!(refused.contains("1 to 30"), "{refused}");
    api.put(path, json!({"text": "two", "enabled": false})).await;
    assert_eq!(api.get(path).await["text"], "two");
    let all = installations::list(&api.hub.db.db, None).await.expect("read");
    assert_eq!(all.len(), 1, "a project has its rules once");
    assert_eq!(
        (all[0].plugin.as_str(), all[0].is_enabled),
        ("alert-rules", false)
    );
}
