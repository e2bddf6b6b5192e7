//! Searches at hand, over the API.

use axum::http::{Method, StatusCode};
use errand_model::access::{Role, Scope};
use errand_store::testing::TestDb;
use serde_json::{Value, json};

use super::support::{Api, token, token_of};

errand_store::on_both_databases!(
    a_search_is_kept_changed_and_forgotten,
    a_person_begins_with_the_search_that_they_pin,
    what_makes_no_sense_is_refused,
);

const SEARCHES: &str = "/organizations/acme/searches/";
const PINNED: &str = "/organizations/acme/pinned-searches/";

async fn names(api: &Api, token: &str) -> Vec<String> {
    let all = api.call_as(token, Method::GET, SEARCHES, None).await.json();
    let all = all.as_array().expect("a list").iter();
    all.map(|search| search["name"].as_str().expect("a name").to_owned())
        .collect()
}

async fn a_search_is_kept_changed_and_forgotten(test: TestDb) {
    let api = Api::new(test).await;
    let (ada, bob) = (
        token_of(&api.hub, Scope::ALL, "ada@example.com", Role::Admin).await,
        token_of(&api.hub, Scope::ALL, "bob@example.com", Role::Member).await,
    );
    let mine = json!({"name": "Payments", "query": "is:unresolved release:pay@*", "sort": "freq"});
    let kept = api.call_as(&ada, Method::POST, SEARCHES, Some(mine)).await;
    assert_eq!(kept.status, StatusCode::CREATED, "{}", kept.text());
    let kept = kept.json();
    assert_eq!(
        (
            &kept["visibility"],
            &kept["sort"],
            &kept["isPinned"],
            &kept["type"]
        ),
        (&json!("owner"), &json!("freq"), &json!(false), &json!(0))
    );
    let shared = json!({"name": "Ours", "query": "assigned:my_teams", "visibility": "organization"});
    let refused = api
        .call_as(&bob, Method::POST, SEARCHES, Some(shared.clone()))
        .await;
    assert_eq!(
        refused.status,
        StatusCode::FORBIDDEN,
        "a member keeps none for all"
    );
    let shared = api
        .call_as(&ada, Method::POST, SEARCHES, Some(shared))
        .await
        .json();
    assert_eq!(
        (&shared["isGlobal"], &shared["sort"]),
        (&json!(true), &json!("date"))
    );
    assert_eq!(names(&api, &ada).await, ["Ours", "Payments"]);
    assert_eq!(names(&api, &bob).await, ["Ours"]);
    assert_eq!(
        names(&api, &api.token).await,
        ["Ours"],
        "nobody's token has everybody's"
    );
    changed_and_forgotten(&api, (&ada, &bob), (&kept, &shared)).await;
}

/// Ada changes and forgets hers and everybody's; Bob may neither.
async fn changed_and_forgotten(api: &Api, (ada, bob): (&str, &str), (kept, shared): (&Value, &Value)) {
    let path = |search: &Value| format!("{SEARCHES}{}/", search["id"].as_str().expect("an id"));
    let renamed = Some(json!({"name": "Pay"}));
    let changed = api.call_as(ada, Method::PUT, &path(kept), renamed.clone()).await;
    assert_eq!(changed.json()["query"], "is:unresolved release:pay@*");
    assert_eq!(names(api, ada).await, ["Ours", "Pay"]);
    for (whose, method, status) in [
        (kept, Method::PUT, StatusCode::NOT_FOUND),
        (shared, Method::PUT, StatusCode::FORBIDDEN),
        (shared, Method::DELETE, StatusCode::FORBIDDEN),
    ] {
        let answer = api
            .call_as(bob, method.clone(), &path(whose), renamed.clone())
            .await;
        assert_eq!(answer.status, status, "{method} {whose}");
    }
    for search in [kept, shared] {
        let gone = api.call_as(ada, Method::DELETE, &path(search), None).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
    }
    assert!(names(api, ada).await.is_empty());
}

async fn a_person_begins_with_the_search_that_they_pin(test: TestDb) {
    let api = Api::new(test).await;
    let ada = token_of(&api.hub, Scope::ALL, "ada@example.com", Role::Member).await;
    let body = json!({"query": "assigned:me is:unresolved", "type": 0});
    for _ in 0..2 {
        let pinned = api.call_as(&ada, Method::PUT, PINNED, Some(body.clone())).await;
        assert_eq!(pinned.status, StatusCode::CREATED, "{}", pinned.text());
        assert_eq!(pinned.json()["isPinned"], true);
    }
    let all = api.call_as(&ada, Method::GET, SEARCHES, None).await.json();
    assert_eq!(
        (all.as_array().map(Vec::len), &all[0]["isPinned"]),
        (Some(1), &json!(true))
    );
    let usual = api.call_as(&ada, Method::DELETE, PINNED, None).await;
    assert_eq!(usual.status, StatusCode::NO_CONTENT);
    let all = api.call_as(&ada, Method::GET, SEARCHES, None).await.json();
    assert_eq!(all[0]["isPinned"], false);
}

async fn what_makes_no_sense_is_refused(test: TestDb) {
    let api = Api::new(test).await;
    let ada = token_of(&api.hub, Scope::ALL, "ada@example.com", Role::Owner).await;
    for (wrong, about) in [
        (json!({"query": "a:b"}), "name"),
        (json!({"name": "a"}), "query"),
        (json!({"name": "a", "query": "level:loud"}), "query"),
        (json!({"name": "a", "query": "", "sort": "loudness"}), "sort"),
        (json!({"name": "a".repeat(61), "query": ""}), "name"),
        (
            json!({"name": "a", "query": "", "visibility": "mine"}),
            "visibility",
        ),
    ] {
        let answer = api
            .call_as(&ada, Method::POST, SEARCHES, Some(wrong.clone()))
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
        let detail = answer.json()["detail"].to_string();
        assert!(detail.contains(about), "{wrong}: {detail}");
    }
    let mine = Some(json!({"name": "a", "query": ""}));
    let refused = api.refusal(Method::POST, SEARCHES, mine.clone()).await;
    assert!(refused.contains("acts for nobody"), "{refused}");
    api.refusal(Method::DELETE, PINNED, None).await;
    let reader = token(&api.hub, &[Scope::EventRead]).await;
    let refused = api.call_as(&reader, Method::POST, SEARCHES, mine).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let none = api.call(Method::DELETE, &format!("{SEARCHES}x/"), None).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}
