//! One issue: what it shows, and how it is changed.

use axum::http::{Method, StatusCode};
use errand_store::testing::TestDb;
use serde_json::{Value, json};

use super::support::{Api, tags, user};

errand_store::on_both_databases!(
    an_issue_shows_what_happened_to_it,
    an_issue_is_resolved_as_sentry_resolves_it,
    an_issue_is_archived_as_sentry_archives_it,
    a_state_that_is_none_is_refused_with_its_field,
    an_issue_is_assigned,
    an_issue_is_deleted_or_discarded,
    a_short_id_finds_its_issue,
);

async fn an_issue_shows_what_happened_to_it(test: TestDb) {
    let api = Api::new(test).await;
    let mut event = api.event("a");
    event.release = Some("shop@1.0".to_owned());
    event.tags = tags(&[("release", "shop@1.0"), ("browser.name", "Firefox")]);
    event.user = Some(user("1", "a@example.com"));
    api.store([event]).await;
    let id = api.issue("a").await;
    let path = format!("/issues/{id}/");
    api.put(&path, json!({"status": "resolved"})).await;
    let issue = api.get(&path).await;
    assert_eq!(issue["status"], "resolved");
    assert_eq!(issue["firstRelease"]["version"], "shop@1.0");
    assert_eq!(issue["lastRelease"]["shortVersion"], "1.0");
    assert_eq!(issue["stats"]["24h"].as_array().map(Vec::len), Some(24));
    assert_eq!(issue["stats"]["30d"].as_array().map(Vec::len), Some(30));
    assert_eq!(
        issue["tags"],
        json!([
            {"key": "browser.name", "name": "Browser Name", "totalValues": 1},
            {"key": "release", "name": "Release", "totalValues": 1},
        ])
    );
    assert_eq!(issue["userReportCount"], 0);
    assert_eq!(issue["participants"], json!([]));
    let kinds: Vec<&Value> = issue["activity"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| &it["type"])
        .collect();
    assert_eq!(kinds, ["set_resolved", "first_seen"]);
    assert_eq!(issue["activity"][0]["user"], json!({"id": null, "name": "tests"}));
    let activities = api.get(&format!("{path}activities/")).await;
    assert_eq!(activities, issue["activity"]);
    assert_eq!(api.get(&format!("/organizations/acme/issues/{id}/")).await, issue);
    assert_eq!(
        api.get("/organizations/acme/issues/SHOP-1/").await["id"],
        id.as_str()
    );
    assert_eq!(api.get("/issues/SHOP-1/").await["id"], id.as_str());
    assert_eq!(api.get(&format!("{path}deliveries/")).await, json!([]));
    assert_eq!(
        api.get(&format!("{path}stats/")).await.as_array().map(Vec::len),
        Some(24)
    );
    let wrong = api.refusal(Method::GET, "/issues/nonsense/", None).await;
    assert!(wrong.starts_with("issue: 'nonsense' is not allowed"), "{wrong}");
}

/// Sets one state after another on one issue, and checks what the answer says of it.
async fn check_states(test: TestDb, states: &[(Value, &str, Value, Value)]) {
    let api = Api::new(test).await;
    let mut event = api.event("a");
    event.release = Some("shop@1.0".to_owned());
    api.store([event]).await;
    let path = format!("/issues/{}/", api.issue("a").await);
    for (body, status, substatus, details) in states {
        let answer = api.put(&path, body.clone()).await;
        assert_eq!(answer.status, StatusCode::OK, "{body}: {}", answer.text());
        let issue = answer.json();
        assert_eq!(issue["status"], *status, "{body}");
        assert_eq!(issue["substatus"], *substatus, "{body}");
        assert_eq!(issue["statusDetails"], *details, "{body}");
    }
}

async fn an_issue_is_resolved_as_sentry_resolves_it(test: TestDb) {
    let states = [
        (
            json!({"status": "resolved", "isBookmarked": true}),
            "resolved",
            Value::Null,
            json!({}),
        ),
        (
            json!({"status": "resolved", "statusDetails": {"inRelease": "shop@1.1"}}),
            "resolved",
            Value::Null,
            json!({"inRelease": "shop@1.1"}),
        ),
        (
            json!({"status": "resolved", "statusDetails": {"inRelease": "latest"}}),
            "resolved",
            Value::Null,
            json!({"inRelease": "shop@1.0"}),
        ),
        (
            json!({"status": "resolved", "statusDetails": {"inNextRelease": true}}),
            "resolved",
            Value::Null,
            json!({"inNextRelease": true}),
        ),
        (
            json!({"status": "resolved", "statusDetails": {"inCommit": {"commit": "abc", "repository": "r"}}}),
            "resolved",
            Value::Null,
            json!({"inCommit": {"id": "abc"}}),
        ),
        (
            json!({"status": "unresolved"}),
            "unresolved",
            json!("ongoing"),
            json!({}),
        ),
    ];
    check_states(test, &states).await;
}

