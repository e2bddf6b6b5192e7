//! A plugin is added, set, tried and taken out on pages that need no script, and that show no secret.

use axum::http::StatusCode;
use errand_store::installations::{self, Installation};
use serde_json::{Value, json};

use super::browser::Browser;
use crate::support::Hub;

const NEW: &str = "/plugins/new/team-chat";

async fn installed(hub: &Hub) -> Vec<Installation> {
    installations::list(&hub.db.db, None).await.expect("read")
}

fn config(of: &Installation) -> Value {
    serde_json::from_str(of.config.reveal()).expect("JSON")
}

/// The value of the hidden field in which secrets go from page to page.
fn kept(page: &str) -> String {
    let (_, rest) = page.split_once(r#"name="kept" value=""#).expect("the field");
    rest.split_once('"').expect("its end").0.to_owned()
}

async fn add(hub: &Hub, browser: &mut Browser<'_>) -> (Installation, String) {
    let fields = [
        ("do", "save"),
        ("name", "Chat of <us>"),
        ("project", "shop"),
        ("enabled", "on"),
        ("field-url", "https://chat.example/hook"),
        ("field-token", "t0ps3cret"),
        ("field-headers", "X-Key: k3y\r\nX-Other: 0ther"),
        ("field-count", "3"),
        ("field-loud", "on"),
        ("field-urgency", "high"),
        ("field-days", "low"),
        ("field-days", "high"),
        ("field-names", "a: b"),
        ("field-text", "one\r\n  two"),
    ];
    let answer = browser.submit(NEW, NEW, &fields).await;
    let page = browser.follow(&answer).await;
    let made = installed(hub).await.remove(0);
    (made, page)
}

#[tokio::test]
async fn a_plugin_is_added_by_its_form_and_its_secrets_never_come_back() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let page = browser.page("/plugins/new").await;
    assert!(page.contains(r#"href="/plugins/new/team-chat""#), "{page}");
    let page = browser.page(NEW).await;
    for part in [
        "Does &#60;something&#62;.",
        r#"type="password""#,
        "send requests to &#60;b&#62;.example",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (made, page) = add(&hub, &mut browser).await;
    assert_eq!(
        (made.name.as_str(), made.project),
        ("Chat of <us>", Some(hub.project.id))
    );
    let expected = json!({
        "url": "https://chat.example/hook", "token": "t0ps3cret", "headers": {"X-Key": "k3y", "X-Other": "0ther"},
        "count": 3, "loud": true, "urgency": "high", "days": ["low", "high"], "names": {"a": "b"},
        "text": "one\n  two",
    });
    assert_eq!(config(&made), expected);
    for part in [
        "Chat of &#60;us&#62;",
        r#"value="https://chat.example/hook""#,
        "X-Key: ********",
        "a: b",
        r#"<option value="high" selected>"#,
        "one\n  two",
        r#"<option value="shop" selected>"#,
        "Leave it empty to keep it.",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for secret in ["t0ps3cret", "k3y", "0ther"] {
        assert!(!page.contains(secret), "{page}");
    }
}

#[tokio::test]
async fn what_is_saved_again_keeps_the_secrets_that_were_not_typed() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let (made, _) = add(&hub, &mut browser).await;
    let path = format!("/plugins/{}/settings", made.id);
    let fields = [
        ("do", "save"),
        ("name", "Chat"),
        ("field-url", "https://chat.example/other"),
        ("field-headers", "X-Key: ********\nX-Third: n3w"),
        ("field-loud", "on"),
    ];
    let answer = browser.submit(&path, &path, &fields).await;
    let page = browser.follow(&answer).await;
    assert!(page.contains("Saved."), "{page}");
    let saved = installed(&hub).await.remove(0);
    assert_eq!(
        (saved.name.as_str(), saved.project, saved.is_enabled),
        ("Chat", None, false)
    );
    let expected = json!({
        "url": "https://chat.example/other", "token": "t0ps3cret", "headers": {"X-Key": "k3y", "X-Third": "n3w"},
        "loud": true,
    });
    assert_eq!(config(&saved), expected);
    let fields = [
        ("do", "save"),
        ("field-url", "https://chat.example/"),
        ("clear-field-token", "on"),
    ];
    let answer = browser.submit(&path, &path, &fields).await;
    browser.follow(&answer).await;
    let saved = config(&installed(&hub).await.remove(0));
    assert_eq!(saved["token"], Value::Null, "somebody took it away");
}

#[tokio::test]
async fn what_is_wrong_stands_at_its_field_and_nothing_is_typed_twice() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let wrong = [
        ("do", "save"),
        ("name", "Chat"),
        ("enabled", "on"),
        ("field-url", "https://bad.example/"),
        ("field-token", "t0ps3cret"),
        ("field-count", "many"),
    ];
    let answer = browser.submit(NEW, NEW, &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text().to_owned();
    for part in [
        r#"<p class="problem" id="field-url-problem" role="alert">answers &#60;404&#62;</p>"#,
        r#"<p class="problem" id="field-count-problem" role="alert">must be a number</p>"#,
        r#"aria-invalid="true" aria-describedby="field-url-problem""#,
        r##"<a href="#field-url">"##,
        r#"value="many""#,
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("t0ps3cret"), "{page}");
    assert!(installed(&hub).await.is_empty());
    let kept = kept(&page);
    let mended = [
        ("do", "save"),
        ("name", "Chat"),
        ("enabled", "on"),
        ("kept", &kept),
        ("field-url", "https://good.example/"),
    ];
    let answer = browser.submit(NEW, NEW, &mended).await;
    browser.follow(&answer).await;
    assert_eq!(
        config(&installed(&hub).await.remove(0)),
        json!({"url": "https://good.example/", "token": "t0ps3cret", "loud": false})
    );
    let (_, code) = super::browser::invite_as(&hub, "bob@example.com", true).await;
    let mut other = Browser::new(&hub);
    other.post("/sign-in", &[("code", &code)]).await;
    let answer = other.submit(NEW, NEW, &mended).await;
    other.follow(&answer).await;
    let stolen = config(&installed(&hub).await.remove(1));
    assert_eq!(
        stolen["token"],
        Value::Null,
        "it opens in the session of its page alone"
    );
}

#[tokio::test]
async fn choices_are_looked_up_with_what_is_typed_and_tried_before_they_are_saved() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let fields = [
        ("do", "look-up:project"),
        ("field-url", "https://chat.example/"),
        ("field-token", "t0ps3cret"),
        ("field-project", "sho"),
    ];
    let answer = browser.submit(NEW, NEW, &fields).await;
    let page = answer.text();
    assert!(page.contains(r#"<select name="pick-project""#), "{page}");
    assert!(
        page.contains(r#"<option value="sho-1">The &#60;first&#62; (sho-1)"#),
        "{page}"
    );
    assert!(page.contains(r#"value="look-up:project:2""#), "{page}");
    let (asked, with) = hub.plugins.looked_up.lock().expect("unpoisoned").remove(0);
    assert_eq!((asked.query.as_str(), asked.page), ("sho", None));
    assert!(with.contains("t0ps3cret"), "{with}");
    let kept = kept(page);
    let fields = [
        ("do", "save"),
        ("kept", kept.as_str()),
        ("enabled", "on"),
        ("field-url", "https://chat.example/"),
        ("field-project", "sho"),
        ("pick-project", "sho-1"),
    ];
    let answer = browser.submit(NEW, NEW, &fields).await;
    browser.follow(&answer).await;
    let made = installed(&hub).await.remove(0);
    assert_eq!(config(&made)["project"], "sho-1");

    let path = format!("/plugins/{}/settings", made.id);
    for (deed, heading) in [("rehearse", "What it would do"), ("test", "What it did")] {
        let fields = [("do", deed), ("field-url", "https://else.example/")];
        let answer = browser.submit(&path, &path, &fields).await;
        let page = answer.text();
        assert!(
            page.contains(heading) && page.contains("&#60;hello&#62;"),
            "{page}"
        );
        assert!(page.contains(r#"value="https://else.example/""#), "{page}");
    }
    let trials = hub.plugins.trials.lock().expect("unpoisoned").clone();
    let is_dry_run: Vec<_> = trials.iter().map(|(_, is_dry_run)| *is_dry_run).collect();
    assert_eq!(is_dry_run, [true, false]);
    assert!(trials[0].0.contains("else.example") && trials[0].0.contains("t0ps3cret"));
    assert_eq!(
        config(&installed(&hub).await[0])["url"],
        "https://chat.example/",
        "nothing was saved"
    );
}

#[tokio::test]
async fn only_administrators_set_plugins_and_one_is_taken_out_for_good() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let (made, page) = add(&hub, &mut browser).await;
    assert!(page.contains("Take it out for good"), "{page}");
    let path = format!("/plugins/{}/settings", made.id);
    let (_, code) = super::browser::invite_as(&hub, "bob@example.com", false).await;
    let mut member = Browser::new(&hub);
    member.post("/sign-in", &[("code", &code)]).await;
    for page in ["/plugins/new", NEW, &path] {
        assert_eq!(member.get(page).await.status, StatusCode::FORBIDDEN, "{page}");
    }
    assert!(!member.page("/plugins").await.contains("/plugins/new"));
    let act = format!("/plugins/{}", made.id);
    let refused = member.submit("/plugins", &act, &[("action", "remove")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let answer = browser.submit(&path, &act, &[("action", "remove")]).await;
    assert!(browser.follow(&answer).await.contains("is taken out."));
    assert!(installed(&hub).await.is_empty());
}
