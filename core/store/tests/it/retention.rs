//! What retention drops, what it leaves, and that counters outlive what they counted.

use errand_model::Timestamp;
use errand_model::digested::Attachment;
use errand_store::events::{self, Which};
use errand_store::retention::{self, Keep};
use errand_store::testing::TestDb;
use errand_store::{Context, leases, on_both_databases, projects, storage};

use crate::fixtures::{Hub, tag, user};

const DAY: i64 = 86_400;
const WORK: (&str, i64) = ("retention", 1);

fn now(hub: &Hub) -> Timestamp {
    errand_model::Clock::now(&*hub.clock)
}

/// Drops until nothing is due, three events at a time; answers how many were.
async fn drop_all(hub: &Hub) -> i64 {
    let until = now(hub).plus_seconds(60);
    assert!(
        leases::take(&hub.db, WORK.0, WORK.1, now(hub), until)
            .await
            .expect("lease")
    );
    for _ in 0..100 {
        let Some(mut due) = retention::due(&hub.db, now(hub)).await.expect("due") else {
            let dropped = retention::dropped(&hub.db, 100).await.expect("dropped");
            return dropped.iter().map(|line| line.count).sum();
        };
        while {
            let dropping = retention::drop_some(&hub.db, &mut due, 3, WORK, now(hub));
            dropping.await.expect("drop");
            due.events() > 0
        } {}
    }
    panic!("retention never ends");
}

async fn keep(hub: &Hub, of_project: bool, days: Option<i64>, bytes: Option<i64>) {
    let mut tx = hub.db.begin().await.expect("begin");
    let project = of_project.then_some(hub.project.id);
    retention::set(&mut tx, project, Keep { days, bytes })
        .await
        .expect("set");
    tx.commit().await.expect("commit");
}

/// Events of a group, each with a user, a tag, and some text that takes room.
async fn send(hub: &Hub, group: &str, count: usize) {
    let event = |nth: usize| {
        let mut event = hub.event(group);
        event.user = user(&format!("{group}-{nth}"));
        event.tags = vec![tag("browser", "Firefox")];
        event.payload = vec![7; 1_000];
        event
    };
    hub.take((0..count).map(event)).await;
}

async fn what_is_too_old_goes_and_its_counters_stay(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    send(&hub, "old", 7).await;
    hub.clock.advance_millis(10 * DAY * 1_000);
    send(&hub, "old", 2).await;
    send(&hub, "new", 3).await;
    assert_eq!(
        drop_all(&hub).await,
        0,
        "nothing is dropped until somebody says so"
    );
    keep(&hub, false, Some(7), None).await;
    assert_eq!(drop_all(&hub).await, 7);

    let issue = hub.issue("old").await;
    assert_eq!((issue.times_seen, issue.users_seen), (9, 7));
    let hours = "SELECT CAST(SUM(events) AS BIGINT) FROM issue_hour WHERE issue_id = ";
    assert_eq!(hub.number(hours, issue.id).await, 9);
    assert_eq!(hub.tagged(issue.id, "browser", "Firefox").await, 9);
    let left = "SELECT COUNT(*) FROM event WHERE issue_id = ";
    assert_eq!(hub.number(left, issue.id).await, 2);
    assert_eq!(hub.number(left, hub.issue("new").await.id).await, 3);
    let stored = storage::of_projects(&hub.db).await.expect("storage");
    assert_eq!(stored[0].events, 5);
    assert_eq!(stored[0].bytes, 5 * 1_300);

    // The last of an issue's events may go too.
    keep(&hub, true, Some(1), None).await;
    hub.clock.advance_millis(2 * DAY * 1_000);
    assert_eq!(drop_all(&hub).await, 12);
    assert_eq!(hub.issue("old").await.times_seen, 9);
    let latest = events::end_of_issue(&hub.db, issue.id, Which::Latest)
        .await
        .expect("read");
    assert!(latest.is_none());
    // And the issue goes on when another comes.
    send(&hub, "old", 1).await;
    assert_eq!(hub.issue("old").await.times_seen, 10);
}

