//! Events: neighbours, copies, files.

use axum::http::StatusCode;
use errand_model::EventId;

use super::browser::Browser;
use super::seed;
use crate::support::Hub;

#[tokio::test]
async fn one_goes_from_event_to_event() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let events = [
        seed::error("CartError", "a"),
        seed::error("CartError", "b"),
        seed::error("CartError", "c"),
    ];
    let mut issue = None;
    for event in &events {
        hub.clock.advance_millis(1_000);
        issue = Some(seed::issue(&hub, event).await);
    }
    let url = format!("/issues/{}", issue.expect("an issue"));
    let id = |at: usize| events[at]["event_id"].as_str().expect("an id").to_owned();
    let page = browser.page(&format!("{url}/events/{}", id(1))).await;
    assert!(
        page.contains(&format!(r#"href="{url}/events/{}" data-key="k""#, id(0))),
        "{page}"
    );
    assert!(
        page.contains(&format!(r#"href="{url}/events/{}" data-key="j""#, id(2))),
        "{page}"
    );
    let newest = browser.page(&url).await;
    assert!(
        newest.contains(&id(2)) && newest.contains("No next event"),
        "{newest}"
    );
    let answer = browser.get(&format!("{url}/events/{}", EventId::random())).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_event_is_copied_as_json_text_and_markdown() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let issue = seed::issue(&hub, &seed::error("CartError", "gone")).await;
    let url = format!("/issues/{issue}/events/latest");
    let raw = browser.get(&format!("{url}/raw")).await;
    assert_eq!(raw.json()["release"], "shop@4.1.0");
    assert_eq!(raw.header("x-content-type-options"), "nosniff");
    let text = browser.page(&format!("{url}/text")).await;
    assert!(
        text.contains("CartError: gone\n  at check_CartError (shop/cart.py:7) [in-app]"),
        "{text}"
    );
    let markdown = browser.page(&format!("{url}/markdown")).await;
    assert!(
        markdown.starts_with("### CartError: gone") && markdown.contains(&format!("/issues/{issue})")),
        "{markdown}"
    );
}

#[tokio::test]
async fn files_are_only_ever_downloaded() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let event = seed::error("CartError", "gone");
    let id = event["event_id"].as_str().expect("an id").to_owned();
    let page = "<script>alert(1)</script>";
    let envelope = format!(
        "{{\"event_id\":\"{id}\"}}\n{{\"type\":\"event\"}}\n{event}\n\
         {{\"type\":\"attachment\",\"length\":{},\"filename\":\"a b.html\",\"content_type\":\"text/html\"}}\n{page}\n",
        page.len()
    );
    seed::store_envelope(&hub, &envelope).await;
    let shown = browser.page("/issues/SHOP-1").await;
    let (_, rest) = shown.split_once("/attachments/").expect("a link to the file");
    let file = rest.split('"').next().expect("an id");
    let answer = browser
        .get(&format!("/issues/SHOP-1/events/{id}/attachments/{file}"))
        .await;
    assert_eq!(answer.text(), page);
    assert_eq!(answer.header("content-type"), "application/octet-stream");
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename*=UTF-8''a%20b%2Ehtml"
    );
    let missing = browser
        .get(&format!("/issues/SHOP-1/events/{id}/attachments/1"))
        .await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}