async fn an_issue_is_archived_as_sentry_archives_it(test: TestDb) {
    let states = [
        (
            json!({"status": "ignored"}),
            "ignored",
            json!("archived_forever"),
            json!({}),
        ),
        (
            json!({"status": "ignored", "statusDetails": {"ignoreCount": 5, "ignoreWindow": 60}}),
            "ignored",
            json!("archived_until_condition_met"),
            json!({"ignoreCount": 5, "ignoreWindow": 60}),
        ),
        (
            json!({"status": "ignored", "statusDetails": {"ignoreUserCount": 3}}),
            "ignored",
            json!("archived_until_condition_met"),
            json!({"ignoreUserCount": 3}),
        ),
        (
            json!({"status": "ignored", "statusDetails": {"ignoreDuration": 30}}),
            "ignored",
            json!("archived_until_condition_met"),
            json!({"ignoreUntil": "2026-09-21T14:43:20Z"}),
        ),
        (
            json!({"status": "ignored", "substatus": "archived_until_escalating"}),
            "ignored",
            json!("archived_until_escalating"),
            json!({"ignoreUntilEscalating": true}),
        ),
    ];
    check_states(test, &states).await;
}

async fn a_state_that_is_none_is_refused_with_its_field(test: TestDb) {
    let api = Api::new(test).await;
    api.store([api.event("a")]).await;
    let path = format!("/issues/{}/", api.issue("a").await);
    for (body, expected) in [
        (
            json!({"status": "done"}),
            "status: unknown variant `done`, expected one of `unresolved`, `resolved`",
        ),
        (
            json!({"priority": "urgent"}),
            "priority: unknown variant `urgent`, expected one of `low`, `medium`, `high`",
        ),
        (
            json!({"status": "ignored", "statusDetails": {"ignoreCount": 0}}),
            "statusDetails.ignoreCount: '0' is not allowed; allowed is a number greater than 0",
        ),
        (
            json!({"status": "resolved", "statusDetails": {"inRelease": ""}}),
            "statusDetails.inRelease: '' is not allowed",
        ),
        (json!({"merge": 1}), "merge: 'true' is not allowed"),
    ] {
        let detail = api.refusal(Method::PUT, &path, Some(body.clone())).await;
        assert!(detail.starts_with(expected), "{body}: {detail}");
    }
}

async fn an_issue_is_assigned(test: TestDb) {
    let api = Api::new(test).await;
    api.store([api.event("a")]).await;
    let path = format!("/issues/{}/", api.issue("a").await);
    let mut tx = api.hub.db.db.begin().await.expect("a transaction");
    let cx = api.hub.state.context();
    let ada = errand_store::people::create(
        &mut tx,
        cx,
        "ada@acme.example",
        "Ada",
        errand_model::access::Role::Member,
    )
    .await
    .expect("made");
    tx.commit().await.expect("committed");
    let team = api
        .post("/organizations/acme/teams/", json!({"name": "core"}))
        .await
        .json();
    let team = team["id"].as_str().expect("an id");
    let to_ada =
        json!({"type": "user", "id": ada.id.to_string(), "name": "Ada", "email": "ada@acme.example"});
    let to_core = json!({"type": "team", "id": team, "name": "core"});
    for (name, expected) in [
        (json!(format!("user:{}", ada.id)), to_ada.clone()),
        (json!(format!("team:{team}")), to_core.clone()),
        (json!("ada@acme.example"), to_ada.clone()),
        (json!("#core"), to_core),
        (json!("Ada"), to_ada),
        (json!(""), Value::Null),
        (json!(null), Value::Null),
    ] {
        let answer = api.put(&path, json!({"assignedTo": name})).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.text());
        assert_eq!(answer.json()["assignedTo"], expected, "{name}");
    }
    let wrong = api
        .refusal(Method::PUT, &path, Some(json!({"assignedTo": "nobody@x"})))
        .await;
    assert!(
        wrong.starts_with("assignedTo: 'nobody@x' is not allowed"),
        "{wrong}"
    );
}

async fn an_issue_is_deleted_or_discarded(test: TestDb) {
    let api = Api::new(test).await;
    api.store([api.event("a"), api.event("b")]).await;
    let (a, b) = (api.issue("a").await, api.issue("b").await);
    assert_eq!(
        api.delete(&format!("/issues/{a}/")).await.status,
        StatusCode::ACCEPTED
    );
    assert_eq!(
        api.put(&format!("/issues/{b}/"), json!({"discard": true}))
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(api.found("").await, [""; 0]);
    api.store([api.event("a"), api.event("b")]).await;
    assert_eq!(api.found("").await, ["a"], "what is discarded does not come back");
}

async fn a_short_id_finds_its_issue(test: TestDb) {
    let api = Api::new(test).await;
    api.store([api.event("a")]).await;
    let found = api.get("/organizations/acme/shortids/shop-1/").await;
    assert_eq!(found["shortId"], "SHOP-1");
    assert_eq!(found["projectSlug"], "shop");
    assert_eq!(found["organizationSlug"], "acme");
    assert_eq!(found["group"]["title"], "Error: a");
    assert_eq!(found["groupId"], found["group"]["id"]);
    let gone = api
        .call(Method::GET, "/organizations/acme/shortids/SHOP-2/", None)
        .await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}
