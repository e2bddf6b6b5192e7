//! The stream and the pages of an issue.

use axum::http::StatusCode;
use errand_model::IssueId;
use errand_model::issue::{Assignee, Issue, Resolution, Status};
use serde_json::json;

use super::browser::Browser;
use super::seed;
use crate::support::Hub;

async fn read(hub: &Hub, id: IssueId) -> Issue {
    errand_store::issues::get(&hub.db.db, id)
        .await
        .expect("read")
        .expect("the issue is there")
}

#[tokio::test]
async fn an_empty_hub_leads_to_the_demo_and_to_a_project() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let page = browser.page("/issues").await;
    assert!(
        page.contains("No event has come yet") && page.contains(r#"href="/demo""#),
        "{page}"
    );
}

#[tokio::test]
async fn the_stream_shows_what_happened_and_finds_it() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    seed::store(&hub, &seed::error("CartError", "the basket is gone")).await;
    seed::store(&hub, &seed::error("StockError", "nothing left")).await;
    let page = browser.page("/issues").await;
    for wanted in [
        "CartError",
        "the basket is gone",
        "SHOP-1",
        "StockError",
        r#"role="img""#,
        "1 event in 24 hours",
    ] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    let page = browser
        .page("/issues?project=shop&query=is%3Aunresolved%20basket&sort=freq")
        .await;
    assert!(
        page.contains("CartError") && !page.contains("StockError"),
        "{page}"
    );
    let page = browser.page("/issues?query=is%3Aresolved").await;
    assert!(page.contains("No issue matches"), "{page}");
    assert_eq!(
        browser.get("/issues?project=nothing").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        browser.get("/issues?cursor=nonsense").await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_search_that_cannot_be_read_says_where_and_why() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let page = browser.page("/issues?query=level%3Aloud").await;
    assert!(
        page.contains("The search cannot be read") && page.contains("debug"),
        "{page}"
    );
    assert!(page.contains(r#"aria-invalid="true""#));
}

#[tokio::test]
async fn pages_of_the_stream_are_linked_both_ways() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    for n in 0..51 {
        hub.clock.advance_millis(1_000);
        seed::store(&hub, &seed::error(&format!("Error{n:02}X"), "no")).await;
    }
    let first = browser.page("/issues").await;
    assert!(first.contains("Error50X") && !first.contains("Error00X"));
    let (_, rest) = first
        .split_once(r#"<a class="button slim" href=""#)
        .expect("a link to the next page");
    let next = rest
        .split('"')
        .next()
        .expect("an address")
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    let second = browser.page(&next).await;
    assert!(
        second.contains("Error00X") && !second.contains("Error50X"),
        "{next}"
    );
    assert!(second.contains(r#"rel="prev""#));
}

#[tokio::test]
async fn every_page_of_an_issue_answers() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let issue = seed::issue(&hub, &seed::error("CartError", "gone")).await;
    for (path, wanted) in [
        ("", "Stack trace"),
        ("/events", "kim@example.com"),
        ("/events/latest", "Breadcrumbs"),
        ("/events/oldest", "Breadcrumbs"),
        ("/tags", "license"),
        ("/tags/license", "ACME-1"),
        ("/activity", "saw it for the first time"),
        ("/deliveries", "No plugin was sent for"),
        ("/grouping", "check_CartError"),
    ] {
        let page = browser.page(&format!("/issues/{issue}{path}")).await;
        assert!(page.contains(wanted), "{path}: {page}");
    }
    assert!(
        browser.page("/issues/SHOP-1").await.contains("CartError"),
        "an issue is found by its short id"
    );
    for path in [
        "/issues/99",
        "/issues/SHOP-9",
        "/issues/nonsense",
        "/issues/SHOP-1/tags/nothing",
        "/nowhere",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
    }
}

/// Presses a button of an issue, and answers the page that it leads to.
async fn press(browser: &mut Browser<'_>, issue: IssueId, fields: &[(&str, &str)]) -> String {
    let url = format!("/issues/{issue}");
    let mut all = vec![("back", url.as_str())];
    all.extend_from_slice(fields);
    let answer = browser.submit(&url, &format!("{url}/actions"), &all).await;
    browser.follow(&answer).await
}

#[tokio::test]
async fn an_issue_is_resolved_and_taken_up_again() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let issue = seed::issue(&hub, &seed::error("CartError", "gone")).await;
    let page = press(&mut browser, issue, &[("action", "resolve")]).await;
    assert!(
        page.contains("SHOP-1 is resolved.") && page.contains("Unresolve"),
        "{page}"
    );
    assert_eq!(read(&hub, issue).await.status, Status::Resolved);
    press(&mut browser, issue, &[("action", "unresolve")]).await;
    assert_eq!(read(&hub, issue).await.status, Status::Unresolved);
    press(&mut browser, issue, &[("action", "resolve-current")]).await;
    let resolution = read(&hub, issue).await.resolution;
    assert_eq!(
        resolution,
        Some(Resolution::InRelease {
            version: "shop@4.1.0".to_owned()
        })
    );
    press(&mut browser, issue, &[("action", "resolve-next")]).await;
    let resolution = read(&hub, issue).await.resolution;
    assert_eq!(
        resolution,
        Some(Resolution::InNextRelease {
            after: Some("shop@4.1.0".to_owned())
        })
    );
    let page = browser.page(&format!("/issues/{issue}/activity")).await;
    assert!(
        page.contains("Ada Byron") && page.contains("resolved it in the next release"),
        "{page}"
    );
}

#[tokio::test]
async fn an_issue_is_archived_until_something_happens() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let issue = seed::issue(&hub, &seed::error("CartError", "gone")).await;
    let page = press(
        &mut browser,
        issue,
        &[("action", "archive-events"), ("count", "50"), ("window", "60")],
    )
    .await;
    assert!(page.contains("until 50 more events within 1 h"), "{page}");
    let until = read(&hub, issue).await.archive.expect("archived");
    assert_eq!(
        until
            .events
            .map(|limit| (limit.more, limit.base, limit.window_minutes)),
        Some((50, 1, Some(60)))
    );
    press(&mut browser, issue, &[("action", "unresolve")]).await;
    press(&mut browser, issue, &[("action", "archive-for"), ("hours", "24")]).await;
    let until = read(&hub, issue).await.archive.expect("archived");
    assert_eq!(until.date, Some(hub.state.now().plus_seconds(86_400)));
    let url = format!("/issues/{issue}");
    let answer = browser
        .submit(
            &url,
            &format!("{url}/actions"),
            &[("action", "archive-users"), ("count", "-1")],
        )
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_issue_is_given_to_somebody_and_spoken_of() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let issue = seed::issue(&hub, &seed::error("CartError", "gone")).await;
    let people = errand_store::people::list(&hub.db.db).await.expect("read");
    let value = format!("user:{}", people[0].id);
    let page = press(&mut browser, issue, &[("action", "assign"), ("assignee", &value)]).await;
    assert!(page.contains("SHOP-1 is assigned."), "{page}");
    assert_eq!(
        read(&hub, issue).await.assignee,
        Some(Assignee::User(people[0].id))
    );
    let url = format!("/issues/{issue}");
    let answer = browser
        .submit(
            &url,
            &format!("{url}/comments"),
            &[("text", "It is the <b>basket</b>.")],
        )
        .await;
    let page = browser.follow(&answer).await;
    assert!(
        page.contains("It is the &#60;b&#62;basket&#60;/b&#62;."),
        "{page}"
    );
    assert_eq!(read(&hub, issue).await.comments, 1);
}

#[tokio::test]
async fn ticked_issues_are_changed_together() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let one = seed::issue(&hub, &seed::error("CartError", "gone")).await;
    let two = seed::issue(&hub, &seed::error("StockError", "gone")).await;
    let (first, second) = (one.to_string(), two.to_string());
    let ids = [
        ("id", first.as_str()),
        ("id", second.as_str()),
        ("back", "/issues"),
    ];
    let answer = browser
        .submit(
            "/issues",
            "/issues/actions",
            &[("action", "resolve"), ids[0], ids[1], ids[2]],
        )
        .await;
    assert!(browser.follow(&answer).await.contains("2 issues are resolved."));
    assert_eq!(read(&hub, two).await.status, Status::Resolved);
    let page = browser.page("/issues").await;
    assert!(
        !page.contains("2 issues are resolved."),
        "a message is shown once"
    );
    assert!(page.contains("Nothing is waiting for you"), "{page}");
    let none = browser
        .submit(
            "/issues?query=",
            "/issues/actions",
            &[("action", "resolve"), ids[2]],
        )
        .await;
    assert!(browser.follow(&none).await.contains("Nothing was selected"));
    let merged = browser
        .submit(
            "/issues?query=",
            "/issues/actions",
            &[("action", "merge"), ids[0], ids[1], ids[2]],
        )
        .await;
    assert!(browser.follow(&merged).await.contains("2 issues are one now."));
    let left = errand_store::issues::by_ids(&hub.db.db, &[one, two])
        .await
        .expect("read");
    assert_eq!(left.iter().map(|issue| issue.times_seen).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn an_issue_is_merged_by_its_short_id_and_deleted_with_its_future() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let one = seed::issue(&hub, &seed::error("CartError", "gone")).await;
    let two = seed::issue(&hub, &seed::error("StockError", "gone")).await;
    let page = press(&mut browser, one, &[("action", "merge"), ("other", "SHOP-9")]).await;
    assert!(page.contains("There is no issue of that name"), "{page}");
    press(&mut browser, one, &[("action", "merge"), ("other", "shop-2")]).await;
    assert_eq!(read(&hub, one).await.times_seen, 2);
    assert_eq!(
        errand_store::issues::get(&hub.db.db, two).await.expect("read"),
        None
    );
    let url = format!("/issues/{one}");
    let fields = [("action", "discard"), ("back", "/issues?project=shop")];
    let answer = browser.submit(&url, &format!("{url}/actions"), &fields).await;
    assert!(browser.follow(&answer).await.contains("SHOP-1 is deleted."));
    seed::store(&hub, &seed::error("CartError", "gone")).await;
    assert!(
        !browser.page("/issues?query=").await.contains("CartError"),
        "a discarded issue does not come back"
    );
}

#[tokio::test]
async fn a_message_and_a_browsers_report_have_pages_too() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let id = errand_model::EventId::random();
    let message = json!({"event_id": id, "level": "warning", "logentry": {"message": "took %s ms", "params": [7], "formatted": "took 7 ms"}});
    let issue = seed::issue(&hub, &message).await;
    let page = browser.page(&format!("/issues/{issue}")).await;
    assert!(
        page.contains("took 7 ms") && page.contains("Parameters"),
        "{page}"
    );
}
