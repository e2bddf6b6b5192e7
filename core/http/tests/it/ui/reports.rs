//! Reports and dashboards in a browser without script: asked by a form, answered as page, CSV and JSON, kept and shared.

use axum::http::StatusCode;
use errand_model::access::Role;
use serde_json::{Value, json};

use super::browser::Browser;
use super::seed;
use crate::support::Hub;

const ASKED: &str = "measure=users&by=license&span=24h&top=10&query=level%3Aerror";

/// Three users of one licence, of whom one has another as well.
async fn stage(hub: &Hub) {
    for (licence, user) in [
        ("ACME-1", "1"),
        ("ACME-1", "2"),
        ("ACME-1", "3"),
        ("=2+2", "3"),
        ("=2+2", "3"),
    ] {
        let mut event = seed::error("CartError", "gone");
        event["tags"]["license"] = json!(licence);
        event["user"] = json!({"id": user});
        seed::store(hub, &event).await;
    }
}

/// The cells of each row of the page's table.
fn table(page: &str) -> Vec<Vec<String>> {
    let (_, table) = page.split_once("<table class=\"numbers\">").expect("a table");
    let (table, _) = table.split_once("</table>").expect("its end");
    let rows = table.split("<tr").skip(1).map(|row| {
        let cells = row.split(['<', '>']).skip(1).step_by(2);
        let texts = cells.map(str::trim).filter(|text| !text.is_empty());
        texts.map(str::to_owned).collect()
    });
    rows.collect()
}

#[tokio::test]
async fn page_csv_and_json_say_the_same_numbers() {
    let hub = Hub::start().await;
    stage(&hub).await;
    let mut browser = Browser::signed_in(&hub).await;
    let page = browser.page(&format!("/reports?{ASKED}")).await;
    let rows = table(&page);
    let cells = |row: &[&str]| row.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    assert_eq!(rows[1], cells(&["ACME-1", "3"]), "{rows:?}");
    assert_eq!(rows[2], cells(&["=2+2", "1"]));
    assert_eq!(rows[3], cells(&["All together", "3"]));
    let csv = browser.get(&format!("/reports/table.csv?{ASKED}")).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        csv.text(),
        "license,users\r\nACME-1,3\r\n'=2+2,1\r\nall together,3\r\n"
    );
    let answer: Value = browser.get(&format!("/reports/answer.json?{ASKED}")).await.json();
    assert_eq!(
        answer["rows"][0],
        json!({"by": {"license": "ACME-1"}, "users": 3})
    );
    assert_eq!(answer["total"]["users"], 3);

    // Over time there is a picture, and all its numbers stand behind it.
    let page = browser.page(&format!("/reports?{ASKED}&step=hour")).await;
    assert!(
        page.contains("<svg class=\"lines-chart\"") && page.contains("role=\"img\""),
        "{page}"
    );
    assert_eq!(table(&page)[1].len(), 2 + 25);
}

#[tokio::test]
async fn what_makes_no_sense_is_said_on_the_page() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    for (asked, says) in [
        ("measure=tears", "is one of: events, users, issues"),
        ("query=level%3Aloud", "debug, info, warning, error, fatal"),
        ("project=nowhere", "There is no project &#39;nowhere&#39;"),
        ("span=dates", "2026-01-31"),
        ("span=90d&step=hour", "1000 steps"),
    ] {
        let answer = browser.get(&format!("/reports?{asked}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{asked}");
        assert!(answer.text().contains(says), "{asked}: {}", answer.text());
        let answer = browser.get(&format!("/reports/table.csv?{asked}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{asked}");
    }
}

#[tokio::test]
async fn ready_made_reports_are_answered() {
    let hub = Hub::start().await;
    stage(&hub).await;
    let mut browser = Browser::signed_in(&hub).await;
    let page = browser.page("/reports").await;
    let links: Vec<String> = page
        .split("href=\"/reports?")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|address| format!("/reports?{}", address.replace("&#38;", "&").replace("&amp;", "&")))
        .collect();
    assert!(links.len() >= 6, "{links:?}");
    for link in links {
        let page = browser.page(&link).await;
        assert!(
            page.contains("<h2 id=\"answer-title\">Answer</h2>"),
            "{link}: {page}"
        );
    }
}

