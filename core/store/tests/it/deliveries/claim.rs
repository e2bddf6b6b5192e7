//! What is owed to installations is delivered in order, once, and not forgotten.

use errand_model::LifecycleId;
use errand_model::delivery::{AttemptOutcome, DeliveryState};
use errand_store::installations::{self, Installation};
use errand_store::testing::TestDb;
use errand_store::{Error, deliveries, lifecycle};

use super::{claim, claim_up_to, fan_out, finish, install, retry, two_lanes};
use crate::fixtures::Hub;

errand_store::on_both_databases!(
    the_outbox_is_emptied_in_order,
    a_lane_keeps_its_order,
    a_lease_that_ends_is_taken_over,
    what_fails_is_tried_again_later,
    what_needs_an_admin_waits_for_one,
    two_dispatchers_never_claim_the_same,
    a_delivery_that_is_over_can_be_replayed,
    a_disabled_installation_hears_nothing,
    a_released_delivery_is_due_at_once,
);

async fn the_outbox_is_emptied_in_order(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let to = install(&hub).await;
    assert!(!lifecycle::is_pending(&hub.db).await.expect("read"));
    hub.take((0..150).map(|n| hub.event(&n.to_string()))).await;
    assert!(lifecycle::is_pending(&hub.db).await.expect("read"));
    assert_eq!(
        (
            fan_out(&hub, &to).await,
            fan_out(&hub, &to).await,
            fan_out(&hub, &to).await
        ),
        (100, 50, 0)
    );
    assert!(!lifecycle::is_pending(&hub.db).await.expect("read"));
    let claimed = claim(&hub).await;
    let claimed: Vec<LifecycleId> = claimed.iter().map(|claimed| claimed.event.id).collect();
    assert_eq!(claimed.len(), 100);
    assert!(claimed.is_sorted());
    assert_eq!(claim(&hub).await.len(), 50);
}

async fn a_lane_keeps_its_order(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (_, issue) = two_lanes(&hub).await;
    let mut heard = Vec::new();
    let first = claim(&hub).await;
    assert_eq!(first.len(), 2, "one of each lane");
    assert_eq!(claim(&hub).await.len(), 0);
    for claimed in first {
        heard.push((claimed.event.issue, claimed.event.change.name()));
        assert_eq!(
            finish(&hub, &claimed, AttemptOutcome::Done).await.expect("ours"),
            DeliveryState::Done
        );
    }
    for _ in 0..2 {
        let next = claim(&hub).await;
        assert_eq!(next.len(), 1);
        heard.push((next[0].event.issue, next[0].event.change.name()));
        finish(&hub, &next[0], AttemptOutcome::Ignored)
            .await
            .expect("ours");
    }
    heard.retain(|(of, _)| *of == issue);
    let names: Vec<&str> = heard.iter().map(|(_, name)| *name).collect();
    assert_eq!(names, ["issue.created", "issue.commented", "issue.commented"]);
    assert_eq!(claim(&hub).await.len(), 0);
    let states: Vec<_> = deliveries::counts(&hub.db)
        .await
        .expect("read")
        .into_iter()
        .map(|count| (count.state, count.count))
        .collect();
    assert_eq!(states, [(DeliveryState::Done, 2), (DeliveryState::Ignored, 2)]);
    assert_eq!(
        deliveries::of_issue(&hub.db, issue, 10)
            .await
            .expect("read")
            .len(),
        3
    );
}

async fn a_lease_that_ends_is_taken_over(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    two_lanes(&hub).await;
    let lost = claim(&hub).await.remove(0);
    hub.clock.advance_millis(59_000);
    let mut tx = hub.db.begin().await.expect("begin");
    deliveries::renew(&mut tx, hub.cx(), lost.delivery.id, lost.lease_token, 60)
        .await
        .expect("renew");
    tx.commit().await.expect("commit");
    hub.clock.advance_millis(59_000);
    assert!(
        claim(&hub)
            .await
            .iter()
            .all(|claimed| claimed.delivery.id != lost.delivery.id)
    );
    hub.clock.advance_millis(1_000);
    let again = claim(&hub).await;
    let again = again
        .iter()
        .find(|claimed| claimed.delivery.id == lost.delivery.id)
        .expect("due again");
    assert_eq!(finish(&hub, &lost, AttemptOutcome::Done).await, None);
    assert!(
        deliveries::attempts(&hub.db, lost.delivery.id)
            .await
            .expect("read")
            .is_empty()
    );
    finish(&hub, again, AttemptOutcome::Done).await.expect("ours");
    assert_eq!(finish(&hub, again, AttemptOutcome::Done).await, None);
}

