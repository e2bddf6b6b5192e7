//! Tokens of an organization.

use axum::http::{Method, StatusCode};
use errand_model::access::Scope;
use errand_store::testing::TestDb;
use serde_json::json;

use super::support::{Api, token};

errand_store::on_both_databases!(a_token_is_made_used_and_revoked);

async fn a_token_is_made_used_and_revoked(test: TestDb) {
    let api = Api::new(test).await;
    let path = "/organizations/acme/org-auth-tokens/";
    let made = api
        .post(path, json!({"name": "CI", "scopes": ["event:read"]}))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let made = made.json();
    let secret = made["token"].as_str().expect("the secret");
    assert_eq!(made["scopes"], json!(["event:read"]));
    let all = api.get(path).await;
    assert_eq!(all[0]["name"], "CI");
    assert_eq!(all[0].get("token"), None, "the secret is shown once");
    let used = api
        .call_as(secret, Method::GET, "/organizations/acme/issues/", None)
        .await;
    assert_eq!(used.status, StatusCode::OK);
    let one = format!("{path}{}/", made["id"].as_str().expect("an id"));
    assert_eq!(api.delete(&one).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.delete(&one).await.status, StatusCode::NOT_FOUND);
    let used = api
        .call_as(secret, Method::GET, "/organizations/acme/issues/", None)
        .await;
    assert_eq!(used.status, StatusCode::UNAUTHORIZED);

    let wrong = api
        .refusal(
            Method::POST,
            path,
            Some(json!({"name": "CI", "scopes": ["event:all"]})),
        )
        .await;
    assert!(
        wrong.starts_with("scopes: there is no scope 'event:all'"),
        "{wrong}"
    );
    let wrong = json!({"name": "CI", "scopes": ["event:read"], "expires": "soon"});
    let wrong = api.refusal(Method::POST, path, Some(wrong)).await;
    assert!(wrong.starts_with("expires: 'soon' is not allowed"), "{wrong}");
    let weak = token(&api.hub, &[Scope::OrgWrite]).await;
    let body = Some(json!({"name": "more", "scopes": ["event:admin"]}));
    let answer = api.call_as(&weak, Method::POST, path, body).await;
    assert_eq!(
        answer.status,
        StatusCode::FORBIDDEN,
        "nobody gives what they do not have"
    );
}