async fn the_project_that_takes_the_most_gives_way(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let cx = Context {
        clock: &*hub.clock,
        ids: &hub.ids,
    };
    let mut tx = hub.db.begin().await.expect("begin");
    let new = projects::NewProject {
        organization: hub.project.organization,
        name: "Quiet",
        slug: None,
        platform: None,
    };
    let (quiet, _) = projects::create(&mut tx, cx, new).await.expect("a project");
    tx.commit().await.expect("commit");
    let mut event = hub.event("quiet");
    event.project = quiet.id;
    let mut arrival = hub.arrival(event);
    arrival.project = quiet.id;
    hub.persist(&[arrival]).await;
    send(&hub, "flood", 200).await;

    keep(&hub, true, None, Some(13_000)).await;
    assert_eq!(drop_all(&hub).await, 190, "the project's own bound, to an event");
    let stored = storage::of_projects(&hub.db).await.expect("storage");
    assert_eq!(stored.iter().map(|of| of.events).collect::<Vec<_>>(), [10, 1]);

    // A bound that nothing fits: the largest goes first.
    keep(&hub, true, None, None).await;
    keep(&hub, false, None, Some(0)).await;
    let due = retention::due(&hub.db, now(&hub))
        .await
        .expect("due")
        .expect("some");
    assert_eq!((due.project, due.events()), (hub.project.id, 10));
}

async fn attachments_go_with_their_event(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let event = hub.event("file");
    let file = Attachment {
        project: hub.project.id,
        event_id: event.event_id,
        name: "log.txt".to_owned(),
        content_type: "text/plain".to_owned(),
        kind: "event.attachment".to_owned(),
        content: vec![1; 5_000],
        received: now(&hub),
    };
    let mut arrival = hub.arrival(event);
    arrival.envelope.attachments.push(file);
    hub.persist(&[arrival]).await;
    let stored = storage::of_projects(&hub.db).await.expect("storage");
    assert!(stored[0].bytes > 5_000);
    keep(&hub, false, Some(1), None).await;
    hub.clock.advance_millis(3 * DAY * 1_000);
    assert_eq!(drop_all(&hub).await, 1);
    let project = errand_model::IssueId(hub.project.id.0);
    let left = "SELECT COUNT(*) FROM attachment WHERE project_id = ";
    assert_eq!(hub.number(left, project).await, 0);
    assert_eq!(storage::of_projects(&hub.db).await.expect("storage")[0].bytes, 0);
}

async fn one_hub_drops_and_another_takes_over_when_it_died(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    send(&hub, "old", 5).await;
    keep(&hub, false, Some(1), None).await;
    hub.clock.advance_millis(3 * DAY * 1_000);
    let (at, until) = (now(&hub), now(&hub).plus_seconds(60));
    assert!(
        leases::take(&hub.db, "retention", 1, at, until)
            .await
            .expect("lease")
    );
    assert!(
        !leases::take(&hub.db, "retention", 2, at, until)
            .await
            .expect("lease")
    );
    let mut due = retention::due(&hub.db, at).await.expect("due").expect("some");
    let dropping = retention::drop_some(&hub.db, &mut due, 5, ("retention", 2), at);
    dropping.await.expect("nothing is done");
    let issue = hub.issue("old").await.id;
    let left = "SELECT COUNT(*) FROM event WHERE issue_id = ";
    assert_eq!(hub.number(left, issue).await, 5, "who has no lease drops nothing");
    let later = at.plus_seconds(61);
    assert!(
        leases::take(&hub.db, "retention", 2, later, later.plus_seconds(60))
            .await
            .expect("lease")
    );
}

async fn the_disk_is_given_back(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    for nth in 0..10 {
        send(&hub, &format!("group {nth}"), 400).await;
    }
    let full = hub.db.used().await.expect("used");
    keep(&hub, false, Some(1), None).await;
    hub.clock.advance_millis(3 * DAY * 1_000);
    assert_eq!(drop_all(&hub).await, 4_000);
    while hub.db.give_back(64).await.expect("give back").0 > 0 {}
    let used = hub.db.used().await.expect("used");
    if used.free.is_some() {
        assert!(used.file < full.file / 2, "{used:?} of {full:?}");
    }
}

on_both_databases!(
    what_is_too_old_goes_and_its_counters_stay,
    the_project_that_takes_the_most_gives_way,
    attachments_go_with_their_event,
    one_hub_drops_and_another_takes_over_when_it_died,
    the_disk_is_given_back,
);
