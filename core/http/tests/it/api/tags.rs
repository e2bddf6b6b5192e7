//! Tags of an issue.

use axum::http::{Method, StatusCode};
use errand_store::testing::TestDb;
use serde_json::json;

use super::support::{Api, cursor, tags};

errand_store::on_both_databases!(tags_are_counted, values_come_in_pages);

async fn tags_are_counted(test: TestDb) {
    let api = Api::new(test).await;
    let event = |browser: &str| {
        let mut event = api.event("a");
        event.tags = tags(&[("browser.name", browser), ("license", "A")]);
        event
    };
    api.store([
        event("Firefox"),
        event("Firefox"),
        event("Safari"),
        api.event("a"),
    ])
    .await;
    let path = format!("/issues/{}/tags/", api.issue("a").await);
    let all = api.get(&path).await;
    let seen = "2026-09-21T14:13:20Z";
    let value = |key: &str, value: &str, count: i64| json!({"key": key, "name": value, "value": value, "count": count, "firstSeen": seen, "lastSeen": seen});
    let browser = json!({
        "key": "browser.name",
        "name": "Browser Name",
        "totalValues": 3,
        "uniqueValues": 2,
        "topValues": [value("browser.name", "Firefox", 2), value("browser.name", "Safari", 1)],
    });
    assert_eq!(all[0], browser);
    assert_eq!(all[1]["topValues"], json!([value("license", "A", 3)]));
    assert_eq!(api.get(&format!("{path}browser.name/")).await, browser);
    assert_eq!(
        api.get(&format!("{path}?key=license&limit=1")).await,
        json!([all[1]])
    );
    assert_eq!(
        api.get(&format!("{path}?limit=1")).await[0]["topValues"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    for missing in ["none/", "none/values/"] {
        let answer = api.call(Method::GET, &format!("{path}{missing}"), None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}

async fn values_come_in_pages(test: TestDb) {
    let api = Api::new(test).await;
    let mut events = Vec::new();
    for n in 0..10_i64 {
        for _ in 0..=n {
            let mut event = api.event("a");
            event.timestamp = event.timestamp.plus_seconds(-n * 60);
            event.tags = tags(&[("license", &format!("L{n}"))]);
            events.push(event);
        }
    }
    api.store(events).await;
    let path = format!("/issues/{}/tags/license/values/", api.issue("a").await);
    let mut values = Vec::new();
    let mut page = String::new();
    loop {
        let answer = api
            .call(Method::GET, &format!("{path}?limit=4{page}"), None)
            .await;
        let rows = answer.json();
        values.extend(
            rows.as_array()
                .expect("a list")
                .iter()
                .map(|row| row["value"].clone()),
        );
        match cursor(&answer, "next") {
            Some(next) => page = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(
        values,
        ["L9", "L8", "L7", "L6", "L5", "L4", "L3", "L2", "L1", "L0"]
    );
    assert_eq!(api.get(&format!("{path}?sort=date")).await[0]["value"], "L0");
    let wrong = api.refusal(Method::GET, &format!("{path}?sort=odd"), None).await;
    assert!(wrong.starts_with("sort: 'odd' is not allowed"), "{wrong}");
}
