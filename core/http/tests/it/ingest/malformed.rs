//! Whatever is wrong with an envelope, its sender is told so, and nothing breaks.

use axum::http::Method;

use crate::support::Hub;

#[tokio::test]
async fn every_malformed_envelope_gets_a_clear_answer() {
    let hub = Hub::start().await;
    let path = format!("/api/{}/envelope/", hub.project.id);
    let mut wrong = Vec::new();
    for case in errand_http::testing::malformed(&hub.key.public_key) {
        let headers: Vec<_> = case
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let answer = hub.request(Method::POST, &path, &headers, case.body).await;
        let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
        if answer.status.as_u16() != case.status || detail.len() < 10 {
            wrong.push(format!(
                "{}: {} instead of {}: {detail}",
                case.name, answer.status, case.status
            ));
        }
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{}", case.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(hub.intake.submissions.lock().expect("unpoisoned").is_empty());
}

#[tokio::test]
async fn what_is_no_envelope_is_refused_at_every_other_endpoint_too() {
    let hub = Hub::start().await;
    let cases: &[(&str, &str, &str, u16)] = &[
        ("store/", "application/json", "hello", 400),
        ("store/", "application/json", "", 400),
        ("store/", "application/json", "[1]", 400),
        ("store/", "application/octet-stream", "aGVsbG8=", 400),
        ("security/", "application/json", "hello", 400),
        ("security/", "application/json", "{}", 400),
        ("security/", "text/plain", "{}", 415),
        ("csp-report/", "application/csp-report", "[", 400),
        ("nel/", "application/reports+json", "hello", 400),
        ("minidump/", "application/octet-stream", "not a dump", 400),
        ("minidump/", "multipart/form-data", "x", 400),
        (
            "minidump/",
            "multipart/form-data; boundary=b",
            "--b\r\nhello",
            400,
        ),
        ("minidump/", "multipart/form-data; boundary=b", "--b--\r\n", 400),
        (
            "events/xyz/attachments/",
            "multipart/form-data; boundary=b",
            "--b--\r\n",
            400,
        ),
        (
            "events/9ec79c33ec9942ab8353589fcb2e04dc/attachments/",
            "text/plain",
            "x",
            400,
        ),
        ("cron/backup/", "application/json", "[]", 400),
        ("cron/backup/?status=fine", "", "", 400),
        ("cron/backup/?status=ok&duration=long", "", "", 400),
        ("otlp/v1/traces", "application/x-protobuf", "x", 404),
        ("upload/", "application/offset+octet-stream", "x", 404),
    ];
    for (endpoint, content_type, body, status) in cases {
        let answer = hub.post(endpoint, &[("content-type", content_type)], *body).await;
        assert_eq!(
            answer.status.as_u16(),
            *status,
            "{endpoint} {body}: {}",
            answer.text()
        );
        assert!(
            answer.json()["detail"]
                .as_str()
                .is_some_and(|detail| detail.len() > 10),
            "{endpoint} {body}"
        );
    }
    assert!(hub.intake.submissions.lock().expect("unpoisoned").is_empty());
}

#[tokio::test]
async fn a_project_that_is_no_number_is_a_400_and_another_method_a_405() {
    let hub = Hub::start().await;
    let auth = hub.auth();
    let headers = [("x-sentry-auth", auth.as_str())];
    let answer = hub
        .request(Method::POST, "/api/shop/envelope/", &headers, "")
        .await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    let answer = hub.request(Method::PUT, "/api/1/envelope/", &headers, "").await;
    assert_eq!(answer.status, 405, "{}", answer.text());
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}
