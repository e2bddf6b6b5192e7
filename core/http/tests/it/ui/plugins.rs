//! Plugins on their page: held, let go, tried again.

use axum::http::StatusCode;
use errand_model::Secret;
use errand_model::grant::Grant;
use errand_store::installations::{self, NewInstallation};

use super::browser::Browser;
use crate::support::Hub;

#[tokio::test]
async fn a_plugin_that_is_held_says_why_and_is_let_go() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    assert!(browser.page("/plugins").await.contains("No plugin yet"));
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let new = NewInstallation {
        organization: hub.project.organization,
        project: Some(hub.project.id),
        plugin: "webhook",
        name: "Our <hook>",
        config: Secret::new("{}".to_owned()),
        grant: Grant::default(),
    };
    let cx = hub.state.context();
    let made = installations::create(&mut tx, cx, new).await.expect("made");
    installations::pause(&mut tx, made.id, "answered 401: <b>who are you?</b>")
        .await
        .expect("paused");
    tx.commit().await.expect("committed");
    let page = browser.page("/plugins").await;
    assert!(
        page.contains("Our &#60;hook&#62;") && page.contains("Shop"),
        "{page}"
    );
    assert!(page.contains("answered 401: &#60;b&#62;who are you?"), "{page}");
    let path = format!("/plugins/{}", made.id);
    let stands = async || {
        let found = installations::by_id(&hub.db.db, made.id).await.expect("read");
        found.expect("there").paused
    };
    let answer = browser.submit("/plugins", &path, &[("action", "resume")]).await;
    let page = browser.follow(&answer).await;
    assert!(
        page.contains("goes on.") && !page.contains("answered 401"),
        "{page}"
    );
    assert_eq!(stands().await, None);
    let answer = browser.submit("/plugins", &path, &[("action", "pause")]).await;
    let page = browser.follow(&answer).await;
    assert!(page.contains("paused by Ada Byron"), "{page}");
    assert!(stands().await.is_some());
    let answer = browser.submit("/plugins", &path, &[("action", "replay")]).await;
    assert!(browser.follow(&answer).await.contains("0 deliveries of"));
    let answer = browser.submit("/plugins", &path, &[("action", "burn")]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let answer = browser
        .submit("/plugins", "/plugins/1", &[("action", "resume")])
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_version_that_wants_more_says_what_and_runs_once_an_administrator_agrees() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let page = browser.page("/plugins").await;
    assert!(page.contains("Team &#60;chat&#62; 1.1.0"), "{page}");
    assert!(page.contains("send requests to &#60;b&#62;.example"), "{page}");
    let path = "/plugins/versions/team-chat/1.1.0";
    let answer = browser.submit("/plugins", path, &[("action", "agree")]).await;
    let page = browser.follow(&answer).await;
    assert!(
        page.contains("may run.") && !page.contains("nobody has agreed"),
        "{page}"
    );
    let answer = browser.submit("/plugins", path, &[("action", "remove")]).await;
    let page = browser.follow(&answer).await;
    assert!(
        !page.contains("chat&#62; 1.1.0") && page.contains("chat&#62; 1.0.0"),
        "{page}"
    );
}
