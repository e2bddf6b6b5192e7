//! What operators and their tools ask.

use axum::http::Method;
use errand_http::ingest::intake::IntakeError;

use crate::support::Hub;

#[tokio::test]
async fn a_hub_says_that_it_is_up_and_how_it_does() {
    let hub = Hub::start().await;
    let get = async |path| hub.request(Method::GET, path, &[], "").await;
    assert_eq!(get("/healthz").await.text(), "ok\n");
    let ready = get("/readyz").await;
    assert_eq!(
        (ready.status.as_u16(), ready.json()["ready"].as_bool()),
        (200, Some(true))
    );
    let metrics = get("/metrics").await;
    assert!(
        metrics
            .header("content-type")
            .starts_with("text/plain; version=0.0.4")
    );
    assert_eq!(metrics.text(), "errand_up 1\n");
    assert!(get("/robots.txt").await.text().contains("Disallow: /"));
}

#[tokio::test]
async fn a_hub_that_takes_nothing_is_up_but_not_ready_and_says_why() {
    let hub = Hub::start().await;
    *hub.intake.refusal.lock().expect("unpoisoned") = Some(IntakeError::Full {
        retry_after_seconds: 1,
    });
    hub.db.db.close().await;
    let ready = hub.request(Method::GET, "/readyz", &[], "").await;
    assert_eq!(ready.status, 503);
    let reasons = ready.json()["reasons"].as_array().map(Vec::len);
    assert_eq!(reasons, Some(2), "{}", ready.text());
    assert_eq!(hub.request(Method::GET, "/healthz", &[], "").await.status, 200);
}
