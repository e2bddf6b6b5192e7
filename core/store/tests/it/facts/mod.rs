//! Questions over facts, against a count of the same events by hand: in batches, in blocks, and after issues moved.

mod asked;
pub(crate) mod known;
mod watched;

use std::collections::BTreeMap;

use errand_model::IssueId;
use errand_model::question::{Key, Question, Span};
use errand_model::search::{Bound, Filter, Term};
use errand_store::facts::{Asker, Extent, Person, Place, answer, extent, forget, stored};
use errand_store::issues::{delete, merge, unmerge};
use errand_store::persist::EventFacts;
use errand_store::retention::{self, Keep, Of};
use errand_store::testing::TestDb;
use errand_store::{Error, Statement};

use self::asked::check;
use self::known::{DAY, Known, Random, ask, by_hand, event, fold, known, question, take};
use self::watched::{history_is_told_minute_by_minute, who_watches_is_told_what_counting_by_hand_says};
use crate::fixtures::{Hub, START, hash};
use crate::issues::ann;

errand_store::on_both_databases!(
    answers_are_what_counting_by_hand_says,
    facts_follow_their_issues,
    facts_outlive_their_events_and_not_their_project,
    a_batch_that_comes_again_adds_nothing,
    what_makes_no_sense_is_said,
    old_facts_go,
    of_more_facts_than_may_be_the_oldest_go,
    nothing_is_left_of_who_wants_to_be_forgotten,
    who_watches_is_told_what_counting_by_hand_says,
    history_is_told_minute_by_minute,
);

async fn names(hub: &Hub, groups: impl Iterator<Item = usize>) -> BTreeMap<i64, String> {
    let mut names = BTreeMap::new();
    for group in groups {
        let group = format!("group {group}");
        names.insert(hub.issue(&group).await.id.0, group);
    }
    names
}

async fn answers_are_what_counting_by_hand_says(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut random = Random(7);
    let all: Vec<Known> = (0..6_000).map(|_| known(&mut random)).collect();
    take(&hub, &all[..2_000], 10).await;
    let names = names(&hub, 0..12).await;
    check(&hub, &all[..2_000], &names).await;
    fold(&hub).await;
    check(&hub, &all[..2_000], &names).await;
    // Some in a block, some not yet; then small blocks that become larger ones.
    take(&hub, &all[2_000..2_500], 50).await;
    check(&hub, &all[..2_500], &names).await;
    for part in all[2_500..].chunks(700) {
        take(&hub, part, 5).await;
        fold(&hub).await;
    }
    check(&hub, &all, &names).await;

    let of_issues = Question {
        top: 3,
        step: Some(DAY),
        ..question(vec![], &["issue"])
    };
    let answer = ask(&hub, &of_issues).await;
    let mut by_group: Vec<i64> = by_hand(
        &all,
        &Question {
            step: None,
            ..of_issues.clone()
        },
        |_| true,
    )
    .into_values()
    .map(|[users, ..]| users as i64)
    .collect();
    by_group.sort_unstable_by_key(|users| -users);
    let rows: Vec<i64> = answer.rows.iter().map(|row| row.values[0]).collect();
    assert_eq!((rows, answer.groups), (by_group[..3].to_vec(), 12));
    let others = answer.others.expect("others");
    let events: i64 = answer.rows.iter().map(|row| row.values[1]).sum();
    assert_eq!(events + others.values[1], answer.total.values[1]);
    assert_eq!(others.values[2], 9);
    let steps: i64 = others.series[1].iter().sum();
    assert_eq!(steps, others.values[1]);
}

async fn facts_follow_their_issues(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut random = Random(11);
    let mut all: Vec<Known> = (0..1_500).map(|_| known(&mut random)).collect();
    take(&hub, &all[..1_000], 5).await;
    fold(&hub).await;
    take(&hub, &all[1_000..], 50).await;
    let mut ids: Vec<IssueId> = Vec::new();
    for group in 0..12 {
        ids.push(hub.issue(&format!("group {group}")).await.id);
    }
    let mut tx = hub.db.begin().await.expect("begin");
    merge(&mut tx, hub.cx(), &ann(), ids[0], &ids[1..3])
        .await
        .expect("merge");
    merge(&mut tx, hub.cx(), &ann(), ids[3], &ids[0..1])
        .await
        .expect("merge");
    delete(&mut tx, hub.cx(), &ann(), &ids[4..5], false)
        .await
        .expect("delete");
    tx.commit().await.expect("commit");
    let now = moved(&all, &["group 0", "group 1", "group 2"]);
    let mut of_now = names(&hub, [3, 5, 6, 7, 8, 9, 10, 11].into_iter()).await;
    check(&hub, &now, &of_now).await;

    // What was folded in is taken out again; what was deleted comes again, as another issue.
    let facts = |payload: &[u8]| {
        let group = String::from_utf8_lossy(payload).into_owned();
        EventFacts {
            title: group,
            ..EventFacts::default()
        }
    };
    let mut tx = hub.db.begin().await.expect("begin");
    let taken = unmerge(&mut tx, hub.cx(), &ann(), ids[3], &[hash("group 1")], &facts).await;
    let taken = taken.expect("unmerge");
    tx.commit().await.expect("commit");
    of_now.insert(taken.0, "group 1".to_owned());
    let again: Vec<Known> = (0..300).map(|_| known(&mut random)).collect();
    take(&hub, &again, 10).await;
    all.retain(|known| known.group != "group 4");
    all.extend(again);
    let mut now = moved(&all, &["group 0", "group 2"]);
    now.extend(all.iter().filter(|known| known.group == "group 4").cloned());
    of_now.insert(hub.issue("group 4").await.id.0, "group 4".to_owned());
    check(&hub, &now, &of_now).await;
    // A day later it is applied for good, and the list of moves is gone.
    hub.clock.advance_millis(2 * DAY * 1_000);
    fold(&hub).await;
    check(&hub, &now, &of_now).await;
    let moves = "SELECT COUNT(*) FROM fact_move WHERE project_id > ";
    assert_eq!(hub.number(moves, IssueId(0)).await, 0);
}

