//! What support asks over the API.

use axum::http::{Method, StatusCode};
use errand_model::access::Scope;
use errand_store::testing::TestDb;
use serde_json::{Value, json};

use super::support::{Api, cursor, tags, token, user};

errand_store::on_both_databases!(
    a_customer_leads_to_their_issues,
    what_identifies_customers_is_set,
    what_identifies_customers_is_set_for_one_project,
    what_a_customer_ran_into_is_told,
);

async fn seeded(test: TestDb) -> Api {
    let api = Api::new(test).await;
    let mut event = api.event("a");
    event.user = Some(user("42", "kim@example.com"));
    event.tags = tags(&[("license", "ACME-1"), ("shelf", "B-7")]);
    api.store([event, api.event("b")]).await;
    api
}

async fn found(api: &Api, clue: &str) -> Value {
    api.get(&format!("/organizations/acme/support-search/?query={clue}"))
        .await
}

async fn a_customer_leads_to_their_issues(test: TestDb) {
    let api = seeded(test).await;
    for (clue, by, name) in [
        ("kim%40example.com", "user", json!("e-mail")),
        ("ACME-1", "identifier", json!("license")),
        ("Error%3A%20a", "text", Value::Null),
    ] {
        let hits = found(&api, clue).await;
        assert_eq!(hits[0]["issue"]["title"], "Error: a", "{clue}: {hits}");
        assert_eq!(hits[0]["reasons"][0], json!({"by": by, "name": name}), "{clue}");
    }
    assert_eq!(found(&api, "nobody").await, json!([]));
    let path = "/organizations/acme/support-search/?query=";
    let refused = api.refusal(Method::GET, path, None).await;
    assert!(refused.contains("query"), "{refused}");
    let other = api.project("Other").await;
    let hits = api.get(&format!("{path}ACME-1&project={}", other.slug)).await;
    assert_eq!(hits, json!([]), "only in the projects that are asked for");
}

async fn what_identifies_customers_is_set(test: TestDb) {
    let api = seeded(test).await;
    let path = "/organizations/acme/support-fields/";
    let default = api.get(path).await;
    assert!(
        default["fields"]
            .as_array()
            .is_some_and(|all| all.contains(&json!("license"))),
        "{default}"
    );
    assert_eq!(found(&api, "B-7").await, json!([]));
    let set = api.put(path, json!({"fields": ["shelf"]})).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text());
    assert_eq!(api.get(path).await, json!({"fields": ["shelf"]}));
    assert_eq!(found(&api, "B-7").await[0]["issue"]["title"], "Error: a");
    let bad = json!({"fields": ["a\nb"]});
    assert!(
        api.refusal(Method::PUT, path, Some(bad))
            .await
            .contains("no name")
    );
    let reader = token(&api.hub, &[Scope::OrgRead]).await;
    let refused = api
        .call_as(&reader, Method::PUT, path, Some(json!({"fields": []})))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

async fn what_identifies_customers_is_set_for_one_project(test: TestDb) {
    let api = seeded(test).await;
    let path = "/projects/acme/shop/support-fields/";
    let before = api.get(path).await;
    assert_eq!(before["fields"], json!([]));
    let set = api.put(path, json!({"fields": ["shelf"]})).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text());
    let effective = set.json()["effective"].as_array().expect("a list").clone();
    assert!(effective.contains(&json!("shelf")) && effective.contains(&json!("license")));
    assert_eq!(found(&api, "B-7").await[0]["issue"]["title"], "Error: a");
    let bad = json!({"fields": [""]});
    api.refusal(Method::PUT, path, Some(bad)).await;
    assert_eq!(api.delete(path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.get(path).await, before);
    assert_eq!(found(&api, "B-7").await, json!([]));
}

async fn what_a_customer_ran_into_is_told(test: TestDb) {
    let api = Api::new(test).await;
    let mut ids = Vec::new();
    for (nth, group) in ["a", "b", "a", "a"].into_iter().enumerate() {
        let mut event = api.event(group);
        event.user = Some(user("42", "kim@example.com"));
        event.tags = tags(&[("license", &format!("ACME-{nth}"))]);
        ids.push(event.event_id.to_string());
        api.store([event, api.event("other")]).await;
    }
    let path = "/organizations/acme/support-timeline/?limit=3&query=";
    let (mut told, mut page) = (Vec::new(), String::new());
    loop {
        let answer = api
            .call(Method::GET, &format!("{path}kim%40example.com{page}"), None)
            .await;
        let shown = answer.json();
        for moment in shown["events"].as_array().expect("a list") {
            let title = moment["issue"]["title"].as_str().expect("a title").to_owned();
            told.push((
                moment["event"]["eventID"].as_str().expect("an id").to_owned(),
                title,
            ));
        }
        match cursor(&answer, "next") {
            Some(next) => page = format!("&cursor={next}"),
            None => break,
        }
    }
    let met: Vec<&str> = told.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(met, ids.iter().rev().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(told[2].1, "Error: b");
    let seen = api.get(&format!("{path}ACME-1")).await;
    assert_eq!(seen["events"], json!([]), "a licence is no user");
    let sighting = &seen["sightings"][0];
    assert_eq!(
        (&sighting["key"], &sighting["count"], &sighting["issue"]["title"]),
        (&json!("license"), &json!(1), &json!("Error: b"))
    );
    api.refusal(Method::GET, path, None).await;
    let other = api.project("Other").await;
    let elsewhere = api
        .get(&format!("{path}kim%40example.com&project={}", other.slug))
        .await;
    assert_eq!(elsewhere["events"], json!([]));
}
