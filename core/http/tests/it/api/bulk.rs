//! Many issues at once.

use axum::http::{Method, StatusCode};
use errand_store::testing::TestDb;
use serde_json::json;

use super::support::{Api, hash};

errand_store::on_both_databases!(
    issues_are_changed_by_id_and_by_query,
    issues_are_merged_and_taken_apart,
    issues_are_deleted_together,
);

async fn issues_are_changed_by_id_and_by_query(test: TestDb) {
    let api = Api::new(test).await;
    let other = api.project("Other").await;
    let mut elsewhere = api.event("d");
    elsewhere.project = other.id;
    api.store([api.event("a"), api.event("b"), api.event("c"), elsewhere])
        .await;
    let (a, b, d) = (api.issue("a").await, api.issue("b").await, api.issue("d").await);
    let path = format!("/projects/acme/shop/issues/?id={a}&id={b}&id={d}&id=1");
    let answer = api
        .put(&path, json!({"status": "resolved", "priority": "low"}))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let expected = json!({"status": "resolved", "statusDetails": {}, "substatus": null, "priority": "low"});
    assert_eq!(answer.json(), expected);
    assert_eq!(
        api.found("is:resolved").await,
        ["a", "b"],
        "only the project's own are changed"
    );

    let answer = api
        .put(
            "/organizations/acme/issues/?query=is:resolved",
            json!({"status": "unresolved"}),
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(api.found("is:unresolved").await, ["a", "b", "c", "d"]);
    let answer = api
        .put(
            "/organizations/acme/issues/?query=title:nothing",
            json!({"status": "resolved"}),
        )
        .await;
    assert_eq!(answer.json(), json!({}));
    let all = api
        .refusal(
            Method::PUT,
            "/organizations/acme/issues/",
            Some(json!({"status": "resolved"})),
        )
        .await;
    assert!(all.starts_with("id: is missing"), "{all}");
    let wrong = api
        .refusal(Method::PUT, "/organizations/acme/issues/?id=x", Some(json!({})))
        .await;
    assert!(wrong.starts_with("id: 'x' is not allowed"), "{wrong}");
}

async fn issues_are_merged_and_taken_apart(test: TestDb) {
    let api = Api::new(test).await;
    api.store([api.event("a"), api.event("b"), api.event("b")]).await;
    let (a, b) = (api.issue("a").await, api.issue("b").await);
    let path = format!("/organizations/acme/issues/?id={a}&id={b}");
    let answer = api.put(&path, json!({"merge": 1})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.json(), json!({"merge": {"parent": b, "children": [a]}}));
    assert_eq!(api.get(&format!("/issues/{b}/")).await["count"], "3");
    let hashes = api.get(&format!("/issues/{b}/hashes/")).await;
    assert_eq!(hashes.as_array().map(Vec::len), Some(2));
    assert_eq!(hashes[0]["latestEvent"]["groupID"], b.as_str());

    api.store([api.event("a")]).await;
    assert_eq!(
        api.get(&format!("/issues/{b}/")).await["count"],
        "4",
        "merging sticks"
    );
    let answer = api.delete(&format!("/issues/{b}/hashes/?id={}", hash("a"))).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    assert_eq!(api.get(&format!("/issues/{b}/")).await["count"], "2");
    assert_eq!(
        api.get(&format!("/issues/{}/", api.issue("a").await)).await["count"],
        "2"
    );

    let alone = format!("/organizations/acme/issues/?id={b}");
    let alone = api
        .refusal(Method::PUT, &alone, Some(json!({"merge": true})))
        .await;
    assert!(alone.contains("two issues at least"), "{alone}");
    let all = api
        .refusal(
            Method::DELETE,
            &format!("/issues/{b}/hashes/?id={}", hash("b")),
            None,
        )
        .await;
    assert!(all.contains("nothing would be left"), "{all}");
    let none = api
        .refusal(Method::DELETE, &format!("/issues/{b}/hashes/"), None)
        .await;
    assert!(none.starts_with("id: is missing"), "{none}");
}

async fn issues_are_deleted_together(test: TestDb) {
    let api = Api::new(test).await;
    api.store((0..60).map(|n| api.event(&format!("g{n}")))).await;
    let keep = api.issue("g7").await;
    api.put(&format!("/issues/{keep}/"), json!({"status": "resolved"}))
        .await;
    let answer = api
        .delete("/organizations/acme/issues/?query=is:unresolved")
        .await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text());
    assert_eq!(api.found("").await, ["g7"]);
    let answer = api
        .delete(&format!("/projects/acme/shop/issues/?id={keep}"))
        .await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text());
    assert_eq!(api.found("").await, [""; 0]);
}
