//! The bundled webhook plugin, as it ships.

use axum::http::{Method, StatusCode, header};
use errand_model::UserId;
use errand_model::delivery::AttemptOutcome;
use errand_model::grant::Grant;
use errand_model::issue::Resolution;
use errand_model::lifecycle::{Actor, Change};
use errand_plugin_host::{Options, PluginHost};
use serde_json::json;

use crate::guests;
use crate::harness::{call, closed, empty_host, local, written};
use crate::remote::Remote;

async fn host(options: &Options) -> PluginHost {
    let host = empty_host(options);
    host.load(guests::webhook()).await.expect("the plugin loads");
    host
}

#[tokio::test]
async fn it_posts_a_new_issue() {
    let remote = Remote::accepting().await;
    let host = host(&local()).await;
    let config =
        json!({"url": remote.url("/hook?room=1"), "headers": {"Authorization": "Bearer sesame-open"}});
    let attempt = host.deliver("webhook", call(config)).await;

    assert_eq!(attempt.outcome, AttemptOutcome::Done);
    assert_eq!(attempt.requests.len(), 1);
    assert_eq!(attempt.requests[0].status, Some(200));
    assert_eq!(attempt.requests[0].url, remote.url("/hook?…"));
    assert!(!written(&attempt).contains("sesame"));

    let arrived = remote.arrived();
    let [request] = arrived.as_slice() else {
        panic!("{} requests", arrived.len())
    };
    assert_eq!(request.method, Method::POST);
    assert_eq!(request.uri.path(), "/hook");
    assert_eq!(request.header("errand-event"), "issue.created");
    assert_eq!(request.header("errand-delivery"), "key-7");
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.header("authorization"), "Bearer sesame-open");
    assert!(request.header("errand-timestamp").parse::<u64>().is_ok());
    let body = request.json();
    assert_eq!(body["action"], "created");
    assert_eq!(body["actor"]["type"], "system");
    assert_eq!(body["change"], json!({}));
    assert_eq!(body["issue"]["shortId"], "SHOP-1A");
    assert_eq!(body["issue"]["title"], "TypeError: x is undefined");
    assert_eq!(body["issue"]["firstSeen"], 1_790_000_000_000_u64);
    assert_eq!(body["issue"]["project"]["slug"], "shop");
}

#[tokio::test]
async fn it_says_what_changed_and_who_did_it() {
    let remote = Remote::accepting().await;
    let host = host(&local()).await;
    let mut call = call(json!({"url": remote.url("/")}));
    call.event.change = Change::Regressed {
        resolution: Some(Resolution::Now),
        release: Some("shop@2".to_owned()),
    };
    call.event.actor = Actor::User {
        id: Some(UserId(9)),
        name: "Ada".to_owned(),
    };
    let attempt = host.deliver("webhook", call).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done);
    let body = remote.arrived()[0].json();
    assert_eq!(body["action"], "regressed");
    assert_eq!(
        body["change"],
        json!({"resolution": {"kind": "now"}, "release": "shop@2"})
    );
    assert_eq!(body["actor"], json!({"type": "user", "id": "9", "name": "Ada"}));
}

#[tokio::test]
async fn it_hears_of_what_the_admin_chose() {
    let host = host(&closed()).await;
    assert!(host.wants("webhook", &json!({}), "issue.created"));
    assert!(host.wants("webhook", &json!({}), "issue.regressed"));
    assert!(!host.wants("webhook", &json!({}), "issue.resolved"));
    let chosen = json!({"changes": ["issue.resolved"]});
    assert!(host.wants("webhook", &chosen, "issue.resolved"));
    assert!(!host.wants("webhook", &chosen, "issue.created"));
    assert!(!host.wants("nobody", &json!({}), "issue.created"));
}

#[tokio::test]
async fn its_failures_tell_the_hub_what_to_do() {
    let host = host(&local()).await;
    for (status, expected) in [
        (StatusCode::INTERNAL_SERVER_ERROR, "retry"),
        (StatusCode::REQUEST_TIMEOUT, "retry"),
        (StatusCode::TOO_MANY_REQUESTS, "rate_limited"),
        (StatusCode::UNAUTHORIZED, "auth"),
        (StatusCode::NOT_FOUND, "permanent"),
        (StatusCode::MOVED_PERMANENTLY, "permanent"),
    ] {
        let remote = Remote::start(move |_| (status, [(header::RETRY_AFTER, "7")])).await;
        let attempt = host
            .deliver("webhook", call(json!({"url": remote.url("/")})))
            .await;
        let outcome = serde_json::to_value(&attempt.outcome).expect("JSON");
        assert_eq!(outcome["kind"], expected, "{status}");
        if matches!(expected, "retry" | "rate_limited") {
            assert_eq!(outcome["after_ms"], 7_000, "{status}");
        }
    }
}

#[tokio::test]
async fn without_a_grant_it_reaches_nothing_private() {
    let remote = Remote::accepting().await;
    let host = host(&closed()).await;
    let attempt = host
        .deliver("webhook", call(json!({"url": remote.url("/")})))
        .await;
    let AttemptOutcome::Config { message } = &attempt.outcome else {
        panic!("{:?}", attempt.outcome)
    };
    assert!(message.contains("private or reserved network"), "{message}");
    assert!(remote.arrived().is_empty());
}

#[tokio::test]
async fn its_settings_are_checked_by_manifest_and_plugin() {
    let host = host(&closed()).await;
    let problems = host
        .validate_config("webhook", &json!({}), &Grant::default())
        .await
        .expect("checked");
    assert_eq!(problems[0].field.as_deref(), Some("url"));
    let config = json!({"url": "https://example.com", "headers": {"Errand-Event": "mine", "X-Fine": "yes"}});
    let problems = host.validate_config("webhook", &config, &Grant::default()).await.expect("checked");
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0]
            .message
            .contains("'Errand-Event' is set by the webhook itself")
    );
    let config = json!({"url": "https://example.com"});
    assert_eq!(
        host.validate_config("webhook", &config, &Grant::default()).await.expect("checked"),
        []
    );
}
