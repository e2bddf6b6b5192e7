//! Jobs by the clock: planned, claimed by one, finished.

use errand_model::delivery::{AttemptOutcome, verdict};
use errand_model::{CallId, Clock as _};
use errand_store::plugin_jobs::{self, ClaimedJob, EndedJob, NewJob};
use errand_store::testing::TestDb;
use errand_store::{deliveries, installations, plugin_calls};

use crate::deliveries::{install, retry};
use crate::fixtures::{Hub, START};
use crate::plugin_calls::call;

errand_store::on_both_databases!(
    a_job_is_planned_once_and_claimed_by_one,
    a_run_that_failed_waits_and_one_that_is_over_makes_room_for_the_next,
    a_job_waits_while_nobody_may_go_where_it_goes,
);

async fn plan(hub: &Hub, new: &NewJob) {
    let mut tx = hub.db.begin().await.expect("begin");
    plugin_jobs::plan(&mut tx, hub.cx(), new).await.expect("plan");
    tx.commit().await.expect("commit");
}

async fn claim(hub: &Hub) -> Vec<ClaimedJob> {
    plugin_jobs::claim(&hub.db, hub.cx(), 10, 60)
        .await
        .expect("claim")
}

async fn finish(hub: &Hub, claimed: &ClaimedJob, outcome: AttemptOutcome) -> bool {
    let mut call = call(claimed.installation, CallId(hub.cx().id()));
    call.attempt.outcome = outcome;
    let now = hub.clock.now();
    let ended = EndedJob {
        claimed,
        call: &call,
        verdict: &verdict(claimed.attempts, claimed.crashes, &call.attempt.outcome, now),
        next_due: Some(now.plus_seconds(3_600)),
        settings_as_of: now,
        host: "a.example",
    };
    let mut tx = hub.db.begin().await.expect("begin");
    let counts = plugin_jobs::finish(&mut tx, hub.cx(), &ended)
        .await
        .expect("finish");
    tx.commit().await.expect("commit");
    counts
}

async fn new_job(hub: &Hub) -> NewJob {
    NewJob {
        installation: install(hub).await.id,
        job: "tidy".to_owned(),
        cron: "0 * * * *".to_owned(),
        due: START.plus_seconds(60),
    }
}

async fn a_job_is_planned_once_and_claimed_by_one(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let job = new_job(&hub).await;
    plan(&hub, &job).await;
    let later = NewJob {
        due: START.plus_seconds(900),
        ..job.clone()
    };
    plan(&hub, &later).await;
    assert!(claim(&hub).await.is_empty(), "not before its time");
    hub.clock.set(START.plus_seconds(60));
    let claimed = claim(&hub).await;
    assert_eq!(
        (claimed.len(), claimed[0].due),
        (1, job.due),
        "planned from the same, it stays"
    );
    assert!(claim(&hub).await.is_empty(), "another has it");
    hub.clock.set(START.plus_seconds(121));
    let again = claim(&hub).await;
    assert_eq!(again[0].run, claimed[0].run, "its lease has ended");
    assert!(!finish(&hub, &claimed[0], AttemptOutcome::Done).await, "too late");
    assert!(finish(&hub, &again[0], AttemptOutcome::Done).await);
    let calls = plugin_calls::of_installation(&hub.db, job.installation, None, None, 10).await;
    assert_eq!(calls.expect("read").rows.len(), 2, "both were made");
    plan(
        &hub,
        &NewJob {
            cron: "5 * * * *".to_owned(),
            ..later.clone()
        },
    )
    .await;
    let rows = plugin_jobs::list(&hub.db, Some(job.installation))
        .await
        .expect("list");
    assert_eq!(
        (rows.len(), rows[0].due),
        (1, later.due),
        "another time takes effect"
    );
}

async fn a_run_that_failed_waits_and_one_that_is_over_makes_room_for_the_next(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let job = new_job(&hub).await;
    plan(&hub, &job).await;
    hub.clock.set(START.plus_seconds(60));
    let claimed = claim(&hub).await.remove(0);
    assert!(finish(&hub, &claimed, retry()).await);
    assert!(claim(&hub).await.is_empty());
    hub.clock.set(START.plus_seconds(70));
    let again = claim(&hub).await.remove(0);
    assert_eq!(
        (again.run, again.attempts, again.due),
        (claimed.run, 1, claimed.due)
    );
    let refused = AttemptOutcome::Auth {
        message: "401".to_owned(),
    };
    assert!(finish(&hub, &again, refused).await);
    assert!(claim(&hub).await.is_empty(), "it is paused");
    let mut tx = hub.db.begin().await.expect("begin");
    installations::resume(&mut tx, hub.cx(), job.installation)
        .await
        .expect("resume");
    tx.commit().await.expect("commit");
    let last = claim(&hub).await.remove(0);
    assert!(finish(&hub, &last, AttemptOutcome::Done).await);
    let row = plugin_jobs::list(&hub.db, None).await.expect("list").remove(0);
    assert_eq!((row.due, row.attempts), (START.plus_seconds(70 + 3_600), 0));
    let mut tx = hub.db.begin().await.expect("begin");
    assert!(
        plugin_jobs::run_now(&mut tx, hub.cx(), job.installation, "tidy")
            .await
            .expect("run")
    );
    tx.commit().await.expect("commit");
    let now = claim(&hub).await.remove(0);
    assert_ne!(now.run, last.run);
    let mut tx = hub.db.begin().await.expect("begin");
    assert!(
        !plugin_jobs::run_now(&mut tx, hub.cx(), job.installation, "tidy")
            .await
            .expect("run")
    );
    installations::delete(&mut tx, job.installation)
        .await
        .expect("delete");
    tx.commit().await.expect("commit");
    assert!(plugin_jobs::list(&hub.db, None).await.expect("list").is_empty());
}

async fn a_job_waits_while_nobody_may_go_where_it_goes(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let job = new_job(&hub).await;
    plan(&hub, &job).await;
    hub.clock.set(START.plus_seconds(60));
    let first = claim(&hub).await.remove(0);
    let busy = AttemptOutcome::RateLimited { after_ms: 7_200_000 };
    assert!(finish(&hub, &first, busy).await);
    let known = deliveries::destinations(&hub.db, &[job.installation])
        .await
        .expect("read");
    let at = &known[&job.installation][0];
    assert_eq!(at.host, "a.example", "deliveries that go there wait too");

    // Somebody wants it now; but over there nobody does.
    let mut tx = hub.db.begin().await.expect("begin");
    plugin_jobs::run_now(&mut tx, hub.cx(), job.installation, "tidy")
        .await
        .expect("run");
    tx.commit().await.expect("commit");
    assert!(claim(&hub).await.is_empty());
    hub.clock.set(at.held_until);
    let again = claim(&hub).await.remove(0);
    assert_eq!(again.run, first.run);
    assert!(finish(&hub, &again, AttemptOutcome::Done).await);
    let known = deliveries::destinations(&hub.db, &[job.installation])
        .await
        .expect("read");
    assert_eq!(known[&job.installation][0].failures, 0);
}
