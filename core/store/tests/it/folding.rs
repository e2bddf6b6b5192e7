//! Merging, unmerging, deleting, discarding.

use errand_model::digested::DigestedEvent;
use errand_model::lifecycle::Change;
use errand_model::{IssueId, Level};
use errand_store::issues::{delete, get, merge, unmerge};
use errand_store::persist::EventFacts;
use errand_store::testing::TestDb;
use errand_store::{Error, codec, lifecycle};

use crate::fixtures::{Hub, START, hash, tag, user};
use crate::issues::ann;

errand_store::on_both_databases!(
    a_merge_adds_up_and_sticks,
    a_merge_needs_issues_of_one_project,
    an_unmerge_undoes_a_merge,
    after_an_unmerge_events_go_where_their_hash_went,
    an_unmerge_leaves_something,
    a_deleted_issue_is_gone_with_its_events,
    a_discarded_issue_stays_away,
);

/// An event whose payload tells what it is counted by: group, user, tag, release.
fn event(hub: &Hub, group: &str, n: i64) -> DigestedEvent {
    let facts = format!("{group} {} {} shop@1.{n}", n % 3, n % 2);
    let told = facts_of(facts.as_bytes());
    DigestedEvent {
        timestamp: START.plus_seconds(n * 1_800),
        user: told.user,
        tags: told.tags,
        release: told.release,
        payload: codec::compress(facts.as_bytes()).expect("compress"),
        ..hub.event(group)
    }
}

fn facts_of(payload: &[u8]) -> EventFacts {
    let text = std::str::from_utf8(payload).expect("text");
    let [group, who, value, release] = text.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{text}")
    };
    EventFacts {
        title: format!("Error: {group}"),
        level: Level::Error,
        metadata: "{}".to_owned(),
        user: user(who),
        tags: vec![tag("value", value), tag("group", group)],
        release: Some(release.to_owned()),
        ..EventFacts::default()
    }
}

/// Ten events of `a`, at 0, 30, … minutes, and four of `b`, from an hour before.
async fn two_issues(hub: &Hub) -> (IssueId, IssueId) {
    hub.take((0..10).map(|n| event(hub, "a", n))).await;
    hub.take((-2..2).map(|n| event(hub, "b", n))).await;
    (hub.issue("a").await.id, hub.issue("b").await.id)
}

async fn a_merge_adds_up_and_sticks(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (a, b) = two_issues(&hub).await;
    let mut tx = hub.db.begin().await.expect("begin");
    merge(&mut tx, hub.cx(), &ann(), a, &[b, a, b])
        .await
        .expect("merge");
    tx.commit().await.expect("commit");

    assert!(get(&hub.db, b).await.expect("read").is_none());
    assert_eq!(hub.check_counters(a).await, 14);
    assert_eq!(hub.tagged(a, "group", "b").await, 4);
    assert_eq!(hub.tagged(a, "value", "0").await, 7);
    let merged = hub.issue("b").await;
    assert_eq!(
        (merged.id, merged.first_release.as_deref()),
        (a, Some("shop@1.-2"))
    );
    assert_eq!(merged.last_release.as_deref(), Some("shop@1.9"));
    let told = lifecycle::of_issue(&hub.db, a, 1).await.expect("read");
    assert_eq!(told[0].change, Change::Merged { losers: vec![b] });

    hub.take([event(&hub, "b", 5)]).await;
    assert_eq!(hub.check_counters(a).await, 15);
}

async fn a_merge_needs_issues_of_one_project(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (a, _) = two_issues(&hub).await;
    let mut tx = hub.db.begin().await.expect("begin");
    assert!(matches!(
        merge(&mut tx, hub.cx(), &ann(), a, &[a]).await,
        Err(Error::Invalid { .. })
    ));
    let gone = merge(&mut tx, hub.cx(), &ann(), a, &[IssueId(1)]).await;
    assert!(matches!(gone, Err(Error::Missing { .. })));

    let new = errand_store::projects::NewProject {
        organization: hub.project.organization,
        name: "Other",
        slug: None,
        platform: None,
    };
    let (other, _) = errand_store::projects::create(&mut tx, hub.cx(), new)
        .await
        .expect("a project");
    tx.commit().await.expect("commit");
    let other = Hub {
        project: other,
        ..Hub::new(&test.db).await
    };
    other.take([other.event("elsewhere")]).await;
    let foreign = other.issue("elsewhere").await.id;
    let mut tx = hub.db.begin().await.expect("begin");
    let refused = merge(&mut tx, hub.cx(), &ann(), a, &[foreign]).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })));
}

