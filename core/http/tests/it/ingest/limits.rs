//! Limits: who reaches one is told for how long to wait, and every item that waits is counted.

use errand_http::ingest::intake::IntakeError;
use errand_model::outcome::{Category, Outcome};
use errand_model::project::RateLimit;

use crate::support::{EVENT, Hub};

const SESSION: &str = "{}\n{\"type\":\"session\"}\n{\"sid\":\"a\"}\n";
const CLIENT_REPORT: &str = "{}\n{\"type\":\"client_report\"}\n{\"discarded_events\":[]}\n";

#[tokio::test]
async fn a_key_sends_as_much_as_its_limit_allows() {
    let hub = Hub::start().await;
    hub.change_key(|key| key.rate_limit = Some(RateLimit { count: 3, window: 60 }))
        .await;
    for nth in 1..=3 {
        let answer = hub.post("envelope/", &[], EVENT).await;
        assert_eq!(answer.status, 200);
        let is_told = answer.headers.contains_key("x-sentry-rate-limits");
        assert_eq!(
            is_told,
            nth == 3,
            "the last that passes is told that the limit is reached"
        );
    }
    let answer = hub.post("envelope/", &[], EVENT).await;
    assert_eq!(answer.status, 429, "{}", answer.text());
    assert_eq!(answer.header("retry-after"), "20");
    let limits = answer.header("x-sentry-rate-limits");
    assert!(
        limits.starts_with("20:default;error;") && limits.ends_with(":key:key_quota"),
        "{limits}"
    );
    assert_eq!(hub.post("store/", &[], "{\"message\":\"a\"}").await.status, 429);
    {
        let outcomes = hub.intake.outcomes.lock().expect("unpoisoned");
        assert_eq!(outcomes.len(), 2);
        for outcome in outcomes.iter() {
            assert_eq!(
                (outcome.category, outcome.outcome),
                (Category::Error, Outcome::RateLimited)
            );
            assert_eq!((outcome.reason.as_str(), outcome.quantity), ("key_quota", 1));
        }
    }
    hub.clock.advance_millis(20_000);
    assert_eq!(hub.post("envelope/", &[], EVENT).await.status, 200);
    assert_eq!(hub.post("envelope/", &[], EVENT).await.status, 429);
}

#[tokio::test]
async fn sessions_check_ins_and_client_reports_always_pass() {
    let hub = Hub::start().await;
    hub.change_project(|project| project.settings.rate_limit = Some(RateLimit { count: 1, window: 60 }))
        .await;
    for _ in 0..3 {
        assert_eq!(hub.post("envelope/", &[], SESSION).await.status, 200);
    }
    assert_eq!(hub.post("envelope/", &[], EVENT).await.status, 200);
    let answer = hub.post("envelope/", &[], EVENT).await;
    assert_eq!(answer.status, 429);
    assert!(
        answer
            .header("x-sentry-rate-limits")
            .ends_with(":project:project_quota")
    );
    assert_eq!(hub.post("envelope/", &[], CLIENT_REPORT).await.status, 200);
    assert_eq!(hub.post("cron/backup/?status=ok", &[], "").await.status, 202);
}

#[tokio::test]
async fn a_full_queue_tells_every_sdk_to_wait() {
    let hub = Hub::start().await;
    *hub.intake.refusal.lock().expect("unpoisoned") = Some(IntakeError::Full {
        retry_after_seconds: 7,
    });
    let answer = hub.post("envelope/", &[], EVENT).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header("retry-after"), "7");
    assert_eq!(
        answer.header("x-sentry-rate-limits"),
        "7::organization:queue_full"
    );
    {
        let outcomes = hub.intake.outcomes.lock().expect("unpoisoned");
        assert_eq!((outcomes.len(), outcomes[0].reason.as_str()), (1, "queue_full"));
    }
    // A crontab knows no 429.
    assert_eq!(hub.post("cron/backup/?status=ok", &[], "").await.status, 503);
}

#[tokio::test]
async fn an_intake_that_stops_is_a_503() {
    let hub = Hub::start().await;
    *hub.intake.refusal.lock().expect("unpoisoned") = Some(IntakeError::Unavailable);
    let answer = hub.post("envelope/", &[], EVENT).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), "10");
}

#[tokio::test]
async fn what_limits_spare_goes_on_when_its_envelope_is_held() {
    let hub = Hub::start().await;
    hub.change_key(|key| key.rate_limit = Some(RateLimit { count: 1, window: 60 }))
        .await;
    let items = CLIENT_REPORT.trim_start_matches("{}\n");
    let both = format!("{EVENT}{items}");
    assert_eq!(hub.post("envelope/", &[], both.clone()).await.status, 200);
    assert_eq!(hub.post("envelope/", &[], both).await.status, 429);
    let submissions = hub.intake.submissions.lock().expect("unpoisoned");
    let kinds = |at: usize| {
        let envelope =
            errand_pipeline::envelope::Envelope::parse(&submissions[at].body).expect("an envelope");
        envelope
            .items
            .iter()
            .map(|item| item.kind.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (kinds(0), kinds(1)),
        (vec!["event", "client_report"], vec!["client_report"])
    );
    let outcomes = hub.intake.outcomes.lock().expect("unpoisoned");
    assert_eq!((outcomes.len(), outcomes[0].category), (1, Category::Error));
}