#[tokio::test]
async fn reports_are_kept_shared_and_mailed() {
    let hub = Hub::start().await;
    stage(&hub).await;
    let mut ada = Browser::signed_in(&hub).await;
    let mut bob = Browser::of(&hub, "bob@example.com", Role::Member).await;
    let ask = r#"{"query":"","measure":"users","by":["license"],"span":"24h","top":10}"#;
    let fields = [("name", "Licences <b>"), ("ask", ask)];
    let kept = ada.submit("/reports", "/reports", &fields).await;
    let at = kept.header("location").to_owned();
    let page = ada.follow(&kept).await;
    assert!(
        page.contains("Licences &#60;b&#62;") && !page.contains("Licences <b>"),
        "{page}"
    );
    assert_eq!(table(&page)[1], ["ACME-1", "3"]);
    assert_eq!(bob.get(&at).await.status, StatusCode::NOT_FOUND);

    let shared = [("action", "save"), ("shared", "on"), fields[0], fields[1]];
    assert_eq!(ada.submit(&at, &at, &shared).await.status, StatusCode::SEE_OTHER);
    assert!(bob.page("/reports").await.contains("Licences &#60;b&#62;"));
    assert!(bob.page(&at).await.contains("Mail it to me"));
    let forgets = bob.submit(&at, &at, &[("action", "forget")]).await;
    assert_eq!(forgets.status, StatusCode::FORBIDDEN);

    let long = "ü".repeat(80);
    let unkept = ada
        .submit("/reports", "/reports", &[("name", &long), fields[1]])
        .await;
    let page = ada.follow(&unkept).await;
    assert!(page.contains("It is not kept:"), "{page}");
    assert_eq!(table(&page)[1], ["ACME-1", "3"], "what was asked is asked still");

    let mail = format!("{at}/mail");
    for (cron, status, says) in [
        ("*/5 * * * *", StatusCode::BAD_REQUEST, "once an hour at most"),
        ("often", StatusCode::BAD_REQUEST, "five fields"),
    ] {
        let answer = bob.submit(&at, &mail, &[("cron", cron), ("action", "set")]).await;
        assert_eq!(answer.status, status, "{cron}");
        let page = answer.text();
        assert!(page.contains(says), "{cron}: {page}");
        assert!(
            page.contains(&format!(r#"value="{cron}""#)),
            "it is still there: {page}"
        );
    }
    let weekly = [("schedule", "0 8 * * 1"), ("action", "set")];
    let answer = bob.submit(&at, &mail, &weekly).await;
    let page = bob.follow(&answer).await;
    assert!(page.contains("It is mailed to you, next"), "{page}");

    // Who does not see it any more has it no more.
    let own = [("action", "save"), fields[0], fields[1]];
    ada.submit(&at, &at, &own).await;
    assert_eq!(bob.get(&at).await.status, StatusCode::NOT_FOUND);
    ada.submit(&at, &at, &shared).await;
    assert!(!bob.page(&at).await.contains("It is mailed to you"));
    let forgotten = ada.submit(&at, &at, &[("action", "forget")]).await;
    assert!(ada.follow(&forgotten).await.contains("is forgotten"));
}

#[tokio::test]
async fn dashboards_show_reports_side_by_side() {
    let hub = Hub::start().await;
    stage(&hub).await;
    let mut ada = Browser::signed_in(&hub).await;
    let ask = r#"{"measure":"users","by":["license"],"span":"24h"}"#;
    let kept = ada
        .submit("/reports", "/reports", &[("name", "Licences"), ("ask", ask)])
        .await;
    let report = kept.header("location").trim_start_matches("/reports/").to_owned();
    let made = ada
        .submit("/dashboards", "/dashboards", &[("name", "Checkout")])
        .await;
    let at = made.header("location").to_owned();
    let page = ada.follow(&made).await;
    assert!(page.contains("There is nothing on it yet"), "{page}");
    let put = ada
        .submit(&at, &at, &[("action", "add"), ("report", &report)])
        .await;
    let page = ada.follow(&put).await;
    assert_eq!(table(&page)[1], ["ACME-1", "3"]);
    let unknown = ada.submit(&at, &at, &[("action", "add"), ("report", "5")]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let off = ada
        .submit(&at, &at, &[("action", "remove"), ("report", &report)])
        .await;
    assert!(ada.follow(&off).await.contains("There is nothing on it yet"));
    let forgotten = ada.submit(&at, &at, &[("action", "forget")]).await;
    assert!(
        ada.follow(&forgotten)
            .await
            .contains("is forgotten; its reports are kept")
    );

    let page = ada.page("/dashboards/overview?span=24h").await;
    for says in [
        "New issues",
        "No sessions were reported",
        "SHOP-1 CartError",
        "Issues that hit most users",
    ] {
        assert!(page.contains(says), "{says}: {page}");
    }
    assert_eq!(
        ada.get("/dashboards/overview?project=nowhere").await.status,
        StatusCode::NOT_FOUND
    );
}
