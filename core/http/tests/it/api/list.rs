//! Lists of issues: shape, order, pages.

use axum::http::{Method, StatusCode};
use errand_model::{EventId, Timestamp};
use errand_store::testing::TestDb;
use serde_json::{Value, json};

use super::support::{Api, cursor, tags, user};

errand_store::on_both_databases!(
    an_issue_is_listed_as_sentry_lists_it,
    lists_are_sorted,
    pages_have_neither_gaps_nor_duplicates,
    pages_go_back_to_the_start,
    several_projects_are_listed_together,
    parameters_narrow_a_list,
);

/// What a list says of the first issue of `project`, without what differs between runs.
fn first_issue(project: &str) -> Value {
    json!({
        "shareId": null,
        "shortId": "SHOP-1",
        "title": "Error: a",
        "culprit": "shop.checkout",
        "logger": null,
        "level": "error",
        "status": "unresolved",
        "statusDetails": {},
        "substatus": "new",
        "isPublic": false,
        "platform": "python",
        "project": {
            "id": project, "slug": "shop", "name": "Shop", "platform": null
        },
        "type": "error",
        "metadata": {"type": "Error", "value": "a"},
        "numComments": 0,
        "assignedTo": null,
        "isBookmarked": false,
        "isSubscribed": false,
        "subscriptionDetails": null,
        "hasSeen": false,
        "annotations": [],
        "issueType": "error",
        "issueCategory": "error",
        "priority": "high",
        "isUnhandled": true,
        "count": "1",
        "userCount": 1,
        "firstSeen": "2026-09-21T14:13:20Z",
        "lastSeen": "2026-09-21T14:13:20Z",
    })
}

async fn an_issue_is_listed_as_sentry_lists_it(test: TestDb) {
    let api = Api::new(test).await;
    let mut event = api.event("a");
    event.release = Some("shop@1.0".to_owned());
    event.user = Some(user("1", "ada@example.com"));
    event.tags = tags(&[("handled", "no")]);
    api.store([event]).await;
    let answer = api.call(Method::GET, "/projects/acme/shop/issues/", None).await;
    assert_eq!(answer.header("x-hits"), "1");
    let mut list = answer.json();
    let issue = list[0].as_object_mut().expect("an issue");
    let id = issue
        .remove("id")
        .expect("an id")
        .as_str()
        .expect("text")
        .to_owned();
    let permalink = issue.remove("permalink").expect("a link");
    assert!(
        permalink
            .as_str()
            .expect("text")
            .starts_with("http://127.0.0.1:9000/"),
        "{permalink}"
    );
    let stats = issue.remove("stats").expect("stats");
    let day = stats["24h"].as_array().expect("a series");
    assert_eq!(day.len(), 24);
    assert_eq!(day[23], json!([1_789_999_200, 1]));
    assert_eq!(day[22], json!([1_789_995_600, 0]));
    assert_eq!(
        Value::Object(issue.clone()),
        first_issue(&api.hub.project.id.to_string())
    );
    assert_eq!(api.get(&format!("/issues/{id}/")).await["id"], id.as_str());
    let fortnight = api.get("/projects/acme/shop/issues/?statsPeriod=14d").await;
    assert_eq!(fortnight[0]["stats"]["14d"].as_array().map(Vec::len), Some(14));
    let without = api.get("/projects/acme/shop/issues/?statsPeriod=").await;
    assert_eq!(without[0].get("stats"), None);
}

async fn titles(api: &Api, path: &str) -> Vec<String> {
    let list = api.get(path).await;
    let title = |issue: &Value| {
        issue["title"]
            .as_str()
            .expect("a title")
            .trim_start_matches("Error: ")
            .to_owned()
    };
    list.as_array().expect("a list").iter().map(title).collect()
}

