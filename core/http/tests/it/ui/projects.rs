//! Projects: made, set up, their keys.

use axum::http::StatusCode;
use errand_model::project::RateLimit;

use super::browser::Browser;
use super::seed;
use crate::support::Hub;

#[tokio::test]
async fn a_new_project_shows_what_to_paste() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let answer = browser
        .submit(
            "/projects/new",
            "/projects/new",
            &[("name", "Billing API"), ("platform", "go")],
        )
        .await;
    assert_eq!(answer.header("location"), "/projects/billing-api");
    let page = browser.follow(&answer).await;
    assert!(
        page.contains("Billing API is ready.") && page.contains("Waiting for the first event"),
        "{page}"
    );
    assert!(page.contains("@127.0.0.1:9000/2"), "the DSN is there: {page}");
    assert!(
        page.contains("<noscript><meta http-equiv=\"refresh\""),
        "it reloads without script"
    );
    for language in [
        "Python", "Node.js", "Rust", "Java", "Go", "Ruby", "PHP", ".NET", "curl",
    ] {
        assert!(page.contains(&format!("<summary>{language}")), "{language}");
    }
    for name in ["", "  ", &"x".repeat(65)] {
        let answer = browser
            .submit("/projects/new", "/projects/new", &[("name", name)])
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
}

#[tokio::test]
async fn the_list_shows_what_came_in() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    assert!(browser.page("/projects").await.contains("No event yet"));
    seed::store(&hub, &seed::error("CartError", "gone")).await;
    let page = browser.page("/projects").await;
    assert!(
        page.contains("<b>1</b> events in 24 h") && page.contains("<b>1</b> unresolved"),
        "{page}"
    );
    let page = browser.page("/projects/shop").await;
    assert!(
        page.contains("Events are coming in.") && page.contains("CartError: gone"),
        "{page}"
    );
}

#[tokio::test]
async fn keys_are_made_limited_and_revoked() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let url = "/projects/shop/keys";
    let answer = browser.submit(url, url, &[("label", "Staging")]).await;
    assert!(browser.follow(&answer).await.contains("<h2"));
    let keys = errand_store::keys::list(&hub.db.db, hub.project.id)
        .await
        .expect("read");
    let staging = keys.iter().find(|key| key.label == "Staging").expect("made");
    let one = format!("{url}/{}", staging.id);
    let read = || async {
        let key = errand_store::keys::by_public_key(&hub.db.db, &staging.public_key)
            .await
            .expect("read");
        key.expect("the key is there")
    };
    let answer = browser
        .submit(
            url,
            &one,
            &[("action", "limit"), ("count", "500"), ("window", "3600")],
        )
        .await;
    assert!(
        browser
            .follow(&answer)
            .await
            .contains("The limit of Staging is saved.")
    );
    assert_eq!(
        read().await.rate_limit,
        Some(RateLimit {
            count: 500,
            window: 3_600
        })
    );
    let answer = browser
        .submit(
            url,
            &one,
            &[("action", "limit"), ("count", "many"), ("window", "60")],
        )
        .await;
    assert!(
        browser
            .follow(&answer)
            .await
            .contains("A limit is a whole number")
    );
    browser.submit(url, &one, &[("action", "revoke")]).await;
    assert!(!read().await.is_active);
    assert!(browser.page(url).await.contains("revoked"));
    browser.submit(url, &one, &[("action", "restore")]).await;
    assert!(read().await.is_active);
    let other = browser
        .submit(url, &format!("{url}/1"), &[("action", "revoke")])
        .await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}
