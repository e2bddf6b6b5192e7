//! Plugins' buttons, over the API.

use axum::http::{Method, StatusCode};
use errand_http::plugins::Pressed;
use errand_model::access::Scope;
use errand_store::testing::TestDb;
use serde_json::json;

use super::support::{Api, token};

errand_store::on_both_databases!(buttons_are_listed_and_pressed);

async fn buttons_are_listed_and_pressed(test: TestDb) {
    let api = Api::new(test).await;
    api.store([api.event("a")]).await;
    let issue = api.issue("a").await;
    let made = api
        .post("/organizations/acme/plugins/", json!({"plugin": "tickets"}))
        .await
        .json();
    let id = made["id"].as_str().expect("an id");
    assert_eq!(made["hooks"][0]["route"], "updates");
    let listed = api.get(&format!("/issues/{issue}/plugin-actions/")).await;
    assert_eq!(listed[0]["id"], "ticket");
    assert_eq!(listed[0]["installationId"], id);
    assert_eq!(
        listed[0]["form"][1]["choices"][1],
        json!({"value": "high", "label": "High"})
    );

    assert_eq!(
        (&listed[1]["isDrawn"], &listed[1]["form"]),
        (&json!(true), &json!([]))
    );
    draws(&api, &format!("/issues/{issue}/plugin-actions/{id}/drawn/form/")).await;

    let path = format!("/organizations/acme/issues/{issue}/plugin-actions/{id}/ticket/");
    let pressed = api.post(&path, json!({"queue": "shop"})).await;
    assert_eq!(pressed.status, StatusCode::OK, "{}", pressed.text());
    let expected = json!({"message": "made <T-1>", "openUrl": "https://tickets.example.com/T-1?a=1&b=2"});
    assert_eq!(pressed.json(), expected);
    let empty = api.post(&path, json!({})).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        empty.json(),
        json!({"detail": "queue: must be set", "fields": {"queue": ["must be set"]}})
    );
    *api.hub.plugins.pressed.lock().expect("unpoisoned") = Some(Pressed::Failed("took too long".to_owned()));
    let failed = api.post(&path, json!({"queue": "shop"})).await;
    assert_eq!(
        (failed.status, &failed.json()["detail"]),
        (StatusCode::BAD_GATEWAY, &json!("took too long"))
    );
    let unknown = api.post(&path.replace("/ticket/", "/burn/"), json!({})).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let reader = token(&api.hub, &[Scope::EventRead]).await;
    let refused = api
        .call_as(&reader, Method::POST, &path, Some(json!({"queue": "shop"})))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(api.hub.plugins.presses.lock().expect("unpoisoned").len(), 3);
}

/// The form that the plugin draws.
async fn draws(api: &Api, form: &str) {
    let drawn = api.post(form, json!({"queue": "night"})).await.json();
    assert_eq!(drawn["values"], json!({"queue": "night"}));
    assert_eq!(
        (&drawn["form"][0]["redraws"], &drawn["form"][2]["key"]),
        (&json!(true), &json!("days"))
    );
    let found = api.post(&format!("{form}who/?query=mia"), json!({})).await.json();
    assert_eq!(
        found["choices"],
        json!([{"value": "id-of-mia", "label": "The <mia>"}])
    );
    let none = api.post(&form.replace("/drawn/", "/ticket/"), json!({})).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}
