//! People change issues, and what happens to them afterwards.

use errand_model::issue::{Resolution, Status, Substatus};
use errand_model::lifecycle::{Actor, Change};
use errand_model::{IssueId, UserId};
use errand_store::issues::{self, Archive, By, More, Resolve};
use errand_store::testing::TestDb;
use errand_store::{Error, Tx, lifecycle};

use crate::fixtures::{Hub, START, user};

errand_store::on_both_databases!(
    a_resolved_issue_regresses,
    a_release_decides_about_regression,
    the_next_release_is_after_the_newest,
    an_archived_issue_wakes_up,
    an_archive_counts_from_one,
    an_escalating_issue_wakes_up,
    time_moves_issues_on,
    many_issues_change_in_one_transaction,
    a_revision_protects_from_lost_changes,
    what_is_rolled_back_was_never_told,
);

pub(crate) fn ann() -> By {
    By::new(ann_herself())
}

pub(crate) fn ann_herself() -> Actor {
    Actor::User {
        id: Some(UserId(7)),
        name: "Ann".to_owned(),
    }
}

pub(crate) async fn begin(hub: &Hub) -> Tx {
    hub.db.begin().await.expect("begin")
}

async fn resolve(hub: &Hub, issue: IssueId, how: Resolve) {
    let mut tx = begin(hub).await;
    let moved = issues::resolve(&mut tx, hub.cx(), &ann(), &[issue], &how)
        .await
        .expect("resolve");
    assert_eq!(moved, [issue]);
    assert_eq!(
        issues::resolve(&mut tx, hub.cx(), &ann(), &[issue], &how)
            .await
            .expect("again"),
        []
    );
    tx.commit().await.expect("commit");
}

async fn archive(hub: &Hub, issue: IssueId, until: Archive) {
    let mut tx = begin(hub).await;
    let moved = issues::archive(&mut tx, hub.cx(), &ann(), &[issue], until)
        .await
        .expect("archive");
    assert_eq!(moved, [issue]);
    tx.commit().await.expect("commit");
}

async fn a_resolved_issue_regresses(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([hub.event("a")]).await;
    let before = hub.issue("a").await;
    resolve(&hub, before.id, Resolve::Now).await;
    let resolved = hub.issue("a").await;
    assert_eq!(
        (resolved.status, resolved.resolution),
        (Status::Resolved, Some(Resolution::Now))
    );
    assert!(resolved.revision > before.revision);

    assert_eq!(hub.take([hub.event("a"), hub.event("a")]).await.lifecycle, 1);
    let regressed = hub.issue("a").await;
    assert_eq!(
        (regressed.status, regressed.substatus),
        (Status::Unresolved, Substatus::Regressed)
    );
    assert_eq!((regressed.resolution, regressed.times_seen), (None, 3));
    assert_eq!(hub.take([hub.event("a")]).await.lifecycle, 0);
    assert_eq!(
        hub.told(before.id).await,
        ["issue.created", "issue.resolved", "issue.regressed"]
    );

    let told = lifecycle::of_issue(&hub.db, before.id, 2).await.expect("read");
    assert_eq!((&told[0].actor, &told[1].actor), (&Actor::System, &ann_herself()));
    assert_eq!(told[0].organization, hub.project.organization);
}

async fn take_from(hub: &Hub, release: &str) -> Status {
    let mut event = hub.event("a");
    event.release = Some(release.to_owned());
    hub.take([event]).await;
    hub.issue("a").await.status
}

async fn a_release_decides_about_regression(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    take_from(&hub, "shop@1.0").await;
    let issue = hub.issue("a").await.id;
    resolve(&hub, issue, Resolve::InRelease("shop@2.0".to_owned())).await;
    assert_eq!(take_from(&hub, "shop@1.9").await, Status::Resolved);
    assert_eq!(take_from(&hub, "shop@2.0").await, Status::Unresolved);

    // Without versions the dates decide.
    take_from(&hub, "old").await;
    hub.clock.advance_millis(1_000);
    take_from(&hub, "fix").await;
    resolve(&hub, issue, Resolve::InRelease("fix".to_owned())).await;
    assert_eq!(take_from(&hub, "old").await, Status::Resolved);
    hub.clock.advance_millis(1_000);
    assert_eq!(take_from(&hub, "later").await, Status::Unresolved);
}

async fn the_next_release_is_after_the_newest(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    for release in ["shop@1.9", "shop@1.10", "shop@1.2"] {
        take_from(&hub, release).await;
        hub.clock.advance_millis(1_000);
    }
    let issue = hub.issue("a").await.id;
    resolve(&hub, issue, Resolve::InNextRelease).await;
    let after = Some("shop@1.10".to_owned());
    assert_eq!(
        hub.issue("a").await.resolution,
        Some(Resolution::InNextRelease { after })
    );
    assert_eq!(take_from(&hub, "shop@1.10").await, Status::Resolved);
    assert_eq!(take_from(&hub, "shop@1.11").await, Status::Unresolved);
}

async fn an_archived_issue_wakes_up(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let with_user = |id: &str| {
        let mut event = hub.event("a");
        event.user = user(id);
        event
    };
    hub.take([with_user("1"), with_user("2")]).await;
    let issue = hub.issue("a").await.id;
    let more = |count| {
        Some(More {
            count,
            window_minutes: None,
        })
    };

    archive(&hub, issue, Archive::default()).await;
    hub.take([with_user("1")]).await;
    assert_eq!(hub.issue("a").await.substatus, Substatus::ArchivedForever);

    archive(
        &hub,
        issue,
        Archive {
            events: more(3),
            ..Archive::default()
        },
    )
    .await;
    hub.take([with_user("1"), with_user("1")]).await;
    assert_eq!(hub.issue("a").await.status, Status::Ignored);
    hub.take([with_user("1")]).await;
    assert_eq!(hub.issue("a").await.substatus, Substatus::Escalating);

    archive(
        &hub,
        issue,
        Archive {
            users: more(1),
            ..Archive::default()
        },
    )
    .await;
    hub.take([with_user("1"), with_user("2")]).await;
    assert_eq!(hub.issue("a").await.status, Status::Ignored);
    hub.take([with_user("3")]).await;
    assert_eq!(hub.issue("a").await.status, Status::Unresolved);

    assert_eq!(
        reasons(&hub, issue).await,
        ["affected 1 more users", "seen 3 more times"]
    );
}

