//! The bundled webhook plugin, as it ships.

use std::sync::Arc;

use axum::http::{Method, StatusCode, header};
use errand_model::UserId;
use errand_model::delivery::AttemptOutcome;
use errand_model::grant::Grant;
use errand_model::issue::Resolution;
use errand_model::lifecycle::{Actor, Change};
use errand_plugin_host::{HostServices, MemoryServices, Options, PluginHost};
use serde_json::{Value, json};

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
    let problems = host
        .validate_config("webhook", &config, &Grant::default())
        .await
        .expect("checked");
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0]
            .message
            .contains("'Errand-Event' is set by the webhook itself")
    );
    let config = json!({"url": "https://example.com"});
    assert_eq!(
        host.validate_config("webhook", &config, &Grant::default())
            .await
            .expect("checked"),
        []
    );
}

/// A host that knows the issue of the call, whose latest event is of an environment.
async fn host_in(environment: &str) -> PluginHost {
    let services = Arc::new(MemoryServices::default());
    let known = call(json!({}));
    let event = json!({"environment": environment, "user": {"email": "ada@example.com"}});
    services.put_issue(known.installation, known.issue, Some(event), Vec::new());
    let host = PluginHost::new(&local(), services as Arc<dyn HostServices>).expect("a host");
    host.load(guests::webhook()).await.expect("the plugin loads");
    host
}

#[tokio::test]
async fn a_template_makes_the_body_and_what_it_puts_in_cannot_break_it() {
    let remote = Remote::accepting().await;
    let host = host_in("production").await;
    let body = r#"{"text": {{ "New: " ~ issue.title }}, "who": {{ event.user.email }}, "none": {{ event.nothing.at_all }},
        "tags": [{% for tag in ["a", "b"] %}{{ tag }}{% if not loop.last %}, {% endif %}{% endfor %}]}"#;
    let config =
        json!({"url": remote.url("/"), "body": body, "header_templates": {"X-Title": "{{ issue.title }}"}});
    let mut call = call(config);
    call.issue.title = "\"} , {\"evil\": \"</script>\r\nX-Injected: yes".to_owned();
    let title = call.issue.title.clone();
    let attempt = host.deliver("webhook", call).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done, "{:?}", attempt.log);
    let arrived = remote.arrived();
    let expected = json!({
        "text": format!("New: {title}"), "who": "ada@example.com", "none": null, "tags": ["a", "b"],
    });
    assert_eq!(arrived[0].json(), expected);
    assert_eq!(arrived[0].header("content-type"), "application/json");
    assert!(
        arrived[0]
            .header("x-title")
            .ends_with("</script>  X-Injected: yes")
    );

    let config = json!({"url": remote.url("/"), "format": "html", "body": "<p>{{ issue.title }}</p>"});
    let mut call = crate::harness::call(config);
    call.issue.title = "<b>x</b>".to_owned();
    host.deliver("webhook", call).await;
    let arrived = remote.arrived();
    assert_eq!(arrived[1].body.as_ref(), b"<p>&lt;b&gt;x&lt;&#x2f;b&gt;</p>");
    assert_eq!(arrived[1].header("content-type"), "text/html; charset=utf-8");
}

