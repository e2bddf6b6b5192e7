//! What is over can be looked at, tried again, and is forgotten one day.

use errand_model::delivery::{AttemptOutcome, DeliveryState, Unowed};
use errand_model::{Clock as _, Timestamp};
use errand_store::deliveries::{self, Keep, Replay};
use errand_store::lifecycle::{self, FannedOut};
use errand_store::testing::TestDb;

use super::{claim, fan_out, finish, install, two_lanes};
use crate::fixtures::{Hub, START};

errand_store::on_both_databases!(
    dead_letters_are_replayed_by_what_they_died_of,
    an_installation_s_deliveries_come_in_pages,
    attempts_are_listed_by_installation_and_after_what_was_seen,
    what_is_long_over_is_forgotten,
    it_is_known_why_somebody_was_not_told,
);

fn dead(why: &str) -> AttemptOutcome {
    AttemptOutcome::Permanent {
        message: why.to_owned(),
    }
}

async fn dead_letters_are_replayed_by_what_they_died_of(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let to = install(&hub).await;
    hub.take((0..6).map(|n| hub.event(&n.to_string()))).await;
    fan_out(&hub, &to).await;
    for (at, claimed) in claim(&hub).await.iter().enumerate() {
        let why = if at % 2 == 0 {
            "answered 404: 100% gone"
        } else {
            "answered 400"
        };
        finish(&hub, claimed, dead(why)).await.expect("ours");
    }
    let which = |reason: Option<&str>, since, limit| {
        let which = Replay {
            installation: to.id,
            state: DeliveryState::Dead,
            over_before: START.plus_seconds(1),
            since,
            until: None,
            reason: reason.map(str::to_owned),
        };
        let hub = &hub;
        async move {
            let mut tx = hub.db.begin().await.expect("begin");
            let count = deliveries::replay_all(&mut tx, hub.cx(), &which, limit).await;
            tx.commit().await.expect("commit");
            count.expect("replay")
        }
    };
    assert_eq!(which(None, Some(START.plus_seconds(1)), 10).await, 0);
    assert_eq!(
        which(Some("10_% gone"), None, 10).await,
        0,
        "a text, not a pattern"
    );
    assert_eq!(which(Some("100% GONE"), Some(START), 2).await, 2);
    assert_eq!(which(Some("answered"), None, 10).await, 4);
    let again = claim(&hub).await;
    assert_eq!(again.len(), 6);
    assert!(
        again
            .iter()
            .all(|claimed| claimed.delivery.is_replay && claimed.delivery.attempts == 0)
    );
}

async fn an_installation_s_deliveries_come_in_pages(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (to, _) = two_lanes(&hub).await;
    let first = claim(&hub).await.remove(0);
    finish(&hub, &first, dead("never")).await.expect("ours");
    let page = deliveries::of_state(&hub.db, to.id, None, None, 3)
        .await
        .expect("read");
    assert_eq!((page.rows.len(), page.prev.is_some()), (3, false));
    let rest = deliveries::of_state(&hub.db, to.id, None, page.next, 3)
        .await
        .expect("read");
    assert_eq!((rest.rows.len(), rest.next), (1, None));
    let state = Some(DeliveryState::Dead);
    let dead = deliveries::of_state(&hub.db, to.id, state, None, 3)
        .await
        .expect("read")
        .rows;
    assert_eq!((dead.len(), dead[0].delivery.id), (1, first.delivery.id));
    assert_eq!(dead[0].reason.as_deref(), Some("never"));
    let one = deliveries::get(&hub.db, first.delivery.id).await.expect("read");
    assert_eq!(one, dead.into_iter().next());
    let peeked = deliveries::peek(&hub.db, first.delivery.id).await.expect("read");
    assert_eq!(peeked.expect("there").event, first.event);
}

async fn attempts_are_listed_by_installation_and_after_what_was_seen(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (to, _) = two_lanes(&hub).await;
    let claimed = claim(&hub).await;
    for one in &claimed[..2] {
        finish(&hub, one, AttemptOutcome::Done).await.expect("ours");
    }
    let last = deliveries::last_attempts(&hub.db, Some(to.id), 10)
        .await
        .expect("read");
    let of: Vec<_> = last.iter().map(|row| row.delivery).collect();
    assert_eq!(
        of,
        [claimed[0].delivery.id, claimed[1].delivery.id],
        "the oldest first"
    );
    let after = deliveries::attempts_after(&hub.db, None, last[0].attempt.id, 10).await;
    assert_eq!(after.expect("read"), last[1..]);
    let others = errand_model::InstallationId(1);
    assert!(
        deliveries::last_attempts(&hub.db, Some(others), 10)
            .await
            .expect("read")
            .is_empty()
    );
}

async fn what_is_long_over_is_forgotten(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (to, _) = two_lanes(&hub).await;
    let claimed = claim(&hub).await;
    finish(&hub, &claimed[0], AttemptOutcome::Done)
        .await
        .expect("ours");
    finish(&hub, &claimed[1], dead("never")).await.expect("ours");
    let left = async |done_since: Timestamp, dead_since: Timestamp, of_installation| {
        let keep = Keep {
            done_since,
            dead_since,
            of_installation,
        };
        deliveries::forget_old(&hub.db, &keep, 100)
            .await
            .expect("forgets");
        deliveries::list(&hub.db, to.id, 100).await.expect("read").len()
    };
    assert_eq!(left(START, START, 100).await, 4);
    hub.clock.advance_millis(1_000);
    let now = hub.clock.now();
    assert_eq!(left(now, START, 100).await, 3, "what was done goes first");
    assert_eq!(left(now, now, 100).await, 2, "what is not over stays");
    let attempts = deliveries::attempts(&hub.db, claimed[0].delivery.id).await;
    assert!(attempts.expect("read").is_empty());
    assert!(
        lifecycle::by_id(&hub.db, claimed[0].event.id)
            .await
            .expect("read")
            .is_none()
    );
    for claimed in claim(&hub).await {
        finish(&hub, &claimed, AttemptOutcome::Done).await.expect("ours");
    }
    for claimed in claim(&hub).await {
        finish(&hub, &claimed, AttemptOutcome::Done).await.expect("ours");
    }
    assert_eq!(
        left(START, START, 1).await,
        1,
        "no more than so many of an installation"
    );
}

async fn it_is_known_why_somebody_was_not_told(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let to = install(&hub).await;
    hub.take([hub.event("a")]).await;
    let issue = hub.issue("a").await.id;
    let told = async || {
        lifecycle::told_of_issue(&hub.db, issue, 10)
            .await
            .expect("read")
            .remove(0)
    };
    assert!(!told().await.is_fanned_out);
    let passed_over = vec![(to.id, Unowed::Unsubscribed)];
    let done = FannedOut {
        event: told().await.event.id,
        passed_over: passed_over.clone(),
    };
    let mut tx = hub.db.begin().await.expect("begin");
    lifecycle::mark_fanned_out(&mut tx, &[done]).await.expect("mark");
    tx.commit().await.expect("commit");
    let told = told().await;
    assert!(told.is_fanned_out);
    assert_eq!(told.passed_over, passed_over);
}