/// The events as they are once those groups are folded into group 3, and group 4 is deleted.
fn moved(all: &[Known], groups: &[&str]) -> Vec<Known> {
    let mut now: Vec<Known> = all.to_vec();
    now.retain(|known| known.group != "group 4");
    now.iter_mut()
        .filter(|known| groups.contains(&known.group.as_str()))
        .for_each(|known| "group 3".clone_into(&mut known.group));
    now
}

async fn facts_outlive_their_events_and_not_their_project(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut random = Random(3);
    let all: Vec<Known> = (0..400).map(|_| known(&mut random)).collect();
    take(&hub, &all, 3).await;
    fold(&hub).await;
    take(&hub, &all[..20], 3).await;
    let question = question(vec![], &[]);
    let before = ask(&hub, &question).await;
    let mut tx = hub.db.begin().await.expect("begin");
    let all_events = Statement::new(hub.db.dialect(), "DELETE FROM event");
    assert_eq!(all_events.execute(&mut tx).await.expect("delete"), 420);
    tx.commit().await.expect("commit");
    assert_eq!(ask(&hub, &question).await, before);

    errand_store::erase::project(&hub.db, hub.project.id)
        .await
        .expect("erase");
    for sql in [
        "SELECT COUNT(*) FROM fact_block WHERE project_id > ",
        "SELECT COUNT(*) FROM fact_column WHERE block_id > ",
        "SELECT COUNT(*) FROM fact_batch WHERE project_id > ",
        "SELECT COUNT(*) FROM fact_move WHERE project_id > ",
    ] {
        assert_eq!(hub.number(sql, IssueId(0)).await, 0, "{sql}");
    }
}

async fn a_batch_that_comes_again_adds_nothing(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut random = Random(5);
    let events: Vec<_> = (0..50).map(|_| event(&hub, &known(&mut random))).collect();
    let batch: Vec<_> = events.into_iter().map(|event| hub.arrival(event)).collect();
    let everything = Question {
        span: Span {
            since: START.plus_seconds(-20 * DAY),
            until: START.plus_seconds(1),
        },
        ..question(vec![], &[])
    };
    for _ in 0..3 {
        hub.persist(&batch).await;
        assert_eq!(ask(&hub, &everything).await.total.values[1], 50);
    }
}

/// Questions that differ from a fine one in what makes no sense.
fn wrong(fine: &Question) -> [Question; 7] {
    [
        Question {
            measures: vec![],
            ..fine.clone()
        },
        Question {
            sort: 3,
            ..fine.clone()
        },
        Question {
            top: 1_001,
            ..fine.clone()
        },
        Question {
            step: Some(60),
            ..fine.clone()
        },
        Question {
            step: Some(0),
            ..fine.clone()
        },
        Question {
            keys: vec![Key::Issue, Key::Project, Key::User],
            ..fine.clone()
        },
        Question {
            span: Span {
                since: START,
                until: START,
            },
            ..fine.clone()
        },
    ]
}

async fn what_makes_no_sense_is_said(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let fine = question(vec![], &["release"]);
    let asker = |projects| Asker {
        organization: hub.project.organization,
        projects,
        viewer: None,
    };
    let projects = [hub.project.clone()];
    for question in wrong(&fine) {
        let refused = answer(&hub.db, asker(&projects), &question).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{question:?}");
    }
    // Of no project, and of issues that are none, there is nothing to say.
    let nothing = answer(&hub.db, asker(&[]), &fine).await.expect("an answer");
    assert_eq!(
        (nothing.rows.len(), nothing.total.values.clone()),
        (0, vec![0, 0, 0])
    );
    let seen = Bound {
        lower: Some((1_000_000, true)),
        upper: None,
    };
    let terms = vec![Term {
        negated: false,
        filter: Filter::TimesSeen(seen),
    }];
    take(&hub, &[known(&mut Random(1))], 1).await;
    assert_eq!(ask(&hub, &question(terms, &[])).await.total.values, [0, 0, 0]);
}

