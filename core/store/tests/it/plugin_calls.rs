//! Calls of plugins, as they are kept and forgotten.

use errand_model::delivery::AttemptOutcome;
use errand_model::occasion::Occasion;
use errand_model::{CallId, InstallationId, IssueId};
use errand_store::deliveries::{Attempt, StoredAttempt};
use errand_store::plugin_calls::{self, NewCall, StoredCall};
use errand_store::testing::TestDb;

use crate::deliveries::install;
use crate::fixtures::{Hub, START};

errand_store::on_both_databases!(calls_are_kept_and_forgotten);

pub(crate) fn call(installation: InstallationId, id: CallId) -> NewCall {
    NewCall {
        id,
        installation,
        occasion: Occasion::Job,
        name: "tidy".to_owned(),
        issue: None,
        details: r#"{"attempt":1}"#.to_owned(),
        attempt: Attempt {
            started: START,
            wall_ms: 12,
            cpu_ms: 3,
            memory_bytes: 4_096,
            outcome: AttemptOutcome::Done,
            log: "[]".to_owned(),
            requests: "[]".to_owned(),
            explanation: Some("as every night".to_owned()),
            changes: Vec::new(),
        },
    }
}

/// As it is kept, without changes of issues.
fn kept(call: &NewCall) -> StoredCall {
    let attempt = &call.attempt;
    StoredCall {
        id: call.id,
        installation: call.installation,
        occasion: call.occasion,
        name: call.name.clone(),
        issue: call.issue,
        details: call.details.clone(),
        explanation: attempt.explanation.clone(),
        attempt: StoredAttempt {
            id: call.id.0,
            started: attempt.started,
            wall_ms: attempt.wall_ms,
            cpu_ms: attempt.cpu_ms,
            memory_bytes: attempt.memory_bytes,
            outcome: attempt.outcome.clone(),
            log: attempt.log.clone(),
            requests: attempt.requests.clone(),
            changes: "[]".to_owned(),
        },
    }
}

/// A call on each occasion, written down, and one of nobody's.
async fn four(hub: &Hub, installation: InstallationId) -> (Vec<NewCall>, NewCall) {
    let mut made = Vec::new();
    let mut tx = hub.db.begin().await.expect("begin");
    for (occasion, issue) in [
        (Occasion::Job, None),
        (Occasion::Action, Some(IssueId(7))),
        (Occasion::Inbound, None),
    ] {
        let call = NewCall {
            occasion,
            issue,
            ..call(installation, CallId(hub.cx().id()))
        };
        made.push(call);
    }
    let nobodys = call(InstallationId(1), CallId(hub.cx().id()));
    for call in made.iter().chain([&nobodys]) {
        let recorded = plugin_calls::record(&mut tx, hub.cx(), call, true).await;
        recorded.expect("record");
    }
    tx.commit().await.expect("commit");
    (made, nobodys)
}

async fn calls_are_kept_and_forgotten(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let installation = install(&hub).await.id;
    let (made, nobodys) = four(&hub, installation).await;
    let found = plugin_calls::get(&hub.db, made[0].id).await.expect("get");
    assert_eq!(found, Some(kept(&made[0])));
    assert_eq!(plugin_calls::get(&hub.db, nobodys.id).await.expect("get"), None);
    let found = plugin_calls::of_issue(&hub.db, IssueId(7), 9)
        .await
        .expect("list");
    assert_eq!(found, [kept(&made[1])]);
    let all = [made[2].id, made[1].id, made[0].id];
    assert_eq!(ids(&hub, installation, None).await, all);
    assert_eq!(ids(&hub, installation, Some(Occasion::Inbound)).await, all[..1]);
    let forget = async |since, kept| {
        plugin_calls::forget_old(&hub.db, since, kept, 9)
            .await
            .expect("forget")
    };
    assert_eq!(forget(START, 2).await, 1);
    assert_eq!(ids(&hub, installation, None).await, all[..2], "the newest two");
    assert_eq!(forget(START.plus_seconds(60), 2).await, 2);
    assert!(ids(&hub, installation, None).await.is_empty());
}

/// The calls of an installation, the newest first.
async fn ids(hub: &Hub, installation: InstallationId, occasion: Option<Occasion>) -> Vec<CallId> {
    let page = plugin_calls::of_installation(&hub.db, installation, occasion, None, 9).await;
    page.expect("list").rows.into_iter().map(|call| call.id).collect()
}
