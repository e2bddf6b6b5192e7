//! What support asks over the API.

use axum::http::{Method, StatusCode};
use errand_model::access::Scope;
use errand_store::testing::TestDb;
use serde_json::{Value, json};

use super::support::{Api, tags, token, user};

errand_store::on_both_databases!(a_customer_leads_to_their_issues, what_identifies_customers_is_set,);

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
