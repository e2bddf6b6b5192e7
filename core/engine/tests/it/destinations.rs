//! Far ends that are down, busy or closed to us: nothing is lost, nothing hammers, everything drains in order.

use std::collections::BTreeMap;

use errand_engine::Engine;
use errand_model::delivery::{AttemptOutcome, DeliveryState};
use errand_model::destination::{Circuit, OPENS_AFTER};
use errand_model::lifecycle::Actor;
use errand_model::{InstallationId, IssueId, LifecycleId};
use errand_store::issues::{self, By};
use errand_store::{deliveries, installations};

use crate::deliveries::{retry, states};
use crate::setting::{Setting, stop};

const MINUTE: i64 = 60_000;

/// New issues, each with a comment: two deliveries a lane.
async fn lanes(setting: &Setting, engine: &Engine, groups: &[&str]) {
    for group in groups {
        setting.send(engine, group, 1).await;
    }
    let titles: Vec<String> = groups.iter().map(|group| format!("{group} failed")).collect();
    engine.drain().await;
    let mut tx = setting.hub.db.begin().await.expect("a transaction");
    for issue in setting.issues().await {
        if titles.contains(&issue.title) {
            let by = By::new(Actor::System);
            issues::comment(&mut tx, setting.hub.context(), &by, issue.id, "hm")
                .await
                .expect("a comment");
        }
    }
    tx.commit().await.expect("commits");
    engine.outbox().wake();
    engine.drain().await;
}

/// What was told of each issue from the `from`th call on, in order.
fn told(setting: &Setting, from: usize) -> BTreeMap<IssueId, Vec<LifecycleId>> {
    let mut told: BTreeMap<IssueId, Vec<LifecycleId>> = BTreeMap::new();
    for call in &setting.plugins.calls()[from..] {
        let lane = told.entry(call.issue.id).or_default();
        if lane.last() != Some(&call.event.id) {
            lane.push(call.event.id);
        }
    }
    told
}

async fn count(setting: &Setting, installation: InstallationId, state: DeliveryState) -> usize {
    let states = states(setting, installation).await;
    states.iter().filter(|(at, _)| *at == state).count()
}

