//! Every operator of the search language, against stored issues.

use axum::http::StatusCode;
use errand_model::Level;
use errand_model::access::Role;
use errand_model::digested::EventUser;
use errand_store::testing::TestDb;
use serde_json::json;

use super::support::{Api, tags, user};

errand_store::on_both_databases!(every_operator_finds_what_it_says, both_ways_to_the_issues_agree);

/// Three issues: `checkout` is resolved and ours, `login` is archived, `search` is as it came.
async fn seeded(test: TestDb) -> Api {
    let api = Api::new(test).await;
    let now = api.event("x").timestamp;
    let mut events = Vec::new();
    for n in 0..12 {
        let mut event = api.event("checkout");
        event.timestamp = now.plus_seconds(-3 * 86_400 + n * 60);
        event.release = Some("shop@1.0".to_owned());
        event.environment = Some("production".to_owned());
        event.user = Some(EventUser {
            username: Some(format!("person{n}")),
            ip: Some(format!("10.0.0.{n}")),
            ..user(&format!("{n}"), &format!("person{n}@example.com"))
        });
        event.tags = tags(&[
            ("release", "shop@1.0"),
            ("environment", "production"),
            ("license", "ABC-1"),
            ("level", "error"),
            ("browser.name", "Firefox"),
            ("handled", "no"),
        ]);
        events.push(event);
    }
    let mut login = api.event("login");
    login.level = Level::Warning;
    login.timestamp = now.plus_seconds(-3600);
    login.release = Some("shop@2.0".to_owned());
    login.tags = tags(&[
        ("release", "shop@2.0"),
        ("license", "ABC-2"),
        ("level", "warning"),
        ("handled", "yes"),
    ]);
    login.user = Some(user("12", "zoë@example.com"));
    let mut search = api.event("search 100% of_it");
    search.level = Level::Info;
    search.culprit = "Shop.Catalogue".to_owned();
    search.kind = errand_model::issue::EventKind::Default;
    events.extend([login, search]);
    api.store(events).await;

    let mut tx = api.hub.db.db.begin().await.expect("a transaction");
    let cx = api.hub.state.context();
    let ada = errand_store::people::create(&mut tx, cx, "ada@acme.example", "Ada", Role::Member)
        .await
        .expect("made");
    tx.commit().await.expect("committed");
    api.post("/organizations/acme/teams/", json!({"name": "payments"}))
        .await;
    let (checkout, login) = (api.issue("checkout").await, api.issue("login").await);
    let body = json!({"status": "resolved", "assignedTo": format!("user:{}", ada.id)});
    let changed = api.put(&format!("/issues/{checkout}/"), body).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    let body = json!({"status": "ignored", "assignedTo": "#payments", "priority": "low"});
    let changed = api.put(&format!("/issues/{login}/"), body).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    api
}

const CHECKOUT: &str = "checkout";
const LOGIN: &str = "login";
const SEARCH: &str = "search 100% of_it";