/// Why the issue came back, the latest first.
async fn reasons(hub: &Hub, issue: IssueId) -> Vec<String> {
    let told = lifecycle::of_issue(&hub.db, issue, 100).await.expect("read");
    let reason = |event: errand_model::lifecycle::LifecycleEvent| match event.change {
        Change::Escalating { reason } => Some(reason),
        _ => None,
    };
    told.into_iter().filter_map(reason).collect()
}

async fn an_archive_counts_from_one(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([hub.event("a")]).await;
    let issue = hub.issue("a").await.id;
    let more = |count| {
        Some(More {
            count,
            window_minutes: None,
        })
    };
    let mut tx = begin(&hub).await;
    let odd = Archive {
        events: more(0),
        ..Archive::default()
    };
    let refused = issues::archive(&mut tx, hub.cx(), &ann(), &[issue], odd).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })));
}

async fn an_escalating_issue_wakes_up(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take((0..8).map(|_| hub.event("a"))).await;
    let issue = hub.issue("a").await.id;
    archive(
        &hub,
        issue,
        Archive {
            escalating: true,
            ..Archive::default()
        },
    )
    .await;
    // Twice the busiest hour: sixteen are usual.
    hub.clock.advance_millis(3_600_000);
    hub.take((0..16).map(|_| hub.event("a"))).await;
    assert_eq!(hub.issue("a").await.status, Status::Ignored);
    hub.take([hub.event("a")]).await;
    assert_eq!(hub.issue("a").await.substatus, Substatus::Escalating);
}

async fn time_moves_issues_on(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([hub.event("old"), hub.event("dated"), hub.event("kept")])
        .await;
    let ids = [
        hub.issue("old").await.id,
        hub.issue("dated").await.id,
        hub.issue("kept").await.id,
    ];
    let date = Some(START.plus_seconds(60));
    archive(
        &hub,
        ids[1],
        Archive {
            date,
            ..Archive::default()
        },
    )
    .await;
    archive(&hub, ids[2], Archive::default()).await;
    let pass = async || {
        let mut tx = begin(&hub).await;
        let moved = issues::pass_time(&mut tx, hub.cx(), 100)
            .await
            .expect("time passes");
        tx.commit().await.expect("commit");
        moved
    };
    assert_eq!(pass().await, 0);
    hub.clock.advance_millis(60_000);
    assert_eq!((pass().await, pass().await), (1, 0));
    assert_eq!(hub.issue("dated").await.status, Status::Unresolved);
    hub.clock.advance_millis(7 * 86_400_000);
    assert_eq!((pass().await, pass().await), (1, 0));
    assert_eq!(hub.issue("old").await.substatus, Substatus::Ongoing);
    assert_eq!(hub.issue("kept").await.status, Status::Ignored);
    assert_eq!(hub.told(ids[0]).await, ["issue.created"]);
}

async fn many_issues_change_in_one_transaction(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take((0..30).map(|n| hub.event(&n.to_string()))).await;
    let mut ids = Vec::new();
    for n in 0..30 {
        ids.push(hub.issue(&n.to_string()).await.id);
    }
    let mut tx = begin(&hub).await;
    issues::resolve(&mut tx, hub.cx(), &ann(), &ids[..5], &Resolve::Now)
        .await
        .expect("resolve");
    // One that is gone, and one named twice, hold nobody up.
    let wanted: Vec<IssueId> = ids.iter().copied().chain([IssueId(1), ids[0]]).collect();
    let moved = issues::resolve(&mut tx, hub.cx(), &ann(), &wanted, &Resolve::Now)
        .await
        .expect("resolve");
    assert_eq!(moved, ids[5..]);
    assert_eq!(
        issues::unresolve(&mut tx, hub.cx(), &ann(), &ids)
            .await
            .expect("unresolve")
            .len(),
        30
    );
    tx.commit().await.expect("commit");
    let expected = ["issue.created", "issue.resolved", "issue.unresolved"];
    assert_eq!(hub.told(ids[0]).await, expected);
    assert_eq!(hub.told(ids[29]).await, expected);
}

async fn a_revision_protects_from_lost_changes(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([hub.event("a")]).await;
    let seen = hub.issue("a").await;
    resolve(&hub, seen.id, Resolve::Now).await;
    let mut tx = begin(&hub).await;
    let stale = issues::expect_revision(&mut tx, seen.id, seen.revision).await;
    assert!(matches!(stale, Err(Error::Conflict { .. })));
    let now = issues::get(&mut tx, seen.id)
        .await
        .expect("read")
        .expect("the issue")
        .revision;
    issues::expect_revision(&mut tx, seen.id, now)
        .await
        .expect("fresh");
}

async fn what_is_rolled_back_was_never_told(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([hub.event("a")]).await;
    let issue = hub.issue("a").await.id;
    let mut tx = begin(&hub).await;
    issues::resolve(&mut tx, hub.cx(), &ann(), &[issue], &Resolve::Now)
        .await
        .expect("resolve");
    drop(tx);
    assert_eq!(hub.issue("a").await.status, Status::Unresolved);
    assert_eq!(hub.told(issue).await, ["issue.created"]);
}
