//! Who may send: forms of authorization, keys, and how soon a change of them counts.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::{EVENT, EVENT_ID, Hub};

#[tokio::test]
async fn every_form_of_authorization_lets_the_key_in() {
    let hub = Hub::start().await;
    let key = &hub.key.public_key;
    let envelope = format!("/api/{}/envelope/", hub.project.id);
    let by_query = format!("{envelope}?sentry_key={key}&sentry_version=7&sentry_client=test%2F1");
    let basic = format!("Basic {}", STANDARD.encode(format!("{key}:")));
    let sentry = format!("sentry sentry_key={key}:no-cache, sentry_version=7");
    let dsn = format!(
        "{{\"dsn\":\"https://{key}@errors.example.com/{}\"}}\n{{\"type\":\"event\"}}\n{{}}",
        hub.project.id
    );
    let cases = [
        (&envelope, ("x-sentry-auth", sentry.as_str()), EVENT),
        (&envelope, ("authorization", sentry.as_str()), EVENT),
        (&envelope, ("authorization", basic.as_str()), EVENT),
        (&by_query, ("content-type", "text/plain;charset=UTF-8"), EVENT),
        (
            &envelope,
            ("content-type", "application/x-sentry-envelope"),
            dsn.as_str(),
        ),
    ];
    for (path, header, body) in cases {
        let answer = hub.request(Method::POST, path, &[header], body.to_owned()).await;
        assert_eq!(answer.status, 200, "{path} {header:?}: {}", answer.text());
    }
    let by_path = format!("/api/{}/cron/backup/{key}/?status=ok", hub.project.id);
    assert_eq!(hub.request(Method::GET, &by_path, &[], "").await.status, 202);
    assert_eq!(hub.intake.submissions.lock().expect("unpoisoned").len(), 6);
}

#[tokio::test]
async fn an_answer_names_the_event_or_nothing() {
    let hub = Hub::start().await;
    let answer = hub.post("envelope", &[], EVENT).await;
    assert_eq!(answer.text(), format!("{{\"id\":\"{EVENT_ID}\"}}"));
    assert_eq!(hub.post("envelope", &[], "{}\n").await.text(), "{}");
}

#[tokio::test]
async fn a_key_opens_its_own_project_alone() {
    let hub = Hub::start().await;
    let auth = hub.auth();
    let answer = hub
        .request(
            Method::POST,
            "/api/77/envelope/",
            &[("x-sentry-auth", &auth)],
            EVENT,
        )
        .await;
    assert_eq!(answer.status, 403, "{}", answer.text());
}

#[tokio::test]
async fn a_revoked_key_is_out_within_five_seconds_and_in_again_within_one() {
    let hub = Hub::start().await;
    assert_eq!(hub.post("envelope/", &[], EVENT).await.status, 200);
    hub.change_key(|key| key.is_active = false).await;
    hub.clock.advance_millis(5_000);
    assert_eq!(hub.post("envelope/", &[], EVENT).await.status, 403);
    hub.change_key(|key| key.is_active = true).await;
    hub.clock.advance_millis(1_000);
    assert_eq!(hub.post("envelope/", &[], EVENT).await.status, 200);
}

#[tokio::test]
async fn a_change_in_this_process_counts_at_once() {
    let hub = Hub::start().await;
    assert_eq!(hub.post("envelope/", &[], EVENT).await.status, 200);
    hub.change_key(|key| key.is_active = false).await;
    hub.state.directory.forget(&hub.key.public_key);
    assert_eq!(hub.post("envelope/", &[], EVENT).await.status, 403);
}

#[tokio::test]
async fn a_known_key_is_believed_for_a_while_when_the_database_is_gone() {
    let hub = Hub::start().await;
    assert_eq!(hub.post("envelope/", &[], EVENT).await.status, 200);
    hub.db.db.close().await;
    for seconds in [3, 10] {
        hub.clock.advance_millis(seconds * 1_000);
        let answer = hub.post("envelope/", &[], EVENT).await;
        assert_eq!(answer.status, 200, "after {seconds} s: {}", answer.text());
    }
    hub.clock.advance_millis(120_000);
    let answer = hub.post("envelope/", &[], EVENT).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), "10");
    assert!(
        answer.json()["errorId"].is_string() && !answer.text().contains("sqlx"),
        "{}",
        answer.text()
    );
}
