//! Deliveries are tried until they end, in order, and survive a crash.

use std::time::Duration;

use errand_model::InstallationId;
use errand_model::delivery::{AttemptOutcome, DeliveryState, MAX_CRASHES};
use errand_store::{deliveries, installations};

use crate::setting::{Setting, kill, stop};

pub(crate) fn retry() -> AttemptOutcome {
    AttemptOutcome::Retry {
        message: "503".to_owned(),
        after_ms: None,
    }
}

pub(crate) async fn states(setting: &Setting, installation: InstallationId) -> Vec<(DeliveryState, i32)> {
    let rows = deliveries::list(&setting.hub.db, installation, 100)
        .await
        .expect("readable");
    rows.iter()
        .rev()
        .map(|row| (row.delivery.state, row.delivery.attempts))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_is_tried_again_when_its_time_has_come() {
    let setting = Setting::new().await;
    let installation = setting.install("webhook").await;
    setting.plugins.play([retry(), retry()]);
    let engine = setting.start().await;
    setting.send(&engine, "a", 1).await;
    engine.drain().await;
    assert_eq!(
        states(&setting, installation.id).await,
        [(DeliveryState::Waiting, 1)]
    );
    engine.drain().await;
    assert_eq!(setting.plugins.calls().len(), 1, "not before its time");
    setting.clock.advance_millis(7_000);
    engine.drain().await;
    assert_eq!(
        states(&setting, installation.id).await,
        [(DeliveryState::Waiting, 2)]
    );
    setting.clock.advance_millis(40_000);
    engine.drain().await;
    assert_eq!(
        states(&setting, installation.id).await,
        [(DeliveryState::Done, 3)]
    );
    let calls = setting.plugins.calls();
    assert_eq!(
        calls.iter().map(|call| call.attempt).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    assert!(
        calls
            .iter()
            .all(|call| call.idempotency_key == calls[0].idempotency_key)
    );
    let row = deliveries::list(&setting.hub.db, installation.id, 1)
        .await
        .expect("readable")
        .remove(0);
    let attempts = deliveries::attempts(&setting.hub.db, row.delivery.id)
        .await
        .expect("readable");
    let outcomes: Vec<_> = attempts.iter().map(|stored| stored.outcome.clone()).collect();
    assert_eq!(outcomes, [retry(), retry(), AttemptOutcome::Done]);
    assert_eq!((attempts[0].cpu_ms, attempts[0].wall_ms), (1, 3));
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lane_keeps_its_order_and_holds_up_no_other() {
    let setting = Setting::new().await;
    setting.install("webhook").await;
    let engine = setting.start().await;
    setting.plugins.play([retry()]);
    setting.send(&engine, "slow", 1).await;
    engine.drain().await;
    let slow = setting.issues().await[0].id;
    let by = errand_store::issues::By::new(errand_model::lifecycle::Actor::System);
    let mut tx = setting.hub.db.begin().await.expect("a transaction");
    errand_store::issues::comment(&mut tx, setting.hub.context(), &by, slow, "hm")
        .await
        .expect("a comment");
    tx.commit().await.expect("commits");
    setting.send(&engine, "quick", 1).await;
    engine.drain().await;
    let told = || -> Vec<(String, &'static str)> {
        let calls = setting.plugins.calls();
        calls
            .iter()
            .map(|call| (call.issue.title.clone(), call.event.change.name()))
            .collect()
    };
    let (slow, quick) = ("slow failed".to_owned(), "quick failed".to_owned());
    let created = (slow.clone(), "issue.created");
    assert_eq!(told(), [created.clone(), (quick.clone(), "issue.created")]);
    setting.clock.advance_millis(7_000);
    engine.drain().await;
    assert_eq!(
        told(),
        [
            created.clone(),
            (quick, "issue.created"),
            created,
            (slow, "issue.commented")
        ]
    );
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_configuration_holds_the_installation_until_it_is_resumed() {
    let setting = Setting::new().await;
    let installation = setting.install("webhook").await;
    setting.plugins.play([AttemptOutcome::Config {
        message: "no url".to_owned(),
    }]);
    let engine = setting.start().await;
    setting.send(&engine, "a", 1).await;
    engine.drain().await;
    setting.send(&engine, "b", 1).await;
    engine.drain().await;
    assert_eq!(
        states(&setting, installation.id).await,
        [(DeliveryState::Parked, 0), (DeliveryState::Waiting, 0)]
    );
    let paused = installations::by_id(&setting.hub.db, installation.id)
        .await
        .expect("readable")
        .expect("there");
    assert_eq!(paused.paused.as_deref(), Some("no url"));
    let mut tx = setting.hub.db.begin().await.expect("a transaction");
    installations::resume(&mut tx, setting.hub.context(), installation.id)
        .await
        .expect("resumes");
    tx.commit().await.expect("commits");
    engine.deliveries().wake();
    engine.drain().await;
    assert_eq!(
        states(&setting, installation.id).await,
        [(DeliveryState::Done, 1), (DeliveryState::Done, 1)]
    );
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_crashes_again_and_again_or_can_never_work_is_given_up() {
    let setting = Setting::new().await;
    let installation = setting.install("webhook").await;
    let crash = AttemptOutcome::Crashed {
        limit: "trap".to_owned(),
        message: "unreachable".to_owned(),
    };
    let engine = setting.start().await;
    setting.plugins.play([AttemptOutcome::Permanent {
        message: "404".to_owned(),
    }]);
    setting.send(&engine, "never", 1).await;
    engine.drain().await;
    setting.plugins.play((0..MAX_CRASHES).map(|_| crash.clone()));
    setting.send(&engine, "crashes", 1).await;
    for _ in 0..MAX_CRASHES {
        engine.drain().await;
        setting.clock.advance_millis(3_600_000);
    }
    engine.drain().await;
    let dead = [(DeliveryState::Dead, 1), (DeliveryState::Dead, MAX_CRASHES)];
    assert_eq!(states(&setting, installation.id).await, dead);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_that_a_crash_cut_off_is_made_again_by_the_next_hub() {
    let setting = Setting::new().await;
    let installation = setting.install("webhook").await;
    setting.plugins.close_gate();
    let engine = setting.start().await;
    setting.send(&engine, "a", 1).await;
    wait_for(|| setting.plugins.calls().len() == 1).await;
    kill(engine).await;
    assert_eq!(
        states(&setting, installation.id).await,
        [(DeliveryState::Leased, 0)]
    );
    setting.plugins.open_gate();
    let engine = setting.start().await;
    engine.drain().await;
    assert_eq!(
        states(&setting, installation.id).await,
        [(DeliveryState::Done, 1)]
    );
    let calls = setting.plugins.calls();
    assert_eq!(
        (calls.len(), &calls[0].idempotency_key),
        (2, &calls[1].idempotency_key)
    );
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_takes_no_more_than_its_share() {
    let setting = Setting::new().await;
    let slow = setting.install("webhook").await;
    let engine = setting.start().await;
    setting.plugins.close_gate();
    for group in 0..12 {
        setting.send(&engine, &format!("g{group}"), 1).await;
    }
    let share = setting.options().dispatch.per_installation;
    wait_for(|| setting.plugins.calls().len() == share).await;
    let other = setting.install("other").await;
    setting.clock.advance_millis(1_000);
    setting.send(&engine, "late", 1).await;
    wait_for(|| {
        setting
            .plugins
            .calls()
            .iter()
            .any(|call| call.installation == other.id)
    })
    .await;
    let of_slow = setting
        .plugins
        .calls()
        .iter()
        .filter(|call| call.installation == slow.id)
        .count();
    assert_eq!(of_slow, share);
    setting.plugins.open_gate();
    engine.drain().await;
    let done = states(&setting, slow.id)
        .await
        .iter()
        .filter(|(state, _)| *state == DeliveryState::Done)
        .count();
    assert_eq!(done, 13);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutting_down_waits_for_attempts_under_way() {
    let setting = Setting::new().await;
    let installation = setting.install("webhook").await;
    setting.plugins.close_gate();
    let engine = setting.start().await;
    setting.send(&engine, "a", 1).await;
    wait_for(|| setting.plugins.calls().len() == 1).await;
    let (plugins, stopping) = (setting.plugins.clone(), stop(engine));
    tokio::join!(stopping, async { plugins.open_gate() });
    assert_eq!(
        states(&setting, installation.id).await,
        [(DeliveryState::Done, 1)]
    );
}

/// Until the played plugins have come to something; there is nothing of theirs to wait on.
pub(crate) async fn wait_for(condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .expect("it comes to that");
}
