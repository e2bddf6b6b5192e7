//! What stands around the API and the pages: who asks, from where, and what browsers are told.

use axum::http::Method;
use errand_model::access::{Role, Scope};
use errand_store::tokens::NewToken;

use crate::support::Hub;

const LIST: &str = "/api/0/organizations/";

/// A token of the hub's organization, as text.
async fn token(hub: &Hub, scopes: &[Scope], lives_seconds: i64) -> String {
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let new = NewToken {
        name: "test",
        organization: hub.project.organization,
        person: None,
        scopes,
        expires: Some(hub.state.now().plus_seconds(lives_seconds)),
    };
    let made = errand_store::tokens::create(&mut tx, hub.state.context(), new).await;
    let (_, secret) = made.expect("made");
    tx.commit().await.expect("committed");
    format!("Bearer {}", secret.reveal())
}

/// The cookie of somebody who is signed in.
async fn cookie(hub: &Hub) -> String {
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let cx = hub.state.context();
    let person = errand_store::people::create(&mut tx, cx, "ada@example.com", "Ada", Role::Owner).await;
    let person = person.expect("made");
    let secret = errand_store::sessions::create(
        &mut tx,
        cx,
        person.id,
        3_600,
        &errand_store::sessions::Device::default(),
    )
    .await;
    let secret = secret.expect("made");
    tx.commit().await.expect("committed");
    format!("other=1; errand-session={}", secret.reveal())
}

#[tokio::test]
async fn the_api_wants_to_know_who_asks() {
    let hub = Hub::start().await;
    let good = token(&hub, &[Scope::OrgRead], 60).await;
    let get = async |headers: &[(&str, &str)]| hub.request(Method::GET, LIST, headers, "").await;
    let nobody = get(&[]).await;
    assert_eq!(nobody.status, 401, "{}", nobody.text());
    assert!(nobody.header("www-authenticate").starts_with("Bearer"));
    assert_eq!(
        get(&[("authorization", "Bearer errand_made-up")]).await.status,
        401
    );
    assert_eq!(get(&[("authorization", &good)]).await.status, 200);
    assert_eq!(get(&[("cookie", &cookie(&hub).await)]).await.status, 200);
    hub.clock.advance_millis(61_000);
    assert_eq!(
        get(&[("authorization", &good)]).await.status,
        401,
        "it has expired"
    );
}

#[tokio::test]
async fn other_sites_cannot_use_a_persons_session() {
    let hub = Hub::start().await;
    let cookie = cookie(&hub).await;
    let post = async |headers: &[(&str, &str)]| {
        let mut all = vec![("cookie", cookie.as_str()), ("host", "hub:9000")];
        all.extend_from_slice(headers);
        hub.request(Method::PUT, LIST, &all, "").await
    };
    for foreign in [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://evil.org"),
        ("origin", "null"),
    ] {
        let answer = post(&[foreign]).await;
        assert_eq!(answer.status, 403, "{foreign:?}: {}", answer.text());
    }
    let own = post(&[("origin", "http://hub:9000")]).await;
    assert_eq!(
        own.status,
        405,
        "the site may, the endpoint does not: {}",
        own.text()
    );
}

#[tokio::test]
async fn a_page_without_a_session_goes_to_sign_in_and_comes_back() {
    let hub = Hub::start().await;
    let answer = hub.request(Method::GET, "/projects?a=1&b=2", &[], "").await;
    assert!(answer.status.is_redirection(), "{}", answer.status);
    let location = answer.header("location");
    assert!(location.starts_with("/sign-in"), "{location}");
}

#[tokio::test]
async fn pages_run_nothing_but_the_hubs_own_scripts() {
    let hub = Hub::start().await;
    let nonce_of = async || {
        let page = hub.request(Method::GET, "/sign-in", &[], "").await;
        let policy = page.header("content-security-policy").to_owned();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        policy
            .split("'nonce-")
            .nth(1)
            .and_then(|rest| rest.split('\'').next())
            .expect("a nonce")
            .to_owned()
    };
    assert_ne!(nonce_of().await, nonce_of().await);
}

#[tokio::test]
async fn an_answer_carries_the_id_of_its_request() {
    let hub = Hub::start().await;
    let given = hub
        .request(Method::GET, LIST, &[("x-request-id", "from-the-proxy")], "")
        .await;
    assert_eq!(given.header("x-request-id"), "from-the-proxy");
    let made = hub
        .request(Method::GET, LIST, &[("x-request-id", &"x".repeat(100))], "")
        .await;
    assert_eq!(made.header("x-request-id").len(), 32);
}

#[tokio::test]
async fn what_is_nowhere_is_a_404_in_the_face_of_its_surface() {
    let hub = Hub::start().await;
    let api = hub.request(Method::GET, "/api/0/nothing/", &[], "").await;
    assert_eq!(api.status, 404);
    assert!(api.json()["detail"].is_string());
    let page = hub.request(Method::GET, "/nothing", &[], "").await;
    assert_eq!(page.status, 404);
    assert!(
        page.header("content-type").starts_with("text/html"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn a_body_that_is_too_large_for_the_api_is_a_413() {
    let config = errand_http::HttpConfig {
        body_bytes: 1_000,
        ..errand_http::HttpConfig::default()
    };
    let hub = Hub::with(config).await;
    let token = token(
        &hub,
        &[Scope::ProjectWrite, Scope::TeamWrite, Scope::OrgWrite],
        60,
    )
    .await;
    let path = format!("/api/0/projects/acme/{}/", hub.project.slug);
    let headers = [
        ("authorization", token.as_str()),
        ("content-type", "application/json"),
    ];
    let body = format!("{{\"name\":\"{}\"}}", "x".repeat(2_000));
    let answer = hub.request(Method::PUT, &path, &headers, body).await;
    assert_eq!(answer.status, 413, "{}", answer.text());
}

#[tokio::test]
async fn what_a_request_may_have_changed_is_told_at_once() {
    let hub = Hub::start().await;
    let writes = token(&hub, &[Scope::OrgRead, Scope::OrgWrite], 60).await;
    let headers = [("authorization", writes.as_str())];
    let wakes = || hub.intake.wakes.load(std::sync::atomic::Ordering::SeqCst);
    hub.request(Method::GET, LIST, &headers, "").await;
    assert_eq!(wakes(), 0, "who only reads owes nothing");
    let path = "/api/0/organizations/acme/plugins/";
    let made = hub
        .request(Method::POST, path, &headers, r#"{"plugin":"webhook"}"#)
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(wakes(), 1);
}
