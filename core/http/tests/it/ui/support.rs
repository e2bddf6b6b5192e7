//! Somebody who answers customers: from what a customer sent along to the issue, the ticket and the time line.

use axum::http::StatusCode;

use super::browser::{Browser, invite_as};
use super::seed;
use crate::support::Hub;

#[tokio::test]
async fn whatever_a_customer_sends_along_leads_to_their_issues() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let mut event = seed::error("CartError", "the basket is gone");
    event["event_id"] = "0123456789abcdef0123456789abcdef".into();
    seed::store(&hub, &event).await;
    seed::store(&hub, &seed::error("StockError", "nothing left")).await;
    let page = browser.page("/support").await;
    assert!(page.contains("What did this customer run into"), "{page}");
    for (clue, reason) in [
        ("kim%40example.com", "happened to them (e-mail)"),
        ("42", "happened to them (id)"),
        ("acme-1", "license: once"),
        ("0123456789abcdef0123456789abcdef", "has this event"),
        ("basket%20is%20gone", "says so"),
        ("SHOP-1", "named by you"),
    ] {
        let page = browser.page(&format!("/support?q={clue}")).await;
        for wanted in ["CartError", "no fix yet", reason] {
            assert!(page.contains(wanted), "{clue}: {wanted}: {page}");
        }
    }
    let page = browser.page("/support?q=nobody%40example.com").await;
    assert!(page.contains("Nothing was found"), "{page}");
    let page = browser
        .page("/support?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E")
        .await;
    assert!(!page.contains("<script>alert"), "{page}");
}

#[tokio::test]
async fn a_ticket_is_linked_from_there_and_leads_back() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let issue = seed::issue(&hub, &seed::error("CartError", "gone")).await;
    let url = "https://acme.zendesk.com/agent/tickets/4711";
    let fields = [("url", url), ("back", "/support?q=42")];
    let linked = browser
        .submit("/support?q=42", &format!("/issues/{issue}/tickets"), &fields)
        .await;
    let page = browser.follow(&linked).await;
    assert!(page.contains("SHOP-1 is linked with #4711"), "{page}");
    for clue in [
        "4711",
        "%234711",
        "https%3A%2F%2Facme.zendesk.com%2Fagent%2Ftickets%2F4711",
    ] {
        let page = browser.page(&format!("/support?q={clue}")).await;
        assert!(
            page.contains("linked with #4711") && page.contains("CartError"),
            "{clue}: {page}"
        );
    }
    let fields = [
        ("system", "zendesk/acme.zendesk.com"),
        ("id", "4711"),
        ("back", "/"),
    ];
    let of = format!("/issues/{issue}");
    assert!(browser.page(&of).await.contains(url));
    browser
        .submit(&of, &format!("{of}/tickets/unlink"), &fields)
        .await;
    assert!(!browser.page(&of).await.contains(url));
    let bad = [("url", "javascript:alert(1)"), ("back", of.as_str())];
    let refused = browser.submit(&of, &format!("{of}/tickets"), &bad).await;
    assert!(browser.follow(&refused).await.contains("no address of a ticket"));
}

#[tokio::test]
async fn a_time_line_tells_what_they_ran_into() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    for n in 0..51 {
        hub.clock.advance_millis(1_000);
        seed::store(&hub, &seed::error(&format!("Error{n:02}X"), "no")).await;
    }
    let first = browser.page("/support/timeline?q=kim%40example.com").await;
    for wanted in [
        "Error50X",
        "kim@example.com",
        "production · shop@4.1.0",
        "Event by event",
    ] {
        assert!(first.contains(wanted), "{wanted}: {first}");
    }
    assert!(!first.contains("Error00X"));
    let (_, rest) = first.split_once("before=").expect("a further page");
    let row = rest.split('"').next().expect("a row");
    let second = browser
        .page(&format!("/support/timeline?q=kim%40example.com&before={row}"))
        .await;
    assert!(
        second.contains("Error00X") && !second.contains("Error50X"),
        "{second}"
    );
    let page = browser.page("/support/timeline?q=ACME-1").await;
    assert!(
        page.contains("By what identifies them") && page.contains("license: ACME-1"),
        "{page}"
    );
    let page = browser.page("/support/timeline?q=nobody").await;
    assert!(page.contains("Nothing happened to them"), "{page}");
}

#[tokio::test]
async fn an_admin_says_what_identifies_customers() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    seed::store(&hub, &seed::error("CartError", "gone")).await;
    assert!(
        browser
            .page("/support?q=CPython")
            .await
            .contains("Nothing was found")
    );
    let set = [("project", "shop"), ("fields", "runtime.name\r\n")];
    let saved = browser.submit("/support/fields", "/support/fields", &set).await;
    assert!(browser.follow(&saved).await.contains("runtime.name"));
    let page = browser.page("/support?q=CPython").await;
    assert!(page.contains("runtime.name: once"), "{page}");
    let many: String = (0..21).map(|n| format!("tag{n}\n")).collect();
    let refused = browser
        .submit(
            "/support/fields",
            "/support/fields",
            &[("project", ""), ("fields", &many)],
        )
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("tag20"), "what was typed is still there");
    let (_, code) = invite_as(&hub, "bob@example.com", false).await;
    let mut bob = Browser::new(&hub);
    bob.post("/sign-in", &[("code", &code)]).await;
    assert_eq!(bob.get("/support/fields").await.status, StatusCode::FORBIDDEN);
    assert_eq!(bob.get("/support?q=42").await.status, StatusCode::OK);
}
