//! What browsers need: preflights, headers, allowed origins, client hints, the crash dialog.

use axum::http::Method;

use crate::support::{EVENT, EVENT_ID, Hub};

#[tokio::test]
async fn a_preflight_is_answered_without_a_key() {
    let hub = Hub::start().await;
    let headers = [
        ("origin", "https://shop.example.com"),
        ("access-control-request-method", "POST"),
    ];
    for path in [
        "/api/1/envelope/",
        "/api/1/store",
        "/api/1/security/",
        "/api/embed/error-page/",
    ] {
        let answer = hub.request(Method::OPTIONS, path, &headers, "").await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-allow-methods"), "POST");
        assert_eq!(answer.header("access-control-max-age"), "3600");
        let allowed = answer.header("access-control-allow-headers");
        for name in [
            "x-sentry-auth",
            "content-type",
            "content-encoding",
            "sentry-trace",
            "baggage",
        ] {
            assert!(
                allowed.split(", ").any(|header| header == name),
                "{name} in {allowed}"
            );
        }
    }
}

#[tokio::test]
async fn a_page_may_read_answers_and_their_limits() {
    let hub = Hub::start().await;
    let answer = hub
        .post("envelope/", &[("origin", "https://shop.example.com")], EVENT)
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(
        answer.header("access-control-expose-headers"),
        "x-sentry-error, x-sentry-rate-limits, retry-after"
    );
}

#[tokio::test]
async fn pages_of_other_origins_are_refused_where_the_project_says_so() {
    let hub = Hub::start().await;
    hub.change_project(|project| project.settings.allowed_origins = vec!["*.example.com".to_owned()])
        .await;
    let from = async |origin| hub.post("envelope/", &[("origin", origin)], EVENT).await;
    assert_eq!(from("https://shop.example.com").await.status, 200);
    let refused = from("https://evil.org").await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.header("x-sentry-error"),
        refused.json()["detail"].as_str().unwrap_or_default()
    );
    // Servers send no origin.
    assert_eq!(hub.post("envelope/", &[], EVENT).await.status, 200);
    let outcomes = hub.intake.outcomes.lock().expect("unpoisoned");
    assert!(outcomes.iter().any(|outcome| outcome.reason == "origin"));
}

#[tokio::test]
async fn the_browser_and_the_address_go_along() {
    let hub = Hub::start().await;
    let headers = [
        ("user-agent", "Mozilla/5.0"),
        ("sec-ch-ua", "\"Chromium\";v=\"130\""),
        ("sec-ch-ua-platform", "\"Linux\""),
        ("x-forwarded-for", "198.51.100.7"),
    ];
    assert_eq!(hub.post("envelope/", &headers, EVENT).await.status, 200);
    let submission = hub.only_submission();
    assert_eq!(submission.user_agent.as_deref(), Some("Mozilla/5.0"));
    let hints: Vec<_> = submission.client_hints.iter().map(|(name, _)| *name).collect();
    assert_eq!(hints, ["sec-ch-ua", "sec-ch-ua-platform"]);
    assert_eq!(submission.client_ip, Some([198, 51, 100, 7].into()));
    assert_eq!(submission.project, hub.project.id);
    assert_eq!(submission.received, hub.state.now());
}

#[tokio::test]
async fn the_crash_dialog_is_a_script_and_its_form_a_report() {
    let hub = Hub::start().await;
    let dsn = hub
        .key
        .dsn("https://errors.example.com")
        .replace(':', "%3A")
        .replace('/', "%2F");
    let path = format!("/api/embed/error-page/?dsn={dsn}&eventId={EVENT_ID}");
    let script = hub
        .request(Method::GET, &format!("{path}&title=%22%3C/script%3E"), &[], "")
        .await;
    assert_eq!(script.status, 200, "{}", script.text());
    assert!(script.header("content-type").starts_with("text/javascript"));
    assert!(!script.text().contains("</script>") && !script.text().contains("{{"));

    let form = "name=Ada&email=ada%40example.com&comments=It+broke";
    let answer = hub.request(Method::POST, &path, &[], form).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = hub.only_submission().body;
    let text = std::str::from_utf8(&body).expect("text");
    assert!(
        text.contains("user_report") && text.contains("It broke") && text.contains(EVENT_ID),
        "{text}"
    );

    let answer = hub.request(Method::POST, &path, &[], "name=Ada").await;
    assert_eq!(answer.status, 400);
    assert!(answer.json()["errors"]["comments"].is_array());
    let nowhere = hub
        .request(Method::GET, "/api/embed/error-page/?eventId=1", &[], "")
        .await;
    assert_eq!(nowhere.status, 400);
}
