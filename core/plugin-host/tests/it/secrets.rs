//! A secret goes where the plugin says and the hub allows, and shows nowhere.

use axum::http::HeaderName;
use serde_json::json;

use crate::harness::{behave, closed, host, local, permanent, written};
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