async fn lists_are_sorted(test: TestDb) {
    let api = Api::new(test).await;
    // Each is first in one order: a was seen last, b first seen last, c has the most events, d the most users.
    let mut events = Vec::new();
    for (group, first, last, count, users) in [
        ("a", 1, 90, 2, 1),
        ("b", 9, 10, 2, 0),
        ("c", 3, 50, 7, 2),
        ("d", 4, 60, 4, 4),
    ] {
        for n in 0..count {
            let mut event = api.event(group);
            let minute = if n == 0 { first } else { last };
            event.timestamp = Timestamp::from_seconds(1_789_990_000 + minute * 60);
            event.user = (n < users).then(|| user(&n.to_string(), "someone@example.com"));
            events.push(event);
        }
    }
    api.store(events).await;
    for (sort, order) in [
        ("", ["a", "d", "c", "b"]),
        ("date", ["a", "d", "c", "b"]),
        ("new", ["b", "d", "c", "a"]),
        ("freq", ["c", "d", "b", "a"]),
        ("user", ["d", "c", "a", "b"]),
    ] {
        assert_eq!(
            titles(&api, &format!("/projects/acme/shop/issues/?sort={sort}")).await,
            order,
            "{sort}"
        );
    }
    assert_eq!(
        titles(&api, "/projects/acme/shop/issues/?sort=trends")
            .await
            .len(),
        4
    );
    let wrong = api
        .refusal(Method::GET, "/projects/acme/shop/issues/?sort=best", None)
        .await;
    assert!(wrong.contains("date, new, freq, user, trends"), "{wrong}");
}

/// Ids of all pages, with new issues stored between them.
async fn walk(api: &Api, path: &str, mut between: impl AsyncFnMut()) -> Vec<String> {
    let mut ids = Vec::new();
    let mut next = Some(String::new());
    while let Some(cursor_of_page) = next {
        let page = format!("{path}&cursor={cursor_of_page}").replace("&cursor=&", "&");
        let page = page.trim_end_matches("&cursor=").to_owned();
        let answer = api.call(Method::GET, &page, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let rows = answer.json();
        let rows = rows.as_array().expect("a list");
        assert!(rows.len() <= 7);
        ids.extend(
            rows.iter()
                .map(|issue| issue["id"].as_str().expect("an id").to_owned()),
        );
        next = cursor(&answer, "next");
        between().await;
    }
    ids
}

async fn pages_have_neither_gaps_nor_duplicates(test: TestDb) {
    let api = Api::new(test).await;
    // Many share their sort key: all have one event, and there are two times.
    let event = |n: usize| {
        let mut event = api.event(&format!("group {n}"));
        event.timestamp = Timestamp::from_seconds(1_789_990_000 + (n as i64 % 2) * 60);
        event.tags = tags(&[("license", "A")]);
        event
    };
    api.store((0..30).map(event)).await;
    for query in [
        "",
        "license:A",
        "license:A is:unresolved",
        "!license:B",
        "title:group",
    ] {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        for sort in ["date", "new", "freq", "user", "trends"] {
            let before = api.get("/organizations/acme/issues/?query=&limit=100").await;
            let mut expected: Vec<String> = before
                .as_array()
                .expect("a list")
                .iter()
                .map(|issue| issue["id"].as_str().expect("an id").to_owned())
                .collect();
            let path = format!("/organizations/acme/issues/?query={query}&sort={sort}&limit=7");
            let mut ids = walk(&api, &path, async || {
                let mut later = api.event(&EventId::random().to_string());
                later.tags = tags(&[("license", "C")]);
                later.title = "later".to_owned();
                api.store([later]).await;
            })
            .await;
            let count = ids.len();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), count, "{sort} {query}: no issue is listed twice");
            if query.starts_with("license") || query.starts_with("title") {
                expected = api
                    .get("/organizations/acme/issues/?query=license%3AA&limit=100")
                    .await
                    .as_array()
                    .expect("a list")
                    .iter()
                    .map(|issue| issue["id"].as_str().expect("an id").to_owned())
                    .collect();
            }
            let missing: Vec<_> = expected.iter().filter(|id| !ids.contains(id)).collect();
            assert!(missing.is_empty(), "{sort} {query}: {missing:?}");
            api.delete("/organizations/acme/issues/?query=license%3AC").await;
        }
    }
}