#[tokio::test]
async fn a_template_that_cannot_work_is_refused_before_it_is_saved() {
    let host = host(&closed()).await;
    let problems = async |more: Value| {
        let mut config = json!({"url": "https://example.com"});
        config
            .as_object_mut()
            .expect("an object")
            .extend(more.as_object().expect("an object").clone());
        let found = host
            .validate_config("webhook", &config, &Grant::default())
            .await
            .expect("checked");
        let told = found
            .into_iter()
            .map(|problem| (problem.field.unwrap_or_default(), problem.message));
        told.collect::<Vec<_>>()
    };
    assert_eq!(
        problems(json!({"body": r#"{"text": {{ issue.title }}}"#})).await,
        []
    );
    for (config, field, says) in [
        (
            json!({"body": r#"{"text": "{{ issue.title }}"}"#}),
            "body",
            "Texts bring their quotes",
        ),
        (json!({"body": "{% for x in %}"}), "body", "line 1: "),
        (
            json!({"body": "{{ issue.title|shout }}", "format": "text"}),
            "body",
            "shout",
        ),
        (
            json!({"header_templates": {"X-A": "{{ 1 / 0 }"}}),
            "header_templates",
            "'X-A': ",
        ),
        (
            json!({"header_templates": {"Webhook-Id": "1"}}),
            "header_templates",
            "is set by the webhook itself",
        ),
        (
            json!({"environments": {"staging": "nowhere"}}),
            "environments",
            "'staging' needs a URL",
        ),
        (
            json!({"body": "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
            "format": "text"}),
            "body",
            "fuel",
        ),
    ] {
        let found = problems(config.clone()).await;
        assert_eq!(found.len(), 1, "{config}: {found:?}");
        assert_eq!(found[0].0, field, "{config}");
        assert!(found[0].1.contains(says), "{config}: {found:?}");
    }
}

#[tokio::test]
async fn events_go_where_their_environment_is_told() {
    let (usual, staging) = (Remote::accepting().await, Remote::accepting().await);
    let host = host_in("staging").await;
    let deliver = async |environments: Value, only: bool| {
        let config = json!({"url": usual.url("/"), "environments": environments, "only_environments": only});
        let attempt = host.deliver("webhook", call(config)).await;
        (attempt.outcome, usual.arrived().len(), staging.arrived().len())
    };
    let (done, ignored) = (AttemptOutcome::Done, AttemptOutcome::Ignored);
    let own = json!({"staging": staging.url("/own")});
    assert_eq!(deliver(own, true).await, (done.clone(), 0, 1));
    assert_eq!(
        deliver(json!({"staging": "-"}), false).await,
        (ignored.clone(), 0, 1)
    );
    assert_eq!(deliver(json!({"staging": ""}), true).await, (done.clone(), 1, 1));
    assert_eq!(
        deliver(json!({"production": staging.url("/")}), false).await,
        (done, 2, 1)
    );
    assert_eq!(
        deliver(json!({"production": staging.url("/")}), true).await,
        (ignored, 2, 1)
    );
}

#[tokio::test]
async fn an_installation_reaches_what_its_grant_leaves_it_and_a_network_that_it_names() {
    let remote = Remote::accepting().await;
    // The hub's configuration opens nothing.
    let host = host(&closed()).await;
    let deliver = async |hosts: Option<Vec<String>>, networks: &[&str]| {
        let mut call = call(json!({"url": remote.url("/")}));
        call.grant = Grant {
            hosts,
            networks: networks.iter().map(|&network| network.to_owned()).collect(),
        };
        host.deliver("webhook", call).await.outcome
    };
    let denied = |outcome: &AttemptOutcome, says: &str| match outcome {
        AttemptOutcome::Config { message } => assert!(message.contains(says), "{message}"),
        outcome => panic!("{outcome:?}"),
    };
    denied(&deliver(None, &[]).await, "private or reserved network");
    denied(
        &deliver(None, &["10.0.0.0/8"]).await,
        "private or reserved network",
    );
    assert_eq!(deliver(None, &["127.0.0.0/8"]).await, AttemptOutcome::Done);
    denied(&deliver(None, &[]).await, "private or reserved network");
    let other = Some(vec!["elsewhere.example".to_owned()]);
    denied(
        &deliver(other, &["127.0.0.0/8"]).await,
        "keeps this installation from http://127.0.0.1",
    );
    let origin = remote.url("");
    let own = Some(vec![origin.trim_end_matches('/').to_owned()]);
    assert_eq!(deliver(own, &["127.0.0.0/8"]).await, AttemptOutcome::Done);
    assert_eq!(remote.arrived().len(), 2);
}
