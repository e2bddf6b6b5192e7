//! What became of what was sent, releases, and user feedback.

use axum::http::Method;
use errand_model::digested::{DigestedEnvelope, ItemOutcome, UserReport};
use errand_model::outcome::{Category, Outcome};
use errand_store::persist::Arrival;
use errand_store::testing::TestDb;
use serde_json::json;

use super::support::Api;

errand_store::on_both_databases!(
    outcomes_are_counted_by_hour,
    releases_are_listed,
    feedback_is_listed
);

async fn outcomes_are_counted_by_hour(test: TestDb) {
    let api = Api::new(test).await;
    api.store([api.event("a"), api.event("a"), api.event("b")]).await;
    let dropped = ItemOutcome {
        category: Category::Error,
        outcome: Outcome::RateLimited,
        reason: "key".to_owned(),
        quantity: 5,
    };
    api.store_all(&[Arrival {
        organization: api.hub.project.organization,
        project: api.hub.project.id,
        envelope: DigestedEnvelope {
            outcomes: vec![dropped],
            ..DigestedEnvelope::default()
        },
    }])
    .await;
    let stats = api.get("/projects/acme/shop/stats/").await;
    let last = stats.as_array().expect("a series").last().expect("the present");
    assert_eq!(*last, json!([1_789_999_200, 3]));
    let rejected = api
        .get("/projects/acme/shop/stats/?stat=rejected&resolution=1d")
        .await;
    let last = rejected
        .as_array()
        .expect("a series")
        .last()
        .expect("the present");
    assert_eq!(last[1], 5);
    let all = api
        .get("/organizations/acme/stats_v2/?field=sum(quantity)&groupBy=outcome&groupBy=category")
        .await;
    assert_eq!(all["intervals"].as_array().map(Vec::len), Some(24));
    assert_eq!(
        all["groups"][0]["by"],
        json!({"outcome": "accepted", "category": "error"})
    );
    assert_eq!(all["groups"][0]["totals"]["sum(quantity)"], 3);
    assert_eq!(all["groups"][0]["series"]["sum(quantity)"][23], 3);
    assert_eq!(all["groups"][1]["totals"]["sum(quantity)"], 5);
    for (query, field) in [
        ("", "field"),
        ("?field=sum(quantity)&statsPeriod=1y", "statsPeriod"),
        ("?field=sum(quantity)&groupBy=x", "groupBy"),
    ] {
        let wrong = api
            .refusal(
                Method::GET,
                &format!("/organizations/acme/stats_v2/{query}"),
                None,
            )
            .await;
        assert!(wrong.starts_with(field), "{wrong}");
    }
    let wrong = api
        .refusal(Method::GET, "/projects/acme/shop/stats/?since=5&until=4", None)
        .await;
    assert!(wrong.starts_with("since: '5' is not allowed"), "{wrong}");
}

async fn releases_are_listed(test: TestDb) {
    let api = Api::new(test).await;
    let event = |release: &str, seconds: i64| {
        let mut event = api.event("a");
        event.release = Some(release.to_owned());
        event.timestamp = event.timestamp.plus_seconds(seconds);
        event
    };
    api.store([
        event("shop@1.0", -60),
        event("shop@1.1", -30),
        event("shop@1.0", 0),
    ])
    .await;
    let all = api.get("/organizations/acme/releases/").await;
    let versions: Vec<_> = all
        .as_array()
        .expect("a list")
        .iter()
        .map(|release| &release["version"])
        .collect();
    assert_eq!(versions, ["shop@1.1", "shop@1.0"]);
    assert_eq!(all[0]["projects"][0]["slug"], "shop");
    assert_eq!(all[1]["shortVersion"], "1.0");
    let one = api.get("/projects/acme/shop/releases/?query=1.1").await;
    assert_eq!(one.as_array().map(Vec::len), Some(1));
}

async fn feedback_is_listed(test: TestDb) {
    let api = Api::new(test).await;
    let event = api.event("a");
    let (id, received) = (event.event_id, event.received);
    api.store([event]).await;
    api.store_all(&[Arrival {
        organization: api.hub.project.organization,
        project: api.hub.project.id,
        envelope: DigestedEnvelope {
            user_reports: vec![UserReport {
                project: api.hub.project.id,
                event_id: id,
                name: "Ada".to_owned(),
                email: "ada@example.com".to_owned(),
                comments: "It broke".to_owned(),
                received,
            }],
            ..DigestedEnvelope::default()
        },
    }])
    .await;
    let issue = api.issue("a").await;
    let all = api.get("/projects/acme/shop/user-feedback/").await;
    assert_eq!(all[0]["comments"], "It broke");
    assert_eq!(all[0]["eventID"], id.to_string());
    assert_eq!(all[0]["issue"]["id"], issue.as_str());
    let of_issue = api.get(&format!("/issues/{issue}/user-reports/")).await;
    assert_eq!(of_issue[0]["name"], "Ada");
    assert_eq!(api.get(&format!("/issues/{issue}/")).await["userReportCount"], 1);
    assert_eq!(
        api.get(&format!("/issues/{issue}/events/latest/")).await["userReport"]["email"],
        "ada@example.com"
    );
}
