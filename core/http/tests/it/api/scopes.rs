//! Who may do what: each verb of each family, with the scope below it and with the one it needs.

use axum::http::{Method, StatusCode};
use errand_model::access::Scope;
use errand_store::testing::TestDb;

use super::support::{Api, token};

/// What a call needs. Each is answered 403 to a token with every other scope, and not to one with this alone.
const NEEDED: [(Method, &str, Scope); 22] = [
    (Method::GET, "/organizations/", Scope::OrgRead),
    (Method::GET, "/organizations/acme/", Scope::OrgRead),
    (Method::GET, "/organizations/acme/plugins/", Scope::OrgRead),
    (Method::POST, "/organizations/acme/plugins/", Scope::OrgWrite),
    (Method::DELETE, "/organizations/acme/plugins/1/", Scope::OrgAdmin),
    (
        Method::GET,
        "/organizations/acme/org-auth-tokens/",
        Scope::OrgRead,
    ),
    (
        Method::DELETE,
        "/organizations/acme/org-auth-tokens/1/",
        Scope::OrgAdmin,
    ),
    (Method::GET, "/organizations/acme/stats_v2/", Scope::OrgRead),
    (Method::GET, "/organizations/acme/teams/", Scope::TeamRead),
    (Method::POST, "/organizations/acme/teams/", Scope::TeamWrite),
    (Method::GET, "/projects/", Scope::ProjectRead),
    (Method::POST, "/organizations/acme/projects/", Scope::ProjectWrite),
    (Method::PUT, "/projects/acme/shop/", Scope::ProjectWrite),
    (Method::DELETE, "/projects/acme/none/", Scope::ProjectAdmin),
    (Method::GET, "/projects/acme/shop/keys/", Scope::ProjectRead),
    (
        Method::GET,
        "/projects/acme/shop/user-feedback/",
        Scope::ProjectRead,
    ),
    (Method::GET, "/organizations/acme/issues/", Scope::EventRead),
    (Method::PUT, "/organizations/acme/issues/", Scope::EventWrite),
    (Method::DELETE, "/projects/acme/shop/issues/", Scope::EventAdmin),
    (Method::GET, "/issues/1/", Scope::EventRead),
    (Method::PUT, "/issues/1/", Scope::EventWrite),
    (Method::DELETE, "/organizations/acme/issues/1/", Scope::EventAdmin),
];

#[tokio::test]
async fn each_call_needs_its_scope_and_no_more() {
    let api = Api::new(TestDb::sqlite().await).await;
    for (method, path, needed) in NEEDED {
        let others: Vec<Scope> = Scope::ALL
            .iter()
            .copied()
            .filter(|scope| !scope.grants(needed))
            .collect();
        let without = token(&api.hub, &others).await;
        let answer = api.call_as(&without, method.clone(), path, None).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}");
        let detail = answer.json()["detail"].to_string();
        assert!(detail.contains(needed.as_str()), "{method} {path}: {detail}");
        let with = token(&api.hub, &[needed]).await;
        let answer = api.call_as(&with, method.clone(), path, None).await;
        assert!(
            !matches!(answer.status, StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED),
            "{method} {path}: {}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_shown() {
    let api = Api::new(TestDb::sqlite().await).await;
    for (method, path, _) in NEEDED {
        let answer = api
            .hub
            .request(method.clone(), &format!("/api/0{path}"), &[], "")
            .await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        assert!(
            answer.header("www-authenticate").starts_with("Bearer"),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn another_organizations_things_are_not_there() {
    let api = Api::new(TestDb::sqlite().await).await;
    api.store([api.event("a")]).await;
    let issue = api.issue("a").await;
    let mut tx = api.hub.db.db.begin().await.expect("a transaction");
    let cx = api.hub.state.context();
    let other = errand_store::organizations::create(&mut tx, cx, "Other", None)
        .await
        .expect("made");
    let new = errand_store::tokens::NewToken {
        name: "theirs",
        organization: other.id,
        person: None,
        scopes: Scope::ALL,
        expires: None,
    };
    let (_, secret) = errand_store::tokens::create(&mut tx, cx, new)
        .await
        .expect("made");
    tx.commit().await.expect("committed");
    for path in [
        "/organizations/acme/".to_owned(),
        "/projects/acme/shop/".to_owned(),
        "/organizations/acme/issues/".to_owned(),
        format!("/issues/{issue}/"),
        format!("/issues/{issue}/events/latest/"),
        format!("/organizations/other/issues/{issue}/"),
        format!("/projects/other/{}/", api.hub.project.id),
    ] {
        let answer = api.call_as(secret.reveal(), Method::GET, &path, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.text());
    }
    let theirs = api
        .call_as(secret.reveal(), Method::GET, "/organizations/", None)
        .await;
    assert_eq!(theirs.json().as_array().map(Vec::len), Some(1));
}
