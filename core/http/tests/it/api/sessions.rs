//! How sessions went over time, as Sentry's API tells it.

use axum::http::Method;
use errand_model::digested::DigestedEnvelope;
use errand_model::health::{SessionReport, Sessions};
use errand_store::persist::Arrival;
use errand_store::testing::TestDb;
use serde_json::{Value, json};

use super::support::Api;

errand_store::on_both_databases!(sessions_are_told_by_release_and_status, nonsense_is_refused);

const SESSIONS: &str = "/organizations/acme/sessions/";

/// A project whose sessions are of two releases, one of them an hour ago as well.
async fn stage(test: TestDb) -> Api {
    let api = Api::new(test).await;
    let now = api.hub.state.now();
    let report = |release: &str, hours: i64, user: &str, [started, errored, abnormal, crashed]: [i64; 4]| {
        SessionReport {
            minute: now.plus_seconds(-3_600 * hours).minute(),
            release: release.to_owned(),
            environment: "production".to_owned(),
            user: Some(user.to_owned()),
            session: None,
            counts: Sessions {
                started,
                errored,
                abnormal,
                crashed,
            },
        }
    };
    let sessions = vec![
        report("shop@1.0", 0, "ada", [90, 0, 0, 0]),
        report("shop@1.0", 0, "bob", [10, 4, 1, 1]),
        report("shop@1.0", 1, "ada", [100, 0, 0, 0]),
        report("shop@2.0", 0, "ada", [50, 0, 0, 0]),
    ];
    let arrival = Arrival {
        organization: api.hub.project.organization,
        project: api.hub.project.id,
        envelope: DigestedEnvelope {
            sessions,
            ..DigestedEnvelope::default()
        },
    };
    api.store_all(&[arrival]).await;
    api
}

async fn sessions_are_told_by_release_and_status(test: TestDb) {
    let api = stage(test).await;
    let all = "field=sum(session)&field=crash_free_rate(session)&field=count_unique(user)&statsPeriod=2h";
    let told = api.get(&format!("{SESSIONS}?{all}")).await;
    assert_eq!(told["intervals"].as_array().map(Vec::len), Some(2));
    let group = &told["groups"][0];
    assert_eq!(group["by"], json!({}));
    assert_eq!(
        group["totals"],
        json!({"sum(session)": 250, "crash_free_rate(session)": 0.996, "count_unique(user)": 2})
    );
    assert_eq!(group["series"]["sum(session)"], json!([100, 150]));
    assert_eq!(group["series"]["count_unique(user)"], json!([1, 2]));

    let by_release = "field=crash_free_rate(user)&field=crash_rate(session)&groupBy=release&groupBy=project";
    let told = api.get(&format!("{SESSIONS}?{by_release}&statsPeriod=24h")).await;
    let project = api.hub.project.id.0;
    assert_eq!(
        told["groups"][0]["by"],
        json!({"release": "shop@1.0", "project": project})
    );
    assert_eq!(
        told["groups"][0]["totals"],
        json!({"crash_free_rate(user)": 0.5, "crash_rate(session)": 0.005_000_000_000_000_004_4})
    );
    assert_eq!(told["groups"][1]["totals"]["crash_free_rate(user)"], 1.0);

    let by_status =
        "field=sum(session)&groupBy=session.status&query=release:shop%401.0&environment=production";
    let told = api
        .get(&format!("{SESSIONS}?{by_status}&interval=1d&statsPeriod=2d"))
        .await;
    let counts: Vec<(&Value, &Value)> = told["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|group| (&group["by"]["session.status"], &group["totals"]["sum(session)"]))
        .collect();
    let expected = [("healthy", 196), ("errored", 2), ("abnormal", 1), ("crashed", 1)];
    let expected: Vec<(Value, Value)> = expected
        .map(|(status, count)| (json!(status), json!(count)))
        .to_vec();
    assert_eq!(
        counts,
        expected
            .iter()
            .map(|(status, count)| (status, count))
            .collect::<Vec<_>>()
    );

    let nothing = api
        .get(&format!(
            "{SESSIONS}?field=crash_free_rate(session)&environment=moon"
        ))
        .await;
    assert_eq!(
        nothing["groups"][0]["totals"],
        json!({"crash_free_rate(session)": null})
    );
}

async fn nonsense_is_refused(test: TestDb) {
    let api = stage(test).await;
    for (query, field) in [
        ("", "field"),
        ("field=sum(x)", "field"),
        ("field=sum(session)&groupBy=browser", "groupBy"),
        ("field=crash_rate(session)&groupBy=session.status", "field"),
        ("field=sum(session)&query=level:error", "query"),
        ("field=sum(session)&query=release:shop*", "query"),
        ("field=sum(session)&statsPeriod=1y", "statsPeriod"),
    ] {
        let wrong = api
            .refusal(Method::GET, &format!("{SESSIONS}?{query}"), None)
            .await;
        assert!(wrong.starts_with(&format!("{field}:")), "{query}: {wrong}");
    }
}
