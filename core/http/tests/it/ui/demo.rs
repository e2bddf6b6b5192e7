//! The demo.

use axum::http::StatusCode;
use errand_store::projects::NewProject;

use super::browser::Browser;
use super::seed;
use crate::support::Hub;

#[tokio::test]
async fn a_button_without_script_sends_an_event_through_the_intake() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    assert_eq!(
        browser.get("/demo").await.status,
        StatusCode::NOT_FOUND,
        "without its project there is no demo"
    );
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let new = NewProject {
        organization: hub.project.organization,
        name: "Demo",
        slug: Some("demo"),
        platform: None,
    };
    let (project, key) = errand_store::projects::create(&mut tx, hub.state.context(), new)
        .await
        .expect("made");
    tx.commit().await.expect("committed");

    let page = browser.page("/demo").await;
    assert!(page.contains(&key.public_key), "the browser's half knows the DSN");
    for sample in ["checkout", "timeout", "slow", "crash"] {
        let answer = browser.submit("/demo", "/demo", &[("sample", sample)]).await;
        assert!(browser.follow(&answer).await.contains("The hub has it"));
    }
    let submissions: Vec<_> = hub
        .intake
        .submissions
        .lock()
        .expect("unpoisoned")
        .drain(..)
        .collect();
    assert_eq!(submissions.len(), 4);
    for submission in submissions {
        assert_eq!(submission.project, project.id);
        seed::store_envelope(&hub, std::str::from_utf8(&submission.body).expect("text")).await;
    }
    let stream = browser.page("/issues").await;
    for title in [
        "AttributeError",
        "DatabaseUnavailable",
        "The query took 2310 ms",
        "SIGSEGV",
    ] {
        assert!(stream.contains(title), "{title}: {stream}");
    }
    assert_eq!(
        browser.submit("/demo", "/demo", &[("sample", "?")]).await.status,
        StatusCode::BAD_REQUEST
    );
}