async fn an_unmerge_undoes_a_merge(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (a, b) = two_issues(&hub).await;
    let (before_a, before_b) = (hub.issue("a").await, hub.issue("b").await);
    let mut tx = hub.db.begin().await.expect("begin");
    merge(&mut tx, hub.cx(), &ann(), a, &[b]).await.expect("merge");
    let facts = |payload: &[u8]| facts_of(payload);
    let new = unmerge(&mut tx, hub.cx(), &ann(), a, &[hash("b")], &facts)
        .await
        .expect("unmerge");
    tx.commit().await.expect("commit");

    let (after_a, after_b) = (hub.issue("a").await, hub.issue("b").await);
    assert_eq!((after_a.id, after_b.id), (a, new));
    assert_eq!(
        (hub.check_counters(a).await, hub.check_counters(new).await),
        (10, 4)
    );
    for (before, after) in [(before_a, &after_a), (before_b, &after_b)] {
        assert_eq!(
            (
                before.first_seen,
                before.last_seen,
                before.users_seen,
                before.title,
                before.first_release
            ),
            (
                after.first_seen,
                after.last_seen,
                after.users_seen,
                after.title.clone(),
                after.first_release.clone()
            )
        );
    }
    assert_eq!(
        (
            hub.tagged(a, "group", "b").await,
            hub.tagged(new, "group", "b").await
        ),
        (0, 4)
    );
    assert_eq!(
        (
            hub.tagged(a, "value", "0").await,
            hub.tagged(new, "value", "0").await
        ),
        (5, 2)
    );
    assert_eq!(after_b.number, 3);
    assert_eq!(hub.told(new).await, ["issue.created"]);
}

async fn after_an_unmerge_events_go_where_their_hash_went(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (a, b) = two_issues(&hub).await;
    let mut tx = hub.db.begin().await.expect("begin");
    merge(&mut tx, hub.cx(), &ann(), a, &[b]).await.expect("merge");
    tx.commit().await.expect("commit");
    // This process knows now which users the merged issue has.
    hub.take([event(&hub, "a", 0), event(&hub, "b", 2)]).await;
    let mut tx = hub.db.begin().await.expect("begin");
    let facts = |payload: &[u8]| facts_of(payload);
    let new = unmerge(&mut tx, hub.cx(), &ann(), a, &[hash("b")], &facts)
        .await
        .expect("unmerge");
    tx.commit().await.expect("commit");
    let mut later = event(&hub, "b", 3);
    later.user = user("9");
    let mut back = event(&hub, "a", 3);
    back.user = user("9");
    hub.take([later, back]).await;
    assert_eq!(
        (hub.check_counters(a).await, hub.check_counters(new).await),
        (12, 6)
    );
}

async fn an_unmerge_leaves_something(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (a, _) = two_issues(&hub).await;
    let mut tx = hub.db.begin().await.expect("begin");
    for hashes in [vec![], vec![hash("a")], vec![hash("b")]] {
        let refused = unmerge(&mut tx, hub.cx(), &ann(), a, &hashes, &|payload| {
            facts_of(payload)
        })
        .await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{hashes:?}");
    }
}

async fn a_deleted_issue_is_gone_with_its_events(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (a, b) = two_issues(&hub).await;
    let mut tx = hub.db.begin().await.expect("begin");
    let gone = delete(&mut tx, hub.cx(), &ann(), &[a, IssueId(1)], false)
        .await
        .expect("delete");
    tx.commit().await.expect("commit");
    assert_eq!(gone, [a]);
    for sql in [
        "SELECT COUNT(*) FROM event WHERE issue_id = ",
        "SELECT COUNT(*) FROM issue_hour WHERE issue_id = ",
        "SELECT COUNT(*) FROM issue_user WHERE issue_id = ",
        "SELECT COUNT(*) FROM issue_tag WHERE issue_id = ",
        "SELECT COUNT(*) FROM activity WHERE issue_id = ",
        "SELECT COUNT(*) FROM grouping WHERE issue_id = ",
    ] {
        assert_eq!(hub.number(sql, a).await, 0, "{sql}");
    }
    assert_eq!(hub.check_counters(b).await, 4);
    assert_eq!(hub.told(a).await, ["issue.created", "issue.deleted"]);
    // What comes again is new.
    assert_eq!(hub.take([event(&hub, "a", 1)]).await.new_issues, 1);
    assert_eq!(hub.check_counters(hub.issue("a").await.id).await, 1);
}

async fn a_discarded_issue_stays_away(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (a, _) = two_issues(&hub).await;
    let mut tx = hub.db.begin().await.expect("begin");
    delete(&mut tx, hub.cx(), &ann(), &[a], true)
        .await
        .expect("delete");
    tx.commit().await.expect("commit");
    let persisted = hub
        .persist(&[hub.arrival(event(&hub, "a", 1)), hub.arrival(event(&hub, "b", 1))])
        .await;
    assert_eq!(
        (persisted.accepted, persisted.discarded, persisted.new_issues),
        (1, 1, 0)
    );
    assert_eq!(hub.bound("a").await, None);
}