async fn old_facts_go(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut random = Random(9);
    let all: Vec<Known> = (0..300).map(|_| known(&mut random)).collect();
    take(&hub, &all, 2).await;
    let since = all.iter().map(|known| known.at).min();
    let unfolded = extent(&hub.db).await.expect("read");
    assert_eq!((unfolded.facts, unfolded.since), (300, since));
    fold(&hub).await;
    let bytes = stored(&hub.db).await.expect("stored");
    let folded = Extent { bytes, ..unfolded };
    assert_eq!(extent(&hub.db).await.expect("read"), folded);
    assert!(0 < bytes && 0 < unfolded.bytes, "{unfolded:?}, then {bytes}");
    let blocks = "SELECT COUNT(*) FROM fact_block WHERE project_id > ";
    assert_eq!(hub.number(blocks, IssueId(0)).await, 1);
    hub.clock.advance_millis(399 * DAY * 1_000);
    fold(&hub).await;
    assert_eq!(hub.number(blocks, IssueId(0)).await, 1);
    hub.clock.advance_millis(2 * DAY * 1_000);
    fold(&hub).await;
    assert_eq!(hub.number(blocks, IssueId(0)).await, 0);
    assert_eq!(
        hub.number("SELECT COUNT(*) FROM fact_column WHERE block_id > ", IssueId(0))
            .await,
        0
    );
    assert_eq!(extent(&hub.db).await.expect("read"), Extent::default());
    let forgotten = retention::forgotten(&hub.db, 10).await.expect("read");
    let told = forgotten
        .iter()
        .map(|one| (one.project_id, one.reason.as_str(), one.count, one.bytes));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [(hub.project.id.0, "facts-age", 300, bytes)]
    );
    let dropped = retention::dropped(&hub.db, 10).await.expect("read");
    assert!(dropped.is_empty(), "no event was: {dropped:?}");
}

async fn of_more_facts_than_may_be_the_oldest_go(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut random = Random(5);
    let mut all: Vec<Known> = (0..3_000).map(|_| known(&mut random)).collect();
    all.sort_by_key(|known| known.at);
    // Blocks of so different sizes that they stay apart.
    for part in [&all[..150], &all[150..1_000], &all[1_000..]] {
        take(&hub, part, 5).await;
        fold(&hub).await;
    }
    let before = stored(&hub.db).await.expect("stored");
    let count = async || {
        let everything = Question {
            span: Span {
                since: START.plus_seconds(-30 * DAY),
                until: START.plus_seconds(1),
            },
            ..question(vec![], &[])
        };
        ask(&hub, &everything).await.total.values[1]
    };
    assert_eq!(count().await, 3_000);
    let mut tx = hub.db.begin().await.expect("begin");
    let keep = Keep {
        days: None,
        bytes: Some(before - 1),
    };
    retention::set(&mut tx, Of::Facts, keep).await.expect("set");
    tx.commit().await.expect("commit");
    fold(&hub).await;
    let after = stored(&hub.db).await.expect("stored");
    assert!(after < before && after > 0, "{before}, then {after}");
    let left = count().await;
    assert!((2_000..3_000).contains(&left), "{left} are left");
    let forgotten = retention::forgotten(&hub.db, 10).await.expect("read");
    let told = forgotten
        .iter()
        .map(|one| (one.reason.as_str(), one.count, one.bytes));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [("facts-size", 3_000 - left, before - after)]
    );
}

async fn nothing_is_left_of_who_wants_to_be_forgotten(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut random = Random(13);
    let all: Vec<Known> = (0..900).map(|_| known(&mut random)).collect();
    take(&hub, &all[..700], 4).await;
    fold(&hub).await;
    take(&hub, &all[700..], 20).await;
    let names = names(&hub, 0..12).await;
    let person = Person {
        project: hub.project.id,
        users: vec![errand_store::app_user_id(hub.project.id, "id:7")],
        tags: vec![("rare3".to_owned(), "x".to_owned())],
    };
    let mut at = Some(Place::default());
    while let Some(place) = at {
        at = forget(&hub.db, hub.cx(), &person, place).await.expect("forget");
    }
    let is_theirs = |known: &Known| {
        known.user.as_deref() == Some("7") || known.tags.get("rare3").is_some_and(|value| value == "x")
    };
    let left: Vec<Known> = all.iter().filter(|known| !is_theirs(known)).cloned().collect();
    assert!(left.len() < all.len());
    check(&hub, &left, &names).await;
}
