//! Questions over events, as Sentry's Discover asks them.

use axum::http::{Method, StatusCode};
use errand_model::digested::DigestedEvent;
use errand_store::testing::TestDb;
use serde_json::{Value, json};

use super::support::{Api, user};

errand_store::on_both_databases!(
    events_are_counted_in_groups,
    events_are_counted_over_time,
    nonsense_is_refused_with_what_is_allowed,
    others_hear_nothing_of_closed_projects,
);

const EVENTS: &str = "/organizations/acme/events/";
const STATS: &str = "/organizations/acme/events-stats/";

fn event(api: &Api, group: &str, browser: &str, release: &str, who: &str, hours: i64) -> DigestedEvent {
    let mut event = api.event(group);
    event.timestamp = event.timestamp.plus_seconds(-3_600 * hours - 1);
    event.release = Some(release.to_owned());
    event.user = Some(user(who, "one@example.com"));
    event.tags = vec![("browser.name".to_owned(), browser.to_owned())];
    event
}

/// Seven events: of UC Browser, two users in 1.0 and one in 2.0.
async fn stage(test: TestDb) -> Api {
    let api = Api::new(test).await;
    let events = [
        event(&api, "a", "UC Browser", "1.0", "ada", 1),
        event(&api, "a", "UC Browser", "1.0", "ada", 2),
        event(&api, "b", "UC Browser", "1.0", "bob", 30),
        event(&api, "a", "UC Browser", "2.0", "ada", 1),
        event(&api, "a", "Firefox", "2.0", "eve", 1),
        event(&api, "b", "Firefox", "2.0", "joe", 200),
        event(&api, "b", "UC Browser", "2.0", "kim", 200),
    ];
    api.store(events).await;
    api
}

const UC: &str = "query=browser.name%3A%22UC%20Browser%22";

async fn events_are_counted_in_groups(test: TestDb) {
    let api = stage(test).await;
    let fields = "field=release&field=count_unique(user)&field=count()&sort=-count_unique(user)";
    let told = api.get(&format!("{EVENTS}?{fields}&{UC}&statsPeriod=7d")).await;
    let expected = json!([
        {"release": "1.0", "count_unique(user)": 2, "count()": 3},
        {"release": "2.0", "count_unique(user)": 1, "count()": 1},
    ]);
    assert_eq!(told["data"], expected);
    assert_eq!(told["meta"]["fields"]["count()"], "integer");
    let told = api
        .get(&format!("{EVENTS}?{fields}&{UC}&statsPeriod=7d&environment=dev"))
        .await;
    assert_eq!(told["data"], json!([]));

    let fields = "field=issue&field=title&field=project&field=count()&sort=-count";
    let told = api
        .get(&format!(
            "{EVENTS}?{fields}&statsPeriod=14d&query=event.type%3Aerror"
        ))
        .await;
    let first = &told["data"][0];
    assert_eq!(
        (&first["issue"], &first["title"]),
        (&json!("SHOP-1"), &json!("Error: a"))
    );
    assert_eq!(
        (&first["project"], &first["count()"]),
        (&json!("shop"), &json!(4))
    );

    // Of all together there is one row, and pages lead on.
    let all = api
        .get(&format!("{EVENTS}?field=count()&field=epm()&statsPeriod=1d"))
        .await;
    assert_eq!(all["data"][0]["count()"], 4);
    assert_eq!(all["data"][0]["epm()"], json!(4.0 / 1_440.0));
    let page = api
        .call(
            Method::GET,
            &format!("{EVENTS}?field=user&field=count()&per_page=2&statsPeriod=14d"),
            None,
        )
        .await;
    assert_eq!(page.json()["data"].as_array().map(Vec::len), Some(2));
    let links = page.header("link").to_owned();
    assert!(
        links.contains("rel=\"next\"; results=\"true\"; cursor=\"0:2:0\""),
        "{links}"
    );
    let last = format!("{EVENTS}?field=user&field=count()&per_page=2&statsPeriod=14d&cursor=0:4:0");
    let page = api.call(Method::GET, &last, None).await;
    assert_eq!(page.json()["data"].as_array().map(Vec::len), Some(1));
    assert!(page.header("link").contains("rel=\"next\"; results=\"false\""));
}

async fn events_are_counted_over_time(test: TestDb) {
    let api = stage(test).await;
    let sum = |series: &Value| -> i64 {
        let data = series["data"].as_array().expect("data").iter();
        data.map(|point| point[1][0]["count"].as_i64().expect("a count"))
            .sum()
    };
    let told = api
        .get(&format!("{STATS}?statsPeriod=24h&interval=1h&yAxis=count()"))
        .await;
    assert_eq!((sum(&told), told["data"].as_array().map(Vec::len)), (4, Some(25)));
    let two = api
        .get(&format!(
            "{STATS}?statsPeriod=24h&yAxis=count()&yAxis=count_unique(user)"
        ))
        .await;
    assert_eq!(
        (sum(&two["count()"]), two["count_unique(user)"]["order"].clone()),
        (4, json!(1))
    );
    let top = format!("{STATS}?statsPeriod=14d&interval=1d&topEvents=1&field=browser.name&yAxis=count()");
    let told = api.get(&top).await;
    assert_eq!((sum(&told["UC Browser"]), sum(&told["Other"])), (5, 2));
}

async fn nonsense_is_refused_with_what_is_allowed(test: TestDb) {
    let api = Api::new(test).await;
    for (path, says) in [
        (
            format!("{EVENTS}?field=release"),
            "field: is missing; allowed is one at least of count()",
        ),
        (
            format!("{EVENTS}?field=p95()&statsPeriod=1d"),
            "field: 'p95()' is not allowed; allowed is count()",
        ),
        (
            format!("{EVENTS}?field=count()&sort=-release"),
            "sort: '-release' is not allowed",
        ),
        (
            format!("{EVENTS}?field=count()&statsPeriod=1y"),
            "statsPeriod: '1y' is not allowed",
        ),
        (
            format!("{EVENTS}?field=count()&query=level%3Aloud"),
            "query: at character",
        ),
        (
            format!("{EVENTS}?field=count()&project=nowhere"),
            "project: 'nowhere' is not allowed",
        ),
        (
            format!("{EVENTS}?field=count()&start=2026-01-02T00:00:00&end=2026-01-01T00:00:00"),
            "end: is not after start",
        ),
        (
            format!("{STATS}?yAxis=release"),
            "yAxis: 'release' is not allowed",
        ),
        (format!("{STATS}?topEvents=5"), "topEvents: '5' is not allowed"),
        (
            format!("{STATS}?statsPeriod=90d&interval=5m"),
            "at most 1000 steps of time are answered",
        ),
    ] {
        let said = api.refusal(Method::GET, &path, None).await;
        assert!(said.starts_with(says), "{path}: {said}");
    }
}

async fn others_hear_nothing_of_closed_projects(test: TestDb) {
    let api = stage(test).await;
    let nothing = api
        .call_as("", Method::GET, &format!("{EVENTS}?field=count()"), None)
        .await;
    assert_eq!(nothing.status, StatusCode::UNAUTHORIZED);
    let other = api.project("Other").await;
    let told = api
        .get(&format!(
            "{EVENTS}?field=count()&project={}&statsPeriod=14d",
            other.id
        ))
        .await;
    assert_eq!(told["data"][0]["count()"], 0);
}
