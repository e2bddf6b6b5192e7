//! Plugins that hear of many changes at once, or of the latest alone.

use errand_model::IssueId;
use errand_model::delivery::AttemptOutcome;
use errand_model::lifecycle::Actor;
use errand_model::telling::{Digest, GatherBy, Telling};
use errand_store::deliveries;
use errand_store::issues::{self, By};

use crate::deliveries::{retry, states};
use crate::setting::{Setting, stop};

async fn comment(setting: &Setting, issue: IssueId) {
    let mut tx = setting.hub.db.begin().await.expect("a transaction");
    let by = By::new(Actor::System);
    let said = issues::comment(&mut tx, setting.hub.context(), &by, issue, "hm").await;
    said.expect("a comment");
    tx.commit().await.expect("commits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_together_is_told_together_and_written_down_once() {
    let setting = Setting::new().await;
    let to = setting.install("reports").await;
    setting.plugins.tell(Telling::Together(Digest {
        window_seconds: 600,
        by: GatherBy::Project,
        most: 100,
    }));
    let engine = setting.start().await;
    for group in ["a", "b", "c"] {
        setting.send(&engine, group, 2).await;
    }
    engine.drain().await;
    assert!(setting.plugins.digests().is_empty(), "the window is open");
    setting.plugins.play([retry()]);
    setting.clock.advance_millis(600_000);
    engine.drain().await;
    setting.clock.advance_millis(7_000);
    engine.drain().await;
    let calls = setting.plugins.digests();
    assert_eq!(calls.len(), 2, "tried, and tried again");
    assert_eq!(calls[0].head.idempotency_key, calls[1].head.idempotency_key);
    assert_eq!(calls[1].head.attempt, 2);
    assert_eq!(calls[1].group, format!("project/{}", setting.project.id));
    let told: Vec<_> = calls[1]
        .events
        .iter()
        .map(|(_, issue)| issue.title.as_str())
        .collect();
    assert_eq!(told, ["a failed", "b failed", "c failed"], "in order");
    assert!(setting.plugins.calls().is_empty(), "nothing is told one by one");
    let rows = deliveries::list(&setting.hub.db, to.id, 10)
        .await
        .expect("readable");
    let mut with_requests = 0;
    for row in rows {
        let attempts = deliveries::attempts(&setting.hub.db, row.delivery.id)
            .await
            .expect("readable");
        let outcomes: Vec<_> = attempts.iter().map(|one| one.outcome.clone()).collect();
        assert_eq!(outcomes, [retry(), AttemptOutcome::Done]);
        with_requests += attempts.iter().filter(|one| one.requests != "[]").count();
    }
    assert_eq!(with_requests, 2, "what it did stands with the first");
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_wants_the_latest_alone_hears_what_was_left_out() {
    use errand_model::delivery::DeliveryState::{Done, Superseded};
    let setting = Setting::new().await;
    let to = setting.install("sync").await;
    setting.plugins.tell(Telling::Latest);
    setting.plugins.play([retry()]);
    let engine = setting.start().await;
    setting.send(&engine, "a", 1).await;
    engine.drain().await;
    let issue = setting.issues().await.remove(0).id;
    for _ in 0..2 {
        comment(&setting, issue).await;
        engine.outbox().wake();
        engine.drain().await;
    }
    setting.clock.advance_millis(7_000);
    engine.drain().await;
    assert_eq!(
        states(&setting, to.id)
            .await
            .iter()
            .map(|(state, _)| *state)
            .collect::<Vec<_>>(),
        [Superseded, Superseded, Done]
    );
    let calls = setting.plugins.calls();
    let last = calls.last().expect("a call");
    let skipped: Vec<_> = last.skipped.iter().map(|event| event.change.name()).collect();
    assert_eq!(skipped, ["issue.created", "issue.commented"]);
    assert_eq!(calls.len(), 2, "the one that failed, and the latest");
    stop(engine).await;
}
