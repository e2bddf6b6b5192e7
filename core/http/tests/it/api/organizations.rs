//! The root, organizations, teams, users, and paths that are not there.

use axum::http::{Method, StatusCode};
use errand_store::testing::TestDb;
use serde_json::json;

use super::support::Api;

errand_store::on_both_databases!(an_organization_is_found_by_slug_and_id, teams_are_made_and_listed);

async fn an_organization_is_found_by_slug_and_id(test: TestDb) {
    let api = Api::new(test).await;
    let all = api.get("/organizations/").await;
    let organization = &all[0];
    assert_eq!(
        *organization,
        json!({
            "id": api.hub.project.organization.to_string(),
            "slug": "acme",
            "name": "Acme",
            "dateCreated": "2026-09-21T14:13:20Z",
            "status": {"id": "active", "name": "active"},
            "isEarlyAdopter": false,
            "require2FA": false,
            "features": [],
        })
    );
    assert_eq!(api.get("/organizations/acme/").await, *organization);
    let by_id = format!("/organizations/{}/", api.hub.project.organization);
    assert_eq!(api.get(&by_id).await, *organization);
    let answer = api.call(Method::GET, "/organizations/other/", None).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

async fn teams_are_made_and_listed(test: TestDb) {
    let api = Api::new(test).await;
    let made = api
        .post("/organizations/acme/teams/", json!({"name": "Pay Ments"}))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    assert_eq!(made.json()["slug"], "pay-ments");
    let all = api.get("/organizations/acme/teams/").await;
    assert_eq!(all[0], made.json());
    let again = api
        .post(
            "/organizations/acme/teams/",
            json!({"name": "Pay Ments", "slug": "pay-ments"}),
        )
        .await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let nameless = api
        .refusal(Method::POST, "/organizations/acme/teams/", Some(json!({})))
        .await;
    assert!(nameless.starts_with("name: is missing"), "{nameless}");
}

#[tokio::test]
async fn the_root_says_who_calls() {
    let api = Api::new(TestDb::sqlite().await).await;
    let root = api.get("/").await;
    assert_eq!(root["version"], "0");
    assert!(
        root["auth"]["scopes"]
            .as_array()
            .expect("scopes")
            .iter()
            .any(|scope| scope == "event:read")
    );
    let anybody = api.hub.request(Method::GET, "/api/0/", &[], "").await;
    assert_eq!(
        anybody.json(),
        json!({"version": "0", "auth": null, "user": null})
    );
    let wrong = api.call_as("nonsense", Method::GET, "/", None).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_is_not_there_is_a_404_with_a_hint() {
    let api = Api::new(TestDb::sqlite().await).await;
    let answer = api.call(Method::GET, "/organizations/acme", None).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let detail = answer.json()["detail"].to_string();
    assert!(detail.contains("end with a slash"), "{detail}");
    let nobody = api.call(Method::GET, "/users/me/", None).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}
