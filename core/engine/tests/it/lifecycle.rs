//! What happened is told to whom it is owed, and to nobody else.

use errand_engine::RehearseError;
use errand_model::DeliveryId;
use errand_model::delivery::{AttemptOutcome, DeliveryState, Unowed};
use errand_model::lifecycle::Actor;
use errand_store::issues::{self, By};
use errand_store::{deliveries, installations, lifecycle};

use crate::setting::{Setting, stop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_new_issue_is_told_once_to_every_installation() {
    let setting = Setting::new().await;
    let (one, two) = (setting.install("webhook").await, setting.install("other").await);
    let engine = setting.start().await;
    for group in ["a", "b", "c"] {
        setting.send(&engine, group, 5).await;
    }
    engine.drain().await;
    let calls = setting.plugins.calls();
    for installation in [one.id, two.id] {
        let told: Vec<_> = calls
            .iter()
            .filter(|call| call.installation == installation)
            .collect();
        assert_eq!(told.len(), 3);
        assert!(
            told.iter()
                .all(|call| call.event.change.name() == "issue.created")
        );
    }
    let call = &calls[0];
    assert!(
        call.issue
            .url
            .starts_with("https://errors.example.com/organizations/acme/issues/"),
        "{}",
        call.issue.url
    );
    assert_eq!(call.issue.project.slug, "shop");
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_by_people_are_told_in_order_and_a_plugin_does_not_hear_of_its_own() {
    let setting = Setting::new().await;
    let (one, two) = (setting.install("webhook").await, setting.install("other").await);
    let engine = setting.start().await;
    setting.send(&engine, "a", 1).await;
    engine.drain().await;
    let issue = setting.issues().await[0].id;
    let actors = [Actor::System, Actor::Plugin { installation: one.id }];
    for actor in actors {
        let mut tx = setting.hub.db.begin().await.expect("a transaction");
        issues::comment(&mut tx, setting.hub.context(), &By::new(actor), issue, "hm")
            .await
            .expect("a comment");
        tx.commit().await.expect("commits");
    }
    engine.outbox().wake();
    engine.drain().await;
    let heard = |installation| -> Vec<&'static str> {
        let calls = setting.plugins.calls();
        calls
            .iter()
            .filter(|call| call.installation == installation)
            .map(|call| call.event.change.name())
            .collect()
    };
    assert_eq!(heard(one.id), ["issue.created", "issue.commented"]);
    assert_eq!(
        heard(two.id),
        ["issue.created", "issue.commented", "issue.commented"]
    );
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_unwanted_disabled_or_older_is_not_owed() {
    let setting = Setting::new().await;
    let mut disabled = setting.install("webhook").await;
    disabled.is_enabled = false;
    let mut tx = setting.hub.db.begin().await.expect("a transaction");
    installations::update(&mut tx, &disabled).await.expect("updates");
    tx.commit().await.expect("commits");
    setting.clock.advance_millis(60_000);
    let later = setting.install("webhook").await;
    setting.clock.advance_millis(-30_000);
    let engine = setting.start().await;
    setting.send(&engine, "before", 1).await;
    engine.drain().await;
    setting.clock.advance_millis(60_000);
    setting.send(&engine, "after", 1).await;
    engine.drain().await;
    setting.plugins.unwant("issue.created");
    setting.send(&engine, "unwanted", 1).await;
    engine.drain().await;
    let calls = setting.plugins.calls();
    let titles: Vec<_> = calls
        .iter()
        .map(|call| (call.installation, call.issue.title.as_str()))
        .collect();
    assert_eq!(titles, [(later.id, "after failed")]);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_that_is_not_loaded_is_owed_all_the_same() {
    let setting = Setting::new().await;
    let absent = setting.install("absent").await;
    let engine = setting.start().await;
    setting.send(&engine, "a", 1).await;
    engine.drain().await;
    let owed = deliveries::list(&setting.hub.db, absent.id, 10)
        .await
        .expect("readable");
    assert_eq!(owed.len(), 1);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plugins_that_answer_each_other_come_to_an_end_and_it_is_said_why() {
    let setting = Setting::new().await;
    let (one, two) = (setting.install("webhook").await, setting.install("other").await);
    let engine = setting.start().await;
    setting.send(&engine, "a", 1).await;
    engine.drain().await;
    let issue = setting.issues().await[0].id;
    // Each answers what it hears of the other.
    let mut heard = 0;
    for round in 0..20 {
        let me = if round % 2 == 0 { one.id } else { two.id };
        let calls = setting.plugins.calls();
        let Some(call) = calls[heard..].iter().find(|call| call.installation == me) else {
            break;
        };
        heard = calls.len();
        let by = By::answering(me, &call.event);
        let mut tx = setting.hub.db.begin().await.expect("a transaction");
        issues::comment(&mut tx, setting.hub.context(), &by, issue, "and you?")
            .await
            .expect("a comment");
        tx.commit().await.expect("commits");
        engine.outbox().wake();
        engine.drain().await;
    }
    let told = lifecycle::told_of_issue(&setting.hub.db, issue, 100).await;
    let told = told.expect("readable");
    assert_eq!(told.len(), 7, "the first, and six answers");
    let why = |at: usize| -> Vec<Unowed> { told[at].passed_over.iter().map(|(_, why)| *why).collect() };
    assert_eq!(why(6), []);
    assert_eq!(why(1), [Unowed::OwnChange], "but the other hears of it");
    assert!(why(0).contains(&Unowed::ChainTooLong) && why(0).contains(&Unowed::OwnChange));
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_is_rehearsed_without_changing_anything_and_replayed_with_the_same_key() {
    let setting = Setting::new().await;
    let installation = setting.install("webhook").await.id;
    let engine = setting.start().await;
    setting.plugins.play([AttemptOutcome::Permanent {
        message: "answered 404".to_owned(),
    }]);
    setting.send(&engine, "a", 1).await;
    engine.drain().await;
    let row = async || {
        let rows = deliveries::list(&setting.hub.db, installation, 10).await;
        rows.expect("readable").remove(0)
    };
    let dead = row().await;
    assert_eq!(dead.delivery.state, DeliveryState::Dead);
    let rehearse = engine.rehearsals();
    let rehearsal = rehearse(dead.delivery.id).await.expect("it is rehearsed");
    assert_eq!(rehearsal.outcome, AttemptOutcome::Done);
    assert_eq!(rehearsal.requests.len(), 1);
    assert_eq!(row().await, dead);
    assert!(matches!(
        rehearse(DeliveryId(1)).await,
        Err(RehearseError::Missing)
    ));
    let mut tx = setting.hub.db.begin().await.expect("a transaction");
    deliveries::replay(&mut tx, setting.hub.context(), dead.delivery.id)
        .await
        .expect("replays");
    tx.commit().await.expect("commits");
    engine.deliveries().wake();
    engine.drain().await;
    assert_eq!(row().await.delivery.state, DeliveryState::Done);
    let calls = setting.plugins.calls();
    let kinds: Vec<_> = calls
        .iter()
        .map(|call| (call.is_dry_run, call.is_replay))
        .collect();
    assert_eq!(kinds, [(false, false), (true, false), (false, true)]);
    assert_eq!(calls[0].idempotency_key, calls[2].idempotency_key);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_an_issue_was_deleted_is_told_as_it_stood_and_then_it_is_forgotten() {
    let setting = Setting::new().await;
    setting.install("webhook").await;
    let engine = setting.start().await;
    // Still waiting for its destination when the issue goes.
    setting.plugins.play([crate::deliveries::retry()]);
    setting.send(&engine, "a", 3).await;
    engine.drain().await;
    let issue = setting.issues().await.remove(0);
    let mut tx = setting.hub.db.begin().await.expect("a transaction");
    let by = By::new(Actor::System);
    issues::delete(&mut tx, setting.hub.context(), &by, &[issue.id], false)
        .await
        .expect("deleted");
    tx.commit().await.expect("commits");
    engine.outbox().wake();
    engine.drain().await;
    let kept = "SELECT COUNT(*) FROM gone_issue";
    engine.run_jobs().await;
    assert_eq!(setting.number(kept).await, 1, "somebody is owed to hear of it");
    setting.clock.advance_millis(7_000);
    engine.drain().await;
    let calls = setting.plugins.calls();
    let told: Vec<_> = calls.iter().map(|call| call.event.change.name()).collect();
    assert_eq!(told, ["issue.created", "issue.created", "issue.deleted"]);
    let last = &calls[2].issue;
    assert_eq!(
        (last.id, last.title.as_str(), last.short_id.as_str()),
        (issue.id, "a failed", "SHOP-1")
    );
    assert_eq!(last.times_seen, 3);
    engine.run_jobs().await;
    assert_eq!(setting.number(kept).await, 0);
    stop(engine).await;
}
