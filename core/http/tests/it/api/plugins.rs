//! Configured plugins.

use axum::http::{Method, StatusCode};
use errand_model::access::Scope;
use errand_store::testing::TestDb;
use serde_json::json;

use super::support::{Api, token};

errand_store::on_both_databases!(
    a_plugin_is_configured_changed_and_taken_out,
    what_may_be_chosen_is_looked_up
);

async fn a_plugin_is_configured_changed_and_taken_out(test: TestDb) {
    let api = Api::new(test).await;
    let body = json!({"plugin": "webhook", "project": "shop", "config": {"url": "http://a", "secret": "s3"}});
    let made = api.post("/organizations/acme/plugins/", body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let made = made.json();
    let path = format!(
        "/organizations/acme/plugins/{}/",
        made["id"].as_str().expect("an id")
    );
    assert_eq!(made["name"], "webhook");
    assert_eq!(made["project"], "shop");
    assert_eq!(made["config"], json!({"url": "http://a", "secret": "********"}));
    assert_eq!(api.get("/organizations/acme/plugins/").await, json!([made]));
    assert_eq!(api.get(&path).await, made);
    let body =
        json!({"project": null, "enabled": false, "config": {"url": "http://b", "secret": "********"}});
    let changed = api.put(&path, body).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    let changed = changed.json();
    assert_eq!(changed["project"], json!(null));
    assert_eq!(changed["enabled"], false);
    assert_eq!(
        changed["config"],
        json!({"url": "http://b", "secret": "********"})
    );
    let id = made["id"].as_str().expect("an id").parse().expect("a number");
    let stored = errand_store::installations::by_id(&api.hub.db.db, id)
        .await
        .expect("read")
        .expect("there");
    assert!(
        stored.config.reveal().contains("s3"),
        "a mask leaves the secret as it is"
    );
    let wrong = json!({"plugin": "webhook", "project": "none"});
    let wrong = api
        .refusal(Method::POST, "/organizations/acme/plugins/", Some(wrong))
        .await;
    assert!(wrong.starts_with("project: 'none' is not allowed"), "{wrong}");
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.delete(&path).await.status, StatusCode::NOT_FOUND);
}

async fn what_may_be_chosen_is_looked_up(test: TestDb) {
    let api = Api::new(test).await;
    let made = api
        .post("/organizations/acme/plugins/", json!({"plugin": "tickets"}))
        .await
        .json();
    let path = format!(
        "/organizations/acme/plugins/{}/choices",
        made["id"].as_str().expect("an id")
    );
    let first = api.get(&format!("{path}/project/?query=shop")).await;
    let choice = json!({"value": "shop-1", "label": "The <first>"});
    assert_eq!(first, json!({"choices": [choice], "next": "2"}));
    let last = api.get(&format!("{path}/project/?page=2")).await;
    assert_eq!(last["next"], json!(null));
    let unknown = api.call(Method::GET, &format!("{path}/colour/"), None).await;
    assert_eq!(unknown.status, StatusCode::BAD_GATEWAY);
    let reader = token(&api.hub, &[Scope::OrgRead]).await;
    let refused = api
        .call_as(&reader, Method::GET, &format!("{path}/project/"), None)
        .await;
    assert_eq!(
        refused.status,
        StatusCode::FORBIDDEN,
        "it acts with the plugin's credentials"
    );
}