async fn circuit(setting: &Setting, installation: InstallationId) -> Circuit {
    let known = deliveries::destinations(&setting.hub.db, &[installation]).await;
    let known = known.expect("readable").remove(&installation).expect("known");
    assert_eq!(known[0].host, "far.example");
    known[0].circuit(setting.hub.now())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_destination_that_is_down_for_a_day_costs_little_and_loses_nothing() {
    let setting = Setting::new().await;
    let installation = setting.install("webhook").await.id;
    let engine = setting.start().await;
    setting.plugins.always(Some(retry()));
    let groups = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    lanes(&setting, &engine, &groups).await;
    assert_eq!(circuit(&setting, installation).await, Circuit::Open);
    let first = setting.plugins.calls().len();
    let most = OPENS_AFTER as usize + setting.options().dispatch.per_installation;
    assert!(first <= most, "{first} attempts before it was left alone");
    for minute in 0..24 * 60 / 5 {
        setting.clock.advance_millis(5 * MINUTE);
        engine.drain().await;
        if minute == 100 {
            lanes(&setting, &engine, &["later"]).await;
        }
    }
    let tried = setting.plugins.calls().len();
    assert!(tried < 24 * 4 + 20, "one a quarter of an hour, not {tried}");
    assert!(tried > 24, "it was looked after: {tried}");
    let all = 2 * groups.len() + 2;
    assert_eq!(count(&setting, installation, DeliveryState::Waiting).await, all);

    setting.plugins.always(None);
    for _ in 0..13 {
        setting.clock.advance_millis(5 * MINUTE);
        engine.drain().await;
    }
    assert_eq!(count(&setting, installation, DeliveryState::Done).await, all);
    assert_eq!(circuit(&setting, installation).await, Circuit::Closed);
    let told = told(&setting, tried);
    assert_eq!(told.len(), groups.len() + 1);
    assert!(told.values().all(|lane| lane.len() == 2 && lane.is_sorted()));
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_delivery_goes_to_see_whether_a_destination_is_back() {
    let setting = Setting::new().await;
    let installation = setting.install("webhook").await.id;
    let other = setting.install("other").await.id;
    let engine = setting.start().await;
    setting.plugins.always(Some(retry()));
    lanes(
        &setting,
        &engine,
        &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"],
    )
    .await;
    let calls = |of: InstallationId| {
        let calls = setting.plugins.calls();
        calls.iter().filter(|call| call.installation == of).count()
    };
    let before = (calls(installation), calls(other));
    setting.clock.advance_millis(MINUTE);
    engine.drain().await;
    assert_eq!((calls(installation), calls(other)), (before.0 + 1, before.1 + 1));
    setting.clock.advance_millis(MINUTE - 10_000);
    engine.drain().await;
    assert_eq!(calls(installation), before.0 + 1, "it stays away for longer");
    setting.plugins.always(None);
    setting.clock.advance_millis(2 * MINUTE);
    engine.drain().await;
    assert_eq!(count(&setting, installation, DeliveryState::Done).await, 20);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_destination_that_asks_to_be_left_alone_is_left_alone_by_all() {
    let setting = Setting::new().await;
    let installation = setting.install("webhook").await.id;
    let engine = setting.start().await;
    setting
        .plugins
        .always(Some(AttemptOutcome::RateLimited { after_ms: 600_000 }));
    lanes(&setting, &engine, &["a", "b", "c", "d", "e", "f", "g", "h"]).await;
    let at_once = setting.options().dispatch.per_installation;
    assert!(setting.plugins.calls().len() <= at_once);
    assert_eq!(circuit(&setting, installation).await, Circuit::Busy);
    for _ in 0..6 {
        let before = setting.plugins.calls().len();
        setting.clock.advance_millis(9 * MINUTE);
        engine.drain().await;
        assert_eq!(setting.plugins.calls().len(), before, "it asked for ten minutes");
        setting.clock.advance_millis(MINUTE);
        engine.drain().await;
        assert!(setting.plugins.calls().len() <= before + at_once);
    }
    setting.plugins.always(None);
    setting.clock.advance_millis(10 * MINUTE);
    let before = setting.plugins.calls().len();
    engine.drain().await;
    let states = states(&setting, installation).await;
    assert!(
        states.iter().all(|at| *at == (DeliveryState::Done, 1)),
        "waiting costs no attempt: {states:?}"
    );
    assert!(
        told(&setting, before)
            .values()
            .all(|lane| lane.len() == 2 && lane.is_sorted())
    );
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_that_are_refused_park_everything_until_they_are_mended() {
    let setting = Setting::new().await;
    let installation = setting.install("webhook").await.id;
    let engine = setting.start().await;
    setting.plugins.always(Some(AttemptOutcome::Auth {
        message: "answered 401".to_owned(),
    }));
    lanes(&setting, &engine, &["a", "b", "c", "d", "e", "f", "g", "h"]).await;
    let tried = setting.plugins.calls().len();
    assert!(tried <= setting.options().dispatch.per_installation);
    setting.clock.advance_millis(24 * 60 * MINUTE);
    engine.drain().await;
    assert_eq!(setting.plugins.calls().len(), tried, "nobody goes there again");
    let paused = installations::by_id(&setting.hub.db, installation).await;
    let paused = paused.expect("readable").expect("there").paused;
    assert_eq!(paused.as_deref(), Some("answered 401"));

    setting.plugins.always(None);
    let mut tx = setting.hub.db.begin().await.expect("a transaction");
    installations::resume(&mut tx, setting.hub.context(), installation)
        .await
        .expect("resumes");
    tx.commit().await.expect("commits");
    engine.deliveries().wake();
    engine.drain().await;
    let states = states(&setting, installation).await;
    assert_eq!(states.len(), 16);
    assert!(
        states.iter().all(|at| *at == (DeliveryState::Done, 1)),
        "{states:?}"
    );
    assert!(
        told(&setting, tried)
            .values()
            .all(|lane| lane.len() == 2 && lane.is_sorted())
    );
    stop(engine).await;
}
