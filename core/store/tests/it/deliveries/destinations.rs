//! What one delivery learns of a destination counts for all that go there.

use errand_model::InstallationId;
use errand_model::delivery::{AttemptOutcome, DeliveryState};
use errand_model::destination::{Circuit, Destination, OPENS_AFTER};
use errand_store::deliveries::{self, Ended, Hosts, Want};
use errand_store::installations;
use errand_store::testing::TestDb;

use super::{HOST, claim, ended, fan_out, finish_all, install, retry};
use crate::fixtures::Hub;

errand_store::on_both_databases!(
    failures_in_a_row_open_the_circuit_and_an_answer_closes_it,
    a_wish_to_be_left_alone_is_kept,
    what_waits_for_a_destination_is_told_apart,
    an_admin_who_acts_clears_the_slate,
    what_was_refused_before_it_was_mended_holds_nothing,
);

const LANES: usize = 8;

/// That many lanes of one installation, fanned out.
async fn lanes(hub: &Hub) -> InstallationId {
    let to = install(hub).await;
    hub.take((0..LANES).map(|n| hub.event(&n.to_string()))).await;
    fan_out(hub, &to).await;
    to.id
}

async fn known(hub: &Hub, of: InstallationId) -> Vec<Destination> {
    let known = deliveries::destinations(&hub.db, &[of]).await.expect("read");
    known.into_values().flatten().collect()
}

async fn failures_in_a_row_open_the_circuit_and_an_answer_closes_it(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let to = lanes(&hub).await;
    let claimed = claim(&hub).await;
    assert_eq!(claimed.len(), LANES);
    let fails = |at: &[_]| -> Vec<Ended> { at.iter().map(|claimed| ended(claimed, retry())).collect() };
    let opens = OPENS_AFTER as usize;
    let finished = finish_all(&hub, &fails(&claimed[..opens - 1])).await;
    assert!(finished.held.is_empty());
    let finished = finish_all(&hub, &fails(&claimed[opens - 1..opens])).await;
    assert!(finished.held.contains(&to));
    let down = known(&hub, to).await.remove(0);
    assert_eq!((down.host.as_str(), down.failures), (HOST, OPENS_AFTER));
    assert_eq!(down.circuit(hub.cx().clock.now()), Circuit::Open);
    assert_eq!(down.reason.as_deref(), Some("no answer"));
    let answered = ended(&claimed[opens], AttemptOutcome::Done);
    let finished = finish_all(&hub, &[answered]).await;
    assert!(finished.recovered.contains(&to) && finished.held.is_empty());
    assert_eq!(known(&hub, to).await, [Destination::new(HOST)]);
    let again = claim(&hub).await;
    assert_eq!(again.len(), opens, "what waited for it is due at once");
    let order: Vec<_> = again.iter().map(|claimed| claimed.event.id).collect();
    assert!(order.is_sorted(), "the oldest first");
    assert!(again.iter().all(|claimed| claimed.delivery.attempts == 1));
}

async fn a_wish_to_be_left_alone_is_kept(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let to = lanes(&hub).await;
    let claimed = claim(&hub).await;
    let busy = AttemptOutcome::RateLimited { after_ms: 90_000 };
    let finished = finish_all(&hub, &[ended(&claimed[0], busy)]).await;
    assert!(finished.held.contains(&to));
    let verdict = finished.verdicts[0].as_ref().expect("ours");
    assert_eq!((verdict.state, verdict.attempts), (DeliveryState::Waiting, 0));
    let busy = known(&hub, to).await.remove(0);
    assert_eq!(busy.circuit(hub.cx().clock.now()), Circuit::Busy);
    hub.clock.advance_millis(90_000);
    assert_eq!(busy.circuit(hub.cx().clock.now()), Circuit::Closed);
}

async fn what_waits_for_a_destination_is_told_apart(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let to = lanes(&hub).await;
    let claimed = claim(&hub).await;
    let mut failed = ended(&claimed[0], retry());
    failed.host = "other.example".to_owned();
    finish_all(&hub, &[failed, ended(&claimed[1], retry())]).await;
    let leases: Vec<_> = claimed[2..]
        .iter()
        .map(|claimed| (claimed.delivery.id, claimed.lease_token))
        .collect();
    let mut tx = hub.db.begin().await.expect("begin");
    deliveries::release(&mut tx, &leases).await.expect("release");
    tx.commit().await.expect("commit");
    hub.clock.advance_millis(10_000);
    let want = |hosts| Want {
        installation: to,
        limit: 100,
        hosts,
        together: 100,
    };
    let only = |or_unknown| {
        want(Hosts::Only {
            host: "other.example".to_owned(),
            or_unknown,
        })
    };
    let wants = [
        only(false),
        want(Hosts::AllBut(vec!["other.example".to_owned()])),
        only(true),
    ];
    let found = deliveries::claim(&hub.db, hub.cx(), &wants, 60)
        .await
        .expect("claim");
    let counts: Vec<usize> = found.iter().map(Vec::len).collect();
    assert_eq!(counts, [1, LANES - 1, 0]);
    assert_eq!(found[0][0].delivery.id, claimed[0].delivery.id);
}

async fn an_admin_who_acts_clears_the_slate(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let to = lanes(&hub).await;
    let claimed = claim(&hub).await;
    let auth = AttemptOutcome::Auth {
        message: "token refused".to_owned(),
    };
    let mut all: Vec<Ended> = claimed[1..]
        .iter()
        .map(|claimed| ended(claimed, retry()))
        .collect();
    all.push(ended(&claimed[0], auth));
    assert!(finish_all(&hub, &all).await.held.contains(&to));
    hub.clock.advance_millis(86_400_000);
    assert_eq!(claim(&hub).await.len(), 0);
    let mut tx = hub.db.begin().await.expect("begin");
    installations::resume(&mut tx, hub.cx(), to)
        .await
        .expect("resume");
    tx.commit().await.expect("commit");
    assert_eq!(known(&hub, to).await, []);
    let order: Vec<_> = claim(&hub).await.iter().map(|claimed| claimed.event.id).collect();
    assert_eq!(order.len(), LANES);
    assert!(order.is_sorted(), "in the order in which it happened");
}

async fn what_was_refused_before_it_was_mended_holds_nothing(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let to = lanes(&hub).await;
    let claimed = claim(&hub).await;
    let auth = AttemptOutcome::Auth {
        message: "token refused".to_owned(),
    };
    // Under way since `START`, while an admin sets a new token.
    hub.clock.advance_millis(1_000);
    let mut tx = hub.db.begin().await.expect("begin");
    installations::resume(&mut tx, hub.cx(), to)
        .await
        .expect("resume");
    tx.commit().await.expect("commit");
    let finished = finish_all(&hub, &[ended(&claimed[0], auth.clone())]).await;
    assert!(!finished.held.contains(&to));
    let again = claim(&hub).await;
    assert_eq!(again.len(), 1, "it shows what the new token is worth");
    let mut late = ended(&again[0], auth);
    late.settings_as_of = hub.cx().clock.now();
    assert!(finish_all(&hub, &[late]).await.held.contains(&to));
}
