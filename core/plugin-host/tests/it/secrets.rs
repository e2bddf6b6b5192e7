//! A secret goes where the plugin says and the hub allows, and shows nowhere.

use std::sync::Arc;

use axum::http::HeaderName;
use errand_model::delivery::AttemptOutcome;
use serde_json::json;

use crate::harness::{behave, closed, host, host_with, local, permanent, written};
use crate::remote::Remote;

const TOKEN: &str = "hunter2&hunter2/secret";
const ESCAPED: &str = "hunter2%26hunter2%2Fsecret";

#[tokio::test]
async fn a_secret_arrives_and_its_echo_does_not_come_back() {
    let remote = Remote::start(|request| {
        let echo = format!("{} {}", request.header("x-token"), request.uri);
        ([(HeaderName::from_static("x-echo"), echo.clone())], echo)
    })
    .await;
    let host = host(&local()).await;
    let config = json!({"behaviour": "fetch in clear", "url": remote.url("/"), "target": remote.url(""), "token": TOKEN});
    let attempt = behave(&host, config).await;

    let arrived = remote.arrived();
    assert_eq!(arrived[0].header("authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(arrived[0].header("x-token"), TOKEN);
    assert_eq!(arrived[0].uri.path(), format!("/path-{ESCAPED}/x"));
    assert_eq!(arrived[0].uri.query(), Some(format!("token={ESCAPED}").as_str()));

    assert!(permanent(&attempt).contains("[redacted]"));
    let written = written(&attempt);
    assert!(!written.contains("hunter2"), "{written}");
}

#[tokio::test]
async fn a_secret_does_not_leave_in_clear_for_the_internet() {
    let host = host(&closed()).await;
    // An address of the Internet; nothing is sent there.
    let config = json!({"behaviour": "fetch in clear", "url": "http://192.0.1.1", "token": TOKEN});
    let attempt = behave(&host, config).await;
    assert!(
        permanent(&attempt).contains("without encryption"),
        "{:?}",
        attempt.outcome
    );
}

#[tokio::test]
async fn bodies_are_signed_without_the_plugin_knowing_the_key() {
    let remote = Remote::accepting().await;
    let (host, _) = host_with(&local(), &Arc::default()).await;
    // "key" in base64, as Standard Webhooks writes it.
    let config = json!({"behaviour": "sign", "url": remote.url("/"), "token": "whsec_a2V5"});
    let attempt = behave(&host, config).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done);
    let arrived = &remote.arrived()[0];
    // HMAC-SHA256 of "hello" under the secret's text, and of "msg_1.1790000000.hello" under "key".
    assert_eq!(
        arrived.header("x-signature"),
        "sha256=03e1e67d11171019ff846d8880e6066e1f40d33a36a9a51c221700e3ef5fd3bd"
    );
    assert_eq!(
        arrived.header("webhook-signature"),
        "v1,nUmOkqbAG6e2j1XK81+1JEdMXcDLUn7ueOVRigV3Bbs="
    );
    assert_eq!(arrived.header("webhook-timestamp"), "1790000000");
    assert_eq!(arrived.header("x-token"), "Token token=whsec_a2V5");
    let authorization = arrived.header("authorization");
    assert!(authorization.starts_with("Bearer ey") && authorization.matches('.').count() == 2);
    assert!(!written(&attempt).contains("whsec"));
}

#[tokio::test]
async fn a_secret_goes_only_to_the_hosts_that_it_is_bound_to() {
    let remote = Remote::accepting().await;
    let host = host(&local()).await;
    let config = json!({"behaviour": "fetch bound", "url": remote.url("/"), "signing": TOKEN});
    let attempt = behave(&host, config).await;
    assert!(
        permanent(&attempt).contains("does not let the secret 'signing' go to 127.0.0.1"),
        "{:?}",
        attempt.outcome
    );
    assert!(remote.arrived().is_empty());
}

#[tokio::test]
async fn an_address_that_is_a_secret_is_reached_and_shows_nowhere() {
    let remote = Remote::start(|request| request.uri.to_string()).await;
    let host = host(&local()).await;
    let config = json!({
        "behaviour": "post to a secret address",
        "hook": remote.url("/services/T0/B0/hunter2hunter2?sig=other"),
    });
    let attempt = behave(&host, config).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done, "{:?}", attempt.log);
    let arrived = remote.arrived();
    assert_eq!(arrived.len(), 1);
    assert_eq!(
        arrived[0].uri.to_string(),
        "/services/T0/B0/hunter2hunter2/messages/12?sig=other&wait=true"
    );
    assert!(!written(&attempt).contains("hunter2"), "{}", written(&attempt));
    let attempt = behave(
        &host,
        json!({"behaviour": "post to a secret address", "hook": "ftp://hunter2"}),
    )
    .await;
    assert!(!written(&attempt).contains("hunter2"), "{}", written(&attempt));
}
