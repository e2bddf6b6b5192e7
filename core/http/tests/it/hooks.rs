//! Where other systems call plugins: who is let in, and what they are answered.

use axum::http::Method;
use errand_http::plugins::{HookAnswer, HookError};
use errand_model::Secret;
use errand_model::grant::Grant;
use errand_store::installations::{self, Installation, NewInstallation};
use errand_store::plugin_hooks;

use crate::support::{Answer, Hub};

async fn install(hub: &Hub) -> (Installation, String) {
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let new = NewInstallation {
        organization: hub.project.organization,
        project: None,
        plugin: "tickets",
        name: "Tickets",
        config: Secret::new("{}".to_owned()),
        grant: Grant::default(),
    };
    let made = installations::create(&mut tx, hub.state.context(), new)
        .await
        .expect("made");
    tx.commit().await.expect("committed");
    let path = path(hub, &made).await;
    (made, path)
}

async fn path(hub: &Hub, installation: &Installation) -> String {
    let tokens = plugin_hooks::tokens(&hub.db.db, Some(installation.id))
        .await
        .expect("read");
    format!("/hooks/{}/updates", tokens[&installation.id])
}

async fn post(hub: &Hub, path: &str, body: impl Into<String>) -> Answer {
    hub.request(Method::POST, path, &[], body.into()).await
}

/// Nothing of it runs in a browser, whatever it is.
fn is_harmless(answer: &Answer) -> bool {
    let policy = answer.header("content-security-policy");
    let kind = answer.header("content-type");
    answer.header("x-content-type-options") == "nosniff"
        && policy.contains("default-src 'none'")
        && policy.contains("sandbox")
        && (kind == "application/json" || kind.starts_with("text/plain"))
}

#[tokio::test]
async fn a_request_reaches_the_plugin_as_it_came_and_without_a_persons_session() {
    let hub = Hub::start().await;
    let (installation, path) = install(&hub).await;
    let headers = [
        ("x-signature", "abc"),
        ("cookie", "errand_session=stolen"),
        ("content-encoding", "gzip"),
    ];
    let answer = hub
        .request(Method::POST, &format!("{path}?a=1"), &headers, "not gzip")
        .await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, "[]"));
    assert!(is_harmless(&answer), "{:?}", answer.headers);
    let seen = hub.plugins.requests.lock().expect("unpoisoned").remove(0);
    assert_eq!(seen.installation.id, installation.id);
    assert_eq!(
        (seen.route.as_str(), seen.method.as_str(), seen.query.as_str()),
        ("updates", "POST", "a=1")
    );
    assert_eq!(seen.body, b"not gzip", "what is signed are the bytes that came");
    let names: Vec<&str> = seen.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert!(
        names.contains(&"x-signature") && !names.contains(&"cookie"),
        "{names:?}"
    );
    let answer = hub.request(Method::GET, &path, &[], "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(hub.request(Method::PUT, &path, &[], "").await.status, 405);
}

#[tokio::test]
async fn what_a_plugin_cannot_do_is_said_by_the_status() {
    let hub = Hub::start().await;
    let (_, path) = install(&hub).await;
    let page = HookAnswer::Plugin {
        status: 418,
        content_type: "text/plain; charset=utf-8",
        body: b"<script>alert(1)</script>".to_vec(),
    };
    let cases = [
        (Ok(page), 418, ""),
        (Ok(HookAnswer::Again), 200, ""),
        (Ok(HookAnswer::UnderWay), 409, "5"),
        (Ok(HookAnswer::Later(Some(90))), 503, "90"),
        (Ok(HookAnswer::Later(None)), 503, "5"),
        (Ok(HookAnswer::Never), 422, ""),
        (Ok(HookAnswer::Broken), 502, ""),
        (Ok(HookAnswer::TimedOut), 504, ""),
        (Err(HookError::NoRoute), 404, ""),
        (Err(HookError::NotLoaded), 503, "300"),
        (Err(HookError::TooLarge(9)), 413, ""),
        (
            Err(HookError::Unproved("the signature is wrong".to_owned())),
            401,
            "",
        ),
        (Err(HookError::Failed("no such table".to_owned())), 500, ""),
    ];
    for (answer, status, retry_after) in cases {
        let shown = format!("{answer:?}");
        hub.plugins.hook_answers.lock().expect("unpoisoned").push(answer);
        let answer = post(&hub, &path, "{}").await;
        assert_eq!(answer.status.as_u16(), status, "{shown}");
        assert_eq!(answer.header("retry-after"), retry_after, "{shown}");
        assert!(is_harmless(&answer), "{shown}: {:?}", answer.headers);
        assert!(
            !answer.text().contains("no such table"),
            "the hub's own affairs stay within"
        );
    }
}

#[tokio::test]
async fn nobody_guesses_an_address_and_one_that_was_replaced_leads_nowhere() {
    let hub = Hub::start().await;
    let (mut installation, old) = install(&hub).await;
    assert!(old.len() > "/hooks//updates".len() + 60, "{old}");
    let answer = post(&hub, "/hooks/0123456789abcdef/updates", "{}").await;
    assert_eq!(answer.status, 404);
    assert!(is_harmless(&answer));
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    plugin_hooks::renew(&mut tx, installation.id)
        .await
        .expect("renewed");
    tx.commit().await.expect("committed");
    let new = path(&hub, &installation).await;
    assert_ne!(new, old);
    assert_eq!(
        (
            post(&hub, &old, "{}").await.status,
            post(&hub, &new, "{}").await.status.as_u16()
        ),
        (404.try_into().expect("a status"), 200)
    );
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    installations::pause(&mut tx, installation.id, "401")
        .await
        .expect("paused");
    tx.commit().await.expect("committed");
    let held = post(&hub, &new, "{}").await;
    assert_eq!((held.status.as_u16(), held.header("retry-after")), (503, "300"));
    installation.is_enabled = false;
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    installations::update(&mut tx, &installation)
        .await
        .expect("disabled");
    tx.commit().await.expect("committed");
    assert_eq!(
        post(&hub, &new, "{}").await.status,
        404,
        "what is disabled is not there"
    );
    assert_eq!(hub.plugins.requests.lock().expect("unpoisoned").len(), 1);
}

#[tokio::test]
async fn bodies_and_callers_have_their_bounds() {
    let hub = Hub::start().await;
    let (_, path) = install(&hub).await;
    let large = post(&hub, &path, "x".repeat((1 << 20) + 1)).await;
    assert_eq!(large.status, 413, "{}", large.text());
    for _ in 0..599 {
        assert_eq!(post(&hub, &path, "{}").await.status, 200);
    }
    let busy = post(&hub, &path, "{}").await;
    assert_eq!(busy.status, 429, "ten a second, and no more");
    assert!(!busy.header("retry-after").is_empty() && is_harmless(&busy));
    hub.clock.advance_millis(61_000);
    assert_eq!(post(&hub, &path, "{}").await.status, 200);
}
