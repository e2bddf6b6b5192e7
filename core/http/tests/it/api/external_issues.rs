//! Tickets of other systems.

use axum::http::{Method, StatusCode};
use errand_store::testing::TestDb;
use serde_json::json;

use super::support::Api;

errand_store::on_both_databases!(
    a_ticket_is_linked_moves_on_and_is_unlinked,
    customers_wait_while_their_tickets_are_open,
);

async fn a_ticket_is_linked_moves_on_and_is_unlinked(test: TestDb) {
    let api = Api::new(test).await;
    api.store([api.event("a")]).await;
    let issue = api.issue("a").await;
    let path = format!("/issues/{issue}/external-issues/");
    let ticket = json!({
        "serviceType": "jira",
        "identifier": "10012",
        "displayName": "SHOP-12",
        "webUrl": "https://jira.example/browse/SHOP-12",
        "state": "To do",
        "extra": {"customers": 2},
    });
    let made = api.post(&path, ticket.clone()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let mut expected = ticket.clone();
    for (key, value) in [
        ("id", json!(id)),
        ("issueId", json!(issue)),
        ("title", json!("")),
        ("isOpen", json!(true)),
        ("dateCreated", json!("2026-09-21T14:13:20Z")),
        ("dateUpdated", json!("2026-09-21T14:13:20Z")),
    ] {
        expected[key] = value;
    }
    assert_eq!(made.json(), expected);

    let done = json!({"serviceType": "jira", "identifier": "10012", "state": "Done", "isOpen": false});
    assert_eq!(
        api.post(&path, done).await.json()["id"],
        json!(id),
        "it is the same link"
    );
    let organization = format!("/organizations/acme/issues/{issue}/external-issues/");
    let listed = api.get(&organization).await;
    assert_eq!(
        (listed[0]["state"].as_str(), listed[0]["isOpen"].as_bool()),
        (Some("Done"), Some(false))
    );
    assert_eq!(listed.as_array().map(Vec::len), Some(1));

    let mut script = ticket;
    script["webUrl"] = json!("javascript:alert(1)");
    let refused = api.refusal(Method::POST, &path, Some(script)).await;
    assert!(refused.contains("https://"), "{refused}");

    assert_eq!(
        api.delete(&format!("{path}{id}/")).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        api.delete(&format!("{path}{id}/")).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(api.get(&path).await, json!([]));
    let activities = api.get(&format!("/issues/{issue}/activities/")).await.to_string();
    assert!(
        activities.contains("create_issue") && activities.contains("unlink_issue"),
        "{activities}"
    );
}

async fn customers_wait_while_their_tickets_are_open(test: TestDb) {
    let api = Api::new(test).await;
    api.store([api.event("a")]).await;
    let issue = api.issue("a").await;
    let path = format!("/issues/{issue}/external-issues/");
    let details = format!("/issues/{issue}/");
    assert_eq!(api.get(&details).await["customersWaiting"], json!(null));
    let ticket = |id: &str, customer: &str, since: i64, is_open: bool| {
        json!({
            "serviceType": "zendesk",
            "identifier": id,
            "isOpen": is_open,
            "extra": {"customer": customer, "waitingSince": since},
        })
    };
    for ticket in [
        ticket("1", "ada", 1_790_000_000_000, true),
        ticket("2", "ada", 1_780_000_000_000, true),
        ticket("3", "bob", 1_785_000_000_000, true),
        ticket("4", "cid", 1_770_000_000_000, false),
    ] {
        api.post(&path, ticket).await;
    }
    let waiting = api.get(&details).await["customersWaiting"].clone();
    assert_eq!(waiting, json!({"count": 2, "since": "2026-05-28T20:26:40Z"}));
    for id in ["1", "2", "3"] {
        api.post(&path, ticket(id, "ada", 0, false)).await;
    }
    assert_eq!(api.get(&details).await["customersWaiting"], json!(null));
}