async fn what_fails_is_tried_again_later(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (_, issue) = two_lanes(&hub).await;
    let claimed = claim(&hub).await;
    let of_issue = claimed
        .iter()
        .find(|claimed| claimed.event.issue == issue)
        .expect("one");
    for other in claimed.iter().filter(|claimed| claimed.event.issue != issue) {
        finish(&hub, other, AttemptOutcome::Done).await.expect("ours");
    }
    assert_eq!(
        finish(&hub, of_issue, retry()).await.expect("ours"),
        DeliveryState::Waiting
    );
    assert_eq!(claim(&hub).await.len(), 0, "the lane waits");
    hub.clock.advance_millis(5_000);
    let again = claim(&hub).await;
    assert_eq!((again.len(), again[0].delivery.attempts), (1, 1));
    let dead = AttemptOutcome::Permanent {
        message: "never".to_owned(),
    };
    assert_eq!(
        finish(&hub, &again[0], dead).await.expect("ours"),
        DeliveryState::Dead
    );
    let attempts = deliveries::attempts(&hub.db, again[0].delivery.id)
        .await
        .expect("read");
    assert_eq!((attempts.len(), attempts[0].outcome.clone()), (2, retry()));
    assert_eq!(claim(&hub).await.len(), 1, "what is dead holds nothing up");
}

async fn what_needs_an_admin_waits_for_one(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (to, _) = two_lanes(&hub).await;
    let claimed = claim(&hub).await;
    let auth = AttemptOutcome::Auth {
        message: "token refused".to_owned(),
    };
    assert_eq!(
        finish(&hub, &claimed[0], auth).await.expect("ours"),
        DeliveryState::Parked
    );
    finish(&hub, &claimed[1], retry()).await.expect("ours");
    let paused = installations::by_id(&hub.db, to.id)
        .await
        .expect("read")
        .expect("it is there");
    assert_eq!(paused.paused.as_deref(), Some("token refused"));
    hub.clock.advance_millis(86_400_000);
    assert_eq!(claim(&hub).await.len(), 0);

    let mut tx = hub.db.begin().await.expect("begin");
    installations::resume(&mut tx, hub.cx(), to.id)
        .await
        .expect("resume");
    tx.commit().await.expect("commit");
    let again = claim(&hub).await;
    assert_eq!(again.len(), 2);
    let parked = again
        .iter()
        .find(|again| again.delivery.id == claimed[0].delivery.id)
        .expect("it goes on");
    assert_eq!(parked.delivery.attempts, 0);
}

async fn two_dispatchers_never_claim_the_same(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let to = install(&hub).await;
    hub.take((0..60).map(|n| hub.event(&n.to_string()))).await;
    fan_out(&hub, &to).await;
    let other = Hub {
        db: test.open_again().await,
        ..Hub::on_node(&test.db, 1).await
    };
    let claim_all = async |hub: &Hub| {
        let mut ids = Vec::new();
        loop {
            let claimed = claim_up_to(hub, 7).await;
            if claimed.is_empty() {
                return ids;
            }
            ids.extend(claimed.iter().map(|claimed| claimed.delivery.id));
        }
    };
    let (mut ids, more) = tokio::join!(claim_all(&hub), claim_all(&other));
    ids.extend(more);
    // Who was too late for all that it saw stops early; whoever asks next gets the rest.
    ids.extend(claim_all(&hub).await);
    assert_eq!(ids.len(), 60, "nothing twice");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 60);
}

async fn a_delivery_that_is_over_can_be_replayed(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    two_lanes(&hub).await;
    let claimed = claim(&hub).await.remove(0);
    let replay = async || {
        let mut tx = hub.db.begin().await.expect("begin");
        let done = deliveries::replay(&mut tx, hub.cx(), claimed.delivery.id).await;
        tx.commit().await.expect("commit");
        done
    };
    assert!(
        matches!(replay().await, Err(Error::Missing { .. })),
        "it is under way"
    );
    finish(&hub, &claimed, AttemptOutcome::Done).await.expect("ours");
    replay().await.expect("replay");
    let again = claim(&hub).await;
    let again = again
        .iter()
        .find(|again| again.delivery.id == claimed.delivery.id);
    let again = again.expect("it is due");
    assert!(again.delivery.is_replay && !claimed.delivery.is_replay);
}

async fn a_disabled_installation_hears_nothing(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (to, _) = two_lanes(&hub).await;
    let heard = async || {
        installations::that_hear(&hub.db, hub.project.organization, hub.project.id)
            .await
            .expect("read")
            .iter()
            .filter(|installation| installation.is_enabled)
            .count()
    };
    assert_eq!(heard().await, 1);
    let mut tx = hub.db.begin().await.expect("begin");
    installations::update(
        &mut tx,
        &Installation {
            is_enabled: false,
            ..to.clone()
        },
    )
    .await
    .expect("update");
    tx.commit().await.expect("commit");
    assert_eq!((heard().await, claim(&hub).await.len()), (0, 0));
    let mut tx = hub.db.begin().await.expect("begin");
    installations::delete(&mut tx, to.id).await.expect("delete");
    tx.commit().await.expect("commit");
    assert!(deliveries::counts(&hub.db).await.expect("read").is_empty());
    let shown = format!("{to:?}");
    assert!(
        !shown.contains("example.com"),
        "a configuration may hold secrets: {shown}"
    );
}

async fn a_released_delivery_is_due_at_once(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    two_lanes(&hub).await;
    let claimed = claim(&hub).await;
    let mut tx = hub.db.begin().await.expect("begin");
    let leases: Vec<_> = claimed
        .iter()
        .map(|claimed| (claimed.delivery.id, claimed.lease_token))
        .collect();
    deliveries::release(&mut tx, &leases).await.expect("release");
    tx.commit().await.expect("commit");
    assert_eq!(claim(&hub).await.len(), claimed.len());
}
