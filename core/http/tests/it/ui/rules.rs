//! The alert rules of a project.

use axum::http::StatusCode;

use super::browser::Browser;
use crate::support::Hub;

const URL: &str = "/projects/shop/rules";

#[tokio::test]
async fn rules_are_tried_mended_and_saved() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let tried = browser
        .submit(
            URL,
            URL,
            &[("rules", "one\r\ntwo"), ("enabled", "on"), ("do", "try")],
        )
        .await;
    assert_eq!(tried.status, StatusCode::OK);
    let page = tried.text();
    assert!(
        page.contains("two would have fired 1 time") && page.contains("12 changes of issues"),
        "{page}"
    );
    assert!(
        page.contains("&#60;b&#62;it&#60;/b&#62; broke"),
        "a title is text: {page}"
    );
    assert!(
        page.contains(">one\ntwo</textarea>"),
        "what was typed stays: {page}"
    );

    let bad = browser
        .submit(URL, URL, &[("rules", "one\r\nbad"), ("do", "save")])
        .await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = bad.text();
    assert!(
        page.contains("line 2: bad is not allowed") && page.contains(">one\nbad</textarea>"),
        "{page}"
    );

    let saved = browser
        .submit(
            URL,
            URL,
            &[("rules", "one\r\ntwo"), ("enabled", "on"), ("do", "save")],
        )
        .await;
    let page = browser.follow(&saved).await;
    assert!(
        page.contains("Saved.") && page.contains(">one\ntwo</textarea>"),
        "{page}"
    );
}