async fn pages_go_back_to_the_start(test: TestDb) {
    let api = Api::new(test).await;
    api.store((0..10).map(|n| api.event(&format!("{n}")))).await;
    let path = "/organizations/acme/issues/?limit=4";
    let first = api.call(Method::GET, path, None).await;
    assert_eq!(cursor(&first, "previous"), None);
    let second = cursor(&first, "next").expect("a second page");
    let second = api
        .call(Method::GET, &format!("{path}&cursor={second}"), None)
        .await;
    let third = cursor(&second, "next").expect("a third page");
    let third = api
        .call(Method::GET, &format!("{path}&cursor={third}"), None)
        .await;
    assert_eq!(third.json().as_array().map(Vec::len), Some(2));
    assert_eq!(cursor(&third, "next"), None);
    let back = cursor(&third, "previous").expect("a page before");
    let back = api
        .call(Method::GET, &format!("{path}&cursor={back}"), None)
        .await;
    assert_eq!(back.json(), second.json());
    let back = cursor(&back, "previous").expect("a page before");
    let back = api
        .call(Method::GET, &format!("{path}&cursor={back}"), None)
        .await;
    assert_eq!(back.json(), first.json());
    assert_eq!(cursor(&back, "previous"), None);
    for (parameter, wrong) in [
        ("cursor", "x"),
        ("limit", "0"),
        ("limit", "101"),
        ("per_page", "-1"),
    ] {
        let path = format!("/organizations/acme/issues/?{parameter}={wrong}");
        let detail = api.refusal(Method::GET, &path, None).await;
        assert!(detail.starts_with(parameter), "{detail}");
    }
}

async fn several_projects_are_listed_together(test: TestDb) {
    let api = Api::new(test).await;
    let other = api.project("Other").await;
    let mut event = api.event("there");
    event.project = other.id;
    event.timestamp = event.timestamp.plus_seconds(-5);
    api.store([api.event("here"), event]).await;
    let path = "/organizations/acme/issues/";
    assert_eq!(titles(&api, path).await, ["here", "there"]);
    assert_eq!(titles(&api, &format!("{path}?project=other")).await, ["there"]);
    let both = format!("{path}?project={}&project={}", other.id, api.hub.project.id);
    assert_eq!(titles(&api, &both).await, ["here", "there"]);
    assert_eq!(
        titles(&api, &format!("{path}?project=-1&query=project:shop")).await,
        ["here"]
    );
    let wrong = api
        .refusal(Method::GET, &format!("{path}?project=none"), None)
        .await;
    assert!(wrong.starts_with("project: 'none' is not allowed"), "{wrong}");
}

async fn parameters_narrow_a_list(test: TestDb) {
    let api = Api::new(test).await;
    let mut old = api.event("old");
    old.timestamp = old.timestamp.plus_seconds(-10 * 86_400);
    let mut staged = api.event("staged");
    staged.environment = Some("staging".to_owned());
    staged.tags = tags(&[("environment", "staging")]);
    api.store([old, staged]).await;
    let path = "/organizations/acme/issues/";
    assert_eq!(
        titles(&api, &format!("{path}?environment=staging")).await,
        ["staged"]
    );
    assert_eq!(
        titles(&api, &format!("{path}?environment=staging&environment=x")).await,
        ["staged"]
    );
    assert_eq!(
        titles(&api, &format!("{path}?start=2026-09-20T00:00:00Z")).await,
        ["staged"]
    );
    assert_eq!(
        titles(&api, &format!("{path}?end=2026-09-20T00:00:00Z")).await,
        ["old"]
    );
    assert_eq!(
        titles(&api, &format!("{path}?query=SHOP-1&shortIdLookup=1")).await,
        ["old"]
    );
    let wrong = api
        .refusal(Method::GET, &format!("{path}?query=is:odd"), None)
        .await;
    assert!(wrong.starts_with("query: at character "), "{wrong}");
    let wrong = api
        .refusal(Method::GET, &format!("{path}?groupStatsPeriod=1y"), None)
        .await;
    assert!(wrong.contains("24h, 14d, 30d"), "{wrong}");
}