/// A query, and the titles of the issues it finds, in the order they were first seen.
const OPERATORS: [(&str, &[&str]); 66] = [
    ("", &[CHECKOUT, LOGIN, SEARCH]),
    ("is:unresolved", &[SEARCH]),
    ("is:resolved", &[CHECKOUT]),
    ("is:ignored", &[LOGIN]),
    ("is:archived", &[LOGIN]),
    ("!is:unresolved", &[CHECKOUT, LOGIN]),
    ("is:new", &[SEARCH]),
    ("is:archived_forever", &[LOGIN]),
    ("!is:new", &[CHECKOUT, LOGIN]),
    ("is:regressed", &[]),
    ("is:assigned", &[CHECKOUT, LOGIN]),
    ("is:unassigned", &[SEARCH]),
    ("!is:assigned", &[SEARCH]),
    ("assigned:ada@acme.example", &[CHECKOUT]),
    ("assigned:Ada", &[CHECKOUT]),
    ("assigned:#payments", &[LOGIN]),
    ("!assigned:#payments", &[CHECKOUT, SEARCH]),
    ("assigned:none", &[SEARCH]),
    ("assigned:me", &[]),
    ("assigned:nobody@example.com", &[]),
    ("!assigned:nobody@example.com", &[CHECKOUT, LOGIN, SEARCH]),
    ("level:error", &[CHECKOUT]),
    ("level:[error, warning]", &[CHECKOUT, LOGIN]),
    ("!level:error", &[LOGIN, SEARCH]),
    ("issue.priority:low", &[LOGIN, SEARCH]),
    ("issue.type:error", &[CHECKOUT, LOGIN]),
    ("!issue.type:error", &[SEARCH]),
    ("release:shop@1.0", &[CHECKOUT]),
    ("release:shop@*", &[CHECKOUT, LOGIN]),
    ("release:[shop@1.0, shop@2.0]", &[CHECKOUT, LOGIN]),
    ("!release:shop@*", &[SEARCH]),
    ("environment:production", &[CHECKOUT]),
    ("!environment:production", &[LOGIN, SEARCH]),
    ("license:ABC-1", &[CHECKOUT]),
    ("license:ABC-*", &[CHECKOUT, LOGIN]),
    ("license:*-2", &[LOGIN]),
    ("license:abc-1", &[]),
    ("license:nothing", &[]),
    ("!license:nothing", &[CHECKOUT, LOGIN, SEARCH]),
    ("has:license", &[CHECKOUT, LOGIN]),
    ("!has:license", &[SEARCH]),
    ("browser.name:Firefox", &[CHECKOUT]),
    ("user.email:person3@example.com", &[CHECKOUT]),
    ("user.email:*@example.com", &[CHECKOUT, LOGIN]),
    ("user.email:zoë@example.com", &[LOGIN]),
    ("!user.email:person3@example.com", &[LOGIN, SEARCH]),
    ("user.id:12", &[LOGIN]),
    ("user.username:person*", &[CHECKOUT]),
    ("user.ip:10.0.0.7", &[CHECKOUT]),
    ("times_seen:12", &[CHECKOUT]),
    ("times_seen:>1", &[CHECKOUT]),
    ("times_seen:<12", &[LOGIN, SEARCH]),
    ("!times_seen:>1", &[LOGIN, SEARCH]),
    ("firstSeen:-24h", &[LOGIN, SEARCH]),
    ("firstSeen:+24h", &[CHECKOUT]),
    ("age:-2h", &[LOGIN, SEARCH]),
    ("lastSeen:-30m", &[SEARCH]),
    ("lastSeen:<2026-09-20", &[CHECKOUT]),
    ("first_release:shop@2.0", &[LOGIN]),
    ("first_release:shop@*", &[CHECKOUT, LOGIN]),
    ("!first_release:shop@2.0", &[CHECKOUT, SEARCH]),
    ("issue:SHOP-1", &[CHECKOUT]),
    ("project:shop level:info", &[SEARCH]),
    ("!project:shop", &[]),
    ("error.unhandled:true", &[CHECKOUT]),
    ("CATALOGUE", &[SEARCH]),
];

async fn every_operator_finds_what_it_says(test: TestDb) {
    let api = seeded(test).await;
    for (query, expected) in OPERATORS {
        assert_eq!(api.found(query).await, expected, "{query}");
    }
    for (query, expected) in [
        ("\"100% of_it\"", vec![SEARCH]),
        ("100_", vec![]),
        ("of%it", vec![]),
        ("message:logi", vec![LOGIN]),
        ("!message:logi level:[error, info]", vec![CHECKOUT, SEARCH]),
        (
            "has:license is:ignored level:warning user.id:12 license:ABC-*",
            vec![LOGIN],
        ),
        ("has:license is:ignored level:error", vec![]),
    ] {
        assert_eq!(api.found(query).await, expected, "{query}");
    }
}

/// A rare condition is looked up first, a common one is tested on the way: both find the same.
async fn both_ways_to_the_issues_agree(test: TestDb) {
    let api = Api::new(test).await;
    let event = |n: usize| {
        let mut event = api.event(&format!("group {n}"));
        event.tags = tags(&[("parity", if n.is_multiple_of(2) { "even" } else { "odd" })]);
        event.level = if n.is_multiple_of(3) {
            Level::Fatal
        } else {
            Level::Error
        };
        event
    };
    for start in [0, 1_500, 3_000] {
        api.store((start..start + 1_500).map(event)).await;
    }
    let hits = |query: &'static str| {
        let api = &api;
        async move {
            let path = format!("/organizations/acme/issues/?query={query}&limit=1");
            let answer = api.call(axum::http::Method::GET, &path, None).await;
            (
                answer.header("x-hits").to_owned(),
                answer.header("x-max-hits").to_owned(),
            )
        }
    };
    let capped = || ("1000".to_owned(), "1000".to_owned());
    let exactly = |count: &str| (count.to_owned(), String::new());
    assert_eq!(hits("title:group").await, capped(), "more than are driven from");
    assert_eq!(hits("parity:even").await, capped());
    assert_eq!(hits("parity:even%20level:fatal").await, exactly("750"));
    assert_eq!(
        hits("level:fatal%20!parity:even%20title:group").await,
        exactly("750")
    );
    assert_eq!(hits("parity:even%20parity:odd").await, exactly("0"));
    assert_eq!(hits("title:%22group%204499%22").await, exactly("1"));
}
