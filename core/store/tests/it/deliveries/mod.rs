//! Deliveries, and what their tests work with.

mod changes;
mod claim;
mod destinations;
mod over;
mod together;

use errand_model::delivery::{AttemptOutcome, DeliveryState};
use errand_model::grant::Grant;
use errand_model::telling::Telling;
use errand_model::{Clock as _, IssueId, Secret};
use errand_store::deliveries::{self, Attempt, Claimed, Ended, Finished, Hosts, NewDelivery, Want};
use errand_store::installations::{self, Installation, NewInstallation};
use errand_store::lifecycle::{self, FannedOut};

use crate::fixtures::{Hub, START};

pub(crate) async fn install(hub: &Hub) -> Installation {
    let mut tx = hub.db.begin().await.expect("begin");
    let new = NewInstallation {
        organization: hub.project.organization,
        project: None,
        plugin: "webhook",
        name: "Hook",
        config: Secret::new(r#"{"url":"https://example.com"}"#.to_owned()),
        grant: Grant::default(),
    };
    let made = installations::create(&mut tx, hub.cx(), new)
        .await
        .expect("install");
    tx.commit().await.expect("commit");
    made
}

/// Fans everything out to `to`; answers how many deliveries that made.
pub(crate) async fn fan_out(hub: &Hub, to: &Installation) -> u64 {
    fan_out_as(hub, to, Telling::Each).await
}

/// The same, told in another way.
pub(crate) async fn fan_out_as(hub: &Hub, to: &Installation, telling: Telling) -> u64 {
    let mut tx = hub.db.begin().await.expect("begin");
    let events = lifecycle::pending(&mut tx, 100).await.expect("pending");
    let new: Vec<NewDelivery> = events
        .iter()
        .map(|event| NewDelivery {
            installation: to.id,
            lifecycle: event.id,
            project: event.project,
            issue: event.issue,
            telling,
        })
        .collect();
    let made = deliveries::insert(&mut tx, hub.cx(), &new).await.expect("insert");
    assert_eq!(
        deliveries::insert(&mut tx, hub.cx(), &new).await.expect("again"),
        0
    );
    let done: Vec<FannedOut> = events
        .iter()
        .map(|event| FannedOut {
            event: event.id,
            passed_over: Vec::new(),
        })
        .collect();
    lifecycle::mark_fanned_out(&mut tx, &done).await.expect("mark");
    tx.commit().await.expect("commit");
    made
}

pub(crate) async fn claim_up_to(hub: &Hub, limit: usize) -> Vec<Claimed> {
    let due = installations::that_are_due(&hub.db, hub.clock.now())
        .await
        .expect("read");
    let wants: Vec<Want> = due
        .iter()
        .map(|installation| Want {
            installation: installation.id,
            limit,
            hosts: Hosts::AllBut(Vec::new()),
            together: 100,
        })
        .collect();
    let claimed = deliveries::claim(&hub.db, hub.cx(), &wants, 60).await;
    claimed.expect("claim").into_iter().flatten().collect()
}

pub(crate) async fn claim(hub: &Hub) -> Vec<Claimed> {
    claim_up_to(hub, 100).await
}

pub(crate) const HOST: &str = "far.example";

pub(crate) fn ended(claimed: &Claimed, outcome: AttemptOutcome) -> Ended {
    Ended {
        claimed: claimed.clone(),
        attempt: Attempt {
            started: START,
            wall_ms: 12,
            cpu_ms: 3,
            memory_bytes: 4_096,
            outcome,
            log: "[]".to_owned(),
            requests: "[]".to_owned(),
            explanation: None,
            changes: Vec::new(),
        },
        settings_as_of: START,
        host: HOST.to_owned(),
    }
}

pub(crate) async fn finish_all(hub: &Hub, ended: &[Ended]) -> Finished {
    let mut tx = hub.db.begin().await.expect("begin");
    let finished = deliveries::finish(&mut tx, hub.cx(), ended)
        .await
        .expect("finish");
    tx.commit().await.expect("commit");
    finished
}

/// Where it stands then; none if it was not ours any more.
pub(crate) async fn finish(hub: &Hub, claimed: &Claimed, outcome: AttemptOutcome) -> Option<DeliveryState> {
    let mut finished = finish_all(hub, &[ended(claimed, outcome)]).await;
    finished.verdicts.remove(0).map(|verdict| verdict.state)
}

pub(crate) fn retry() -> AttemptOutcome {
    AttemptOutcome::Retry {
        message: "no answer".to_owned(),
        after_ms: None,
    }
}

/// Three things that happened to one issue, and one to another; fanned out.
pub(crate) async fn two_lanes(hub: &Hub) -> (Installation, IssueId) {
    let to = install(hub).await;
    hub.take([hub.event("a"), hub.event("b")]).await;
    let issue = hub.issue("a").await.id;
    let mut tx = hub.db.begin().await.expect("begin");
    let by = crate::issues::ann();
    for text in ["one", "two"] {
        errand_store::issues::comment(&mut tx, hub.cx(), &by, issue, text)
            .await
            .expect("comment");
    }
    tx.commit().await.expect("commit");
    assert_eq!(fan_out(hub, &to).await, 4);
    (to, issue)
}
