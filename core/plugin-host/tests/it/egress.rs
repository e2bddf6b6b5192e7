//! Where plugins can go, and where they cannot.

use axum::http::{StatusCode, header};
use errand_model::delivery::AttemptOutcome;
use errand_model::grant::Grant;
use serde_json::json;

use crate::harness::{behave, call, closed, host, local, permanent};
use crate::remote::Remote;

#[tokio::test]
async fn private_addresses_are_out_of_reach_in_every_form() {
    let remote = Remote::accepting().await;
    let host = host(&closed()).await;
    let port = remote.port();
    for name in [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::]",
        "169.254.169.254",
        "[fe80::1]",
        "[64:ff9b::7f00:1]",
        "10.0.0.1",
    ] {
        let url = format!("http://{name}:{port}/");
        let attempt = behave(&host, json!({"behaviour": "fetch", "url": url})).await;
        assert!(
            permanent(&attempt).starts_with("Error::Denied"),
            "{name}: {:?}",
            attempt.outcome
        );
    }
    assert!(remote.arrived().is_empty());
}

#[tokio::test]
async fn a_grant_opens_its_network_and_the_metadata_service_never() {
    let remote = Remote::accepting().await;
    let host = host(&local()).await;
    for name in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
        let url = format!("http://{name}:{}/", remote.port());
        let attempt = behave(&host, json!({"behaviour": "fetch", "url": url})).await;
        assert_eq!(attempt.outcome, AttemptOutcome::Done, "{name}");
    }
    let attempt = behave(
        &host,
        json!({"behaviour": "fetch", "url": "http://169.254.169.254/"}),
    )
    .await;
    assert!(permanent(&attempt).starts_with("Error::Denied"));
}

#[tokio::test]
async fn only_hosts_of_the_manifest_and_the_settings_are_reached() {
    let (allowed, other) = (Remote::accepting().await, Remote::accepting().await);
    let host = host(&local()).await;
    let target = other.url("/");
    let config = json!({"behaviour": "fetch", "url": allowed.url("/"), "target": target});
    let attempt = behave(&host, config).await;
    assert!(
        permanent(&attempt).contains("do not name"),
        "{:?}",
        attempt.outcome
    );
    for target in [
        "https://literal.test.evil.test/",
        "https://user:pw@literal.test/",
        "file:///etc/passwd",
        "gopher://literal.test/",
    ] {
        let attempt = behave(&host, json!({"behaviour": "fetch", "target": target})).await;
        let text = permanent(&attempt);
        assert!(
            text.starts_with("Error::Denied") || text.starts_with("Error::Invalid"),
            "{target}: {text}"
        );
    }
    assert!(other.arrived().is_empty());
}

#[tokio::test]
async fn redirects_are_answers() {
    let elsewhere = Remote::accepting().await;
    let location = elsewhere.url("/secret");
    let remote = Remote::start(move |_| (StatusCode::FOUND, [(header::LOCATION, location.clone())])).await;
    let host = host(&local()).await;
    let attempt = behave(&host, json!({"behaviour": "fetch", "url": remote.url("/")})).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done);
    assert!(attempt.log[0].message.starts_with("302"));
    assert!(elsewhere.arrived().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_read() {
    let remote = Remote::start(|_| vec![b'x'; 5 << 20]).await;
    let host = host(&local()).await;
    let attempt = behave(&host, json!({"behaviour": "fetch", "url": remote.url("/")})).await;
    assert!(
        permanent(&attempt).contains("BodyTooLarge(4194304)"),
        "{:?}",
        attempt.outcome
    );
}

#[tokio::test]
async fn what_cannot_be_reached_says_why() {
    let host = host(&local()).await;
    // Nobody listens on a port that was just given back.
    let port = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port")
        .local_addr()
        .expect("one")
        .port();
    let attempt = behave(
        &host,
        json!({"behaviour": "fetch", "url": format!("http://127.0.0.1:{port}/")}),
    )
    .await;
    assert!(
        permanent(&attempt).starts_with("Error::Connect"),
        "{:?}",
        attempt.outcome
    );
    let attempt = behave(
        &host,
        json!({"behaviour": "fetch", "url": "http://does-not-exist.invalid/"}),
    )
    .await;
    assert!(
        permanent(&attempt).starts_with("Error::Dns"),
        "{:?}",
        attempt.outcome
    );
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let remote = Remote::accepting().await;
    let host = host(&local()).await;
    let mut dry = call(json!({"behaviour": "post", "url": remote.url("/")}));
    dry.is_dry_run = true;
    let attempt = host.deliver("behaviours", dry).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done);
    assert_eq!(attempt.requests[0].error.as_deref(), Some("dry run: not sent"));
    assert!(remote.arrived().is_empty());
}

#[tokio::test]
async fn a_question_is_asked_although_it_is_a_post_and_nothing_is_to_be_changed() {
    let remote = Remote::start(|request: &crate::remote::Arrived| request.body.clone()).await;
    let host = host(&local()).await;
    let mut dry = call(json!({"behaviour": "ask", "url": remote.url("/search")}));
    dry.is_dry_run = true;
    let attempt = host.deliver("behaviours", dry).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done);
    assert_eq!(attempt.log[0].message, "200 who is it?");
    assert_eq!(attempt.requests[0].error, None);
    assert_eq!(remote.arrived().len(), 1);

    // Nor are settings checked without it; what writes is held back there too.
    for (behaviour, arrived) in [("ask", 2), ("post", 2)] {
        let config = json!({"behaviour": behaviour, "url": remote.url("/search")});
        let checked = host
            .validate_config("behaviours", &config, &Grant::default())
            .await;
        assert!(checked.is_ok_and(|problems| problems.is_empty()), "{behaviour}");
        assert_eq!(remote.arrived().len(), arrived, "{behaviour}");
    }
}
