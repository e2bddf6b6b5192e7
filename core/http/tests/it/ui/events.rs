//! Events: neighbours, copies, files.

use axum::http::StatusCode;
use errand_model::EventId;
use serde_json::json;

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

/// Events of one issue: of two releases, two people, and each with an order of its own.
async fn orders(hub: &Hub) -> (String, Vec<String>) {
    let mut ids = Vec::new();
    let mut issue = None;
    for nth in 0..6 {
        hub.clock.advance_millis(1_000);
        let mut event = seed::error("CartError", &format!("order {nth} is lost"));
        event["release"] = json!(if nth < 4 { "shop@1.0" } else { "shop@1.1" });
        event["user"] = json!({"email": if nth % 2 == 0 { "kim@example.com" } else { "ada@example.com" }});
        event["timestamp"] = json!(1_789_990_000 + nth * 3_600);
        issue = Some(seed::issue(hub, &event).await);
        ids.push(event["event_id"].as_str().expect("an id").to_owned());
    }
    (format!("/issues/{}", issue.expect("an issue")), ids)
}

/// The events that a page lists, in order.
fn listed(page: &str, ids: &[String]) -> Vec<usize> {
    let mut places: Vec<(usize, usize)> = (0..ids.len())
        .filter_map(|nth| Some((page.find(&format!("title=\"{}\"", ids[nth]))?, nth)))
        .collect();
    places.sort_unstable();
    places.into_iter().map(|(_, nth)| nth).collect()
}

#[tokio::test]
async fn events_are_searched_as_issues_are() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let (url, ids) = orders(&hub).await;
    let all = browser.page(&format!("{url}/events")).await;
    assert_eq!(listed(&all, &ids), [5, 4, 3, 2, 1, 0]);
    assert!(
        all.contains("6 events, by hour") && all.contains("Firefox 128.0"),
        "{all}"
    );
    for (query, found) in [
        ("release%3Ashop%401.0", vec![3, 2, 1, 0]),
        ("user.email%3Akim%40example.com&sort=oldest", vec![0, 2, 4]),
        ("!release%3A*.0%20%22ORDER%205%22", vec![5]),
        ("timestamp%3A%3C2026-09-21T12%3A00%3A00Z", vec![0]),
        ("is%3Aresolved", vec![]),
        ("license%3AOTHER", vec![]),
    ] {
        let page = browser.page(&format!("{url}/events?query={query}")).await;
        assert_eq!(listed(&page, &ids), found, "{query}: {page}");
    }
    let found = browser
        .page(&format!("{url}/events?query=release%3Ashop%401.0"))
        .await;
    assert!(found.contains("4 events that match, by hour"), "{found}");
    assert!(found.contains(r#"value="release:shop@1.0""#), "{found}");
    let wrong = browser.page(&format!("{url}/events?query=level%3Aloud")).await;
    assert!(wrong.contains("The search cannot be read") && listed(&wrong, &ids).is_empty());
    let day = browser
        .page(&format!("{url}/events?query=!timestamp%3A2026-09-21"))
        .await;
    assert!(day.contains("ask for one of them with"), "{day}");
}

#[tokio::test]
async fn an_event_of_a_search_knows_what_comes_before_and_after_it_there() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let (url, ids) = orders(&hub).await;
    let search = "?query=user%2Eemail%3Akim%40example%2Ecom";
    let page = browser.page(&format!("{url}/events/{}{search}", ids[2])).await;
    for (nth, key) in [(0, "k"), (4, "j")] {
        let link = format!(r#"href="{url}/events/{}{search}" data-key="{key}""#, ids[nth]);
        assert!(page.contains(&link), "{link}: {page}");
    }
    assert!(
        page.contains(&format!(r#"href="{url}/events{search}""#)),
        "{page}"
    );
    let last = browser.page(&format!("{url}/events/{}{search}", ids[4])).await;
    assert!(last.contains("No next event"), "{last}");
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
