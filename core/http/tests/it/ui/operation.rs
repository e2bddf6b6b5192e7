//! What administrators set: how much is kept, and how much may come in.

use axum::http::StatusCode;
use errand_model::access::Role;
use errand_store::retention::{self, Keep};

use super::browser::Browser;
use crate::support::{EVENT, Hub};

#[tokio::test]
async fn an_administrator_sets_what_is_kept_and_nobody_else_does() {
    let hub = Hub::start().await;
    let mut member = Browser::of(&hub, "ada@example.com", Role::Member).await;
    assert_eq!(member.get("/storage").await.status, StatusCode::FORBIDDEN);
    let mut admin = Browser::of(&hub, "eve@example.com", Role::Admin).await;
    let fields = [("days", "90"), ("megabytes", "")];
    let answer = admin.submit("/storage", "/storage", &fields).await;
    let page = admin.follow(&answer).await;
    assert!(
        page.contains("Events of all projects are kept: 90 days"),
        "{page}"
    );
    let id = hub.project.id.to_string();
    let fields = [("project", id.as_str()), ("days", "7"), ("megabytes", "5")];
    admin.submit("/storage", "/storage", &fields).await;
    let rules = retention::rules(&hub.db.db).await.expect("rules");
    assert_eq!(rules.hub.days, Some(90));
    let own = Keep {
        days: Some(7),
        bytes: Some(5_000_000),
    };
    assert_eq!(rules.of(hub.project.id), own);
    for bad in ["0", "-1", "a", "9999999999999"] {
        let fields = [("days", bad), ("megabytes", "")];
        let answer = admin.submit("/storage", "/storage", &fields).await;
        assert!(admin.follow(&answer).await.contains("whole numbers"), "{bad}");
    }
    assert_eq!(retention::rules(&hub.db.db).await.expect("rules"), rules);
    let log = admin.page("/audit").await;
    assert!(
        log.contains("events of Shop are kept: 7 days and 5000000 bytes"),
        "{log}"
    );
}

#[tokio::test]
async fn of_a_flood_the_beginning_is_taken_and_then_one_event_a_second() {
    let hub = Hub::start().await;
    let mut ada = Browser::of(&hub, "ada@example.com", Role::Member).await;
    let path = format!("/projects/{}/volume", hub.project.slug);
    let fields = [("daily", "100000"), ("monthly", ""), ("spikes", "on")];
    let answer = ada.submit(&path, &path, &fields).await;
    assert!(ada.follow(&answer).await.contains("Saved."));
    let mut taken = 0;
    for _ in 0..700 {
        let answer = hub.post("envelope/", &[], EVENT).await;
        match answer.status.as_u16() {
            200 => taken += 1,
            _ => assert_eq!(answer.header("retry-after"), "1", "{}", answer.text()),
        }
    }
    assert_eq!(
        taken, 601,
        "600 of a project without a past, and one of the second"
    );
    let held = hub.intake.outcomes.lock().expect("unpoisoned").len();
    assert_eq!(held, 99, "each that is not taken is counted");
    for _ in 0..5 {
        hub.clock.advance_millis(1_000);
        assert_eq!(
            hub.post("envelope/", &[], EVENT).await.status,
            200,
            "one a second"
        );
        assert_eq!(hub.post("envelope/", &[], EVENT).await.status, 429);
    }
    let quiet = [("daily", "1"), ("monthly", "")];
    ada.submit(&path, &path, &quiet).await;
    let answer = hub.post("envelope/", &[], EVENT).await;
    assert!(
        answer
            .header("x-sentry-rate-limits")
            .ends_with(":project:daily_quota")
    );
}
