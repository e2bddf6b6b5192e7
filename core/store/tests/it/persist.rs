//! A batch of events becomes rows, exactly once.

use errand_model::digested::{Attachment, ItemOutcome, UserReport};
use errand_model::outcome::{Category, Outcome};
use errand_model::{EventId, Level};
use errand_store::outcomes;
use errand_store::persist::{Arrival, mark, persist};
use errand_store::testing::TestDb;

use crate::fixtures::{Hub, START, hash, tag, user};

errand_store::on_both_databases!(
    events_of_one_group_are_one_issue,
    an_event_is_stored_once,
    counters_are_exact,
    users_are_counted_once,
    a_further_hash_joins_the_issue_of_a_known_one,
    what_came_with_an_event_stays_with_it,
    outcomes_are_counted_by_the_hour,
    the_mark_moves_with_the_batch,
    a_batch_is_stored_as_a_whole_or_not_at_all,
    an_event_of_the_past_moves_what_was_first,
    odd_text_holds_nothing_up,
    events_of_a_project_that_is_gone_are_dropped,
    nodes_share_issues_and_count_exactly,
    a_new_issue_is_told_of_once,
);

async fn events_of_one_group_are_one_issue(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let persisted = hub.take([hub.event("a"), hub.event("b"), hub.event("a")]).await;
    assert_eq!((persisted.new_issues, persisted.lifecycle), (2, 2));
    assert_eq!(hub.take([hub.event("a")]).await.new_issues, 0);

    let (a, b) = (hub.issue("a").await, hub.issue("b").await);
    assert_eq!((a.number, b.number), (1, 2));
    assert_eq!((a.times_seen, b.times_seen), (3, 1));
    assert_eq!(
        (a.title.as_str(), a.culprit.as_str()),
        ("Error: a", "shop.checkout")
    );
}

async fn an_event_is_stored_once(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let event = hub.event("a");
    let batch = [
        hub.arrival(event.clone()),
        hub.arrival(event.clone()),
        hub.arrival(hub.event("a")),
    ];
    let persisted = hub.persist(&batch).await;
    assert_eq!((persisted.accepted, persisted.duplicates), (2, 1));
    // Again, and as another event of the same id would have it: with another group.
    let other = errand_model::digested::DigestedEvent {
        hashes: vec![hash("b")],
        ..event
    };
    let persisted = hub.persist(&[batch[0].clone(), hub.arrival(other)]).await;
    assert_eq!(
        (persisted.accepted, persisted.duplicates, persisted.new_issues),
        (0, 2, 0)
    );
    assert_eq!(hub.check_counters(hub.issue("a").await.id).await, 2);
    assert_eq!(hub.bound("b").await, None);
}

async fn counters_are_exact(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    for round in 0..5 {
        let events = (0..100).map(|n| {
            let mut event = hub.event(if n % 3 == 0 { "a" } else { "b" });
            event.timestamp = START.plus_seconds(n * 600 - 86_400);
            event.user = if n % 4 == 0 {
                None
            } else {
                user(&(n % 7).to_string())
            };
            event.tags = vec![tag("n", &(n % 5).to_string()), tag("round", &round.to_string())];
            event.release = Some(format!("shop@1.{round}"));
            event
        });
        hub.take(events).await;
    }
    let (a, b) = (hub.issue("a").await, hub.issue("b").await);
    assert_eq!(hub.check_counters(a.id).await, 170);
    assert_eq!(hub.check_counters(b.id).await, 330);
    assert_eq!((a.users_seen, b.users_seen), (7, 7));
    // Of 0, 3, … 99 those that end in 0 or 5 are 0, 15, … 90, in each of five rounds.
    assert_eq!(hub.tagged(a.id, "n", "0").await, 35);
    assert_eq!(hub.tagged(a.id, "round", "3").await, 34);
    assert_eq!(hub.tagged(b.id, "round", "3").await, 66);
    assert_eq!(
        (a.first_release.as_deref(), a.last_release.as_deref()),
        (Some("shop@1.0"), Some("shop@1.4"))
    );
}

async fn users_are_counted_once(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let with_user = |group: &str, id: &str| {
        let mut event = hub.event(group);
        event.user = user(id);
        event
    };
    for _ in 0..3 {
        hub.take([
            with_user("a", "1"),
            with_user("a", "1"),
            with_user("a", "2"),
            with_user("b", "1"),
        ])
        .await;
    }
    assert_eq!(
        (hub.issue("a").await.users_seen, hub.issue("b").await.users_seen),
        (2, 1)
    );
    // A process that knows nothing yet counts no differently.
    let other = Hub {
        db: test.open_again().await,
        ..Hub::new(&test.db).await
    };
    other.take([with_user("a", "1"), with_user("a", "3")]).await;
    assert_eq!(hub.issue("a").await.users_seen, 3);
}

async fn a_further_hash_joins_the_issue_of_a_known_one(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut both = hub.event("new");
    both.hashes = vec![hash("new"), hash("old")];
    hub.take([hub.event("old"), both]).await;
    hub.take([hub.event("new")]).await;
    assert_eq!(hub.bound("new").await, hub.bound("old").await);
    assert_eq!(hub.check_counters(hub.issue("old").await.id).await, 3);
}

fn attachment(hub: &Hub, event_id: EventId) -> Attachment {
    Attachment {
        project: hub.project.id,
        event_id,
        name: "log.txt".to_owned(),
        content_type: "text/plain".to_owned(),
        kind: "event.attachment".to_owned(),
        content: vec![0, 159, 146, 150],
        received: START,
    }
}

async fn what_came_with_an_event_stays_with_it(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let event = hub.event("a");
    let id = event.event_id;
    let mut arrival = hub.arrival(event);
    arrival.envelope.attachments.push(attachment(&hub, id));
    arrival.envelope.user_reports.push(UserReport {
        project: hub.project.id,
        event_id: id,
        name: "Ann".to_owned(),
        email: "ann@example.com".to_owned(),
        comments: "It broke.".to_owned(),
        received: START,
    });
    // What comes with a duplicate was there with the first.
    hub.persist(&[arrival.clone(), arrival.clone()]).await;
    hub.persist(&[arrival]).await;
    // What comes later on its own is kept too.
    let mut later = hub.arrival(hub.event("a"));
    later.envelope.event = None;
    later.envelope.attachments.push(attachment(&hub, id));
    hub.persist(&[later]).await;
    let project = errand_model::IssueId(hub.project.id.0);
    assert_eq!(
        hub.number("SELECT COUNT(*) FROM attachment WHERE project_id = ", project)
            .await,
        2
    );
    assert_eq!(
        hub.number("SELECT COUNT(*) FROM user_report WHERE project_id = ", project)
            .await,
        1
    );
}

async fn outcomes_are_counted_by_the_hour(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let event = hub.event("a");
    let mut arrival = hub.arrival(event);
    arrival.envelope.outcomes.push(ItemOutcome {
        category: Category::Session,
        outcome: Outcome::Unsupported,
        reason: "session".to_owned(),
        quantity: 3,
    });
    hub.persist(&[arrival.clone(), arrival.clone()]).await;
    hub.persist(&[arrival]).await;
    let counts = outcomes::list(&hub.db, hub.project.id, START, START.plus_seconds(3_600))
        .await
        .expect("read");
    let counts: Vec<_> = counts
        .iter()
        .map(|count| (count.category.as_str(), count.outcome.as_str(), count.quantity))
        .collect();
    assert_eq!(
        counts,
        [
            ("error", "accepted", 1),
            ("error", "duplicate", 2),
            ("session", "unsupported", 9)
        ]
    );
}

async fn the_mark_moves_with_the_batch(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    assert_eq!(mark(&hub.db, "test").await.expect("read"), None);
    for position in [7, 9] {
        let batch = [hub.arrival(hub.event("a"))];
        persist(&hub.db, &hub.persisting(), &batch, Some(position))
            .await
            .expect("stored");
        assert_eq!(mark(&hub.db, "test").await.expect("read"), Some(position));
    }
    persist(&hub.db, &hub.persisting(), &[], Some(10))
        .await
        .expect("an empty batch moves it too");
    assert_eq!(mark(&hub.db, "test").await.expect("read"), Some(10));
}

async fn a_batch_is_stored_as_a_whole_or_not_at_all(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([hub.event("a")]).await;
    let batch: Vec<Arrival> = (0..200)
        .map(|n| hub.arrival(hub.event(&format!("{}", n % 20))))
        .collect();
    // Stopped anywhere on the way, as by a crash: nothing of it is there.
    for nanos in [0, 100_000, 500_000, 1_000_000, 2_000_000] {
        let persisting = hub.persisting();
        let stored = persist(&hub.db, &persisting, &batch, Some(1));
        let stopped = tokio::time::timeout(std::time::Duration::from_nanos(nanos), stored).await;
        if stopped.is_ok() {
            break;
        }
        // A commit that was under way may come in between the two that are read here, but only once.
        let mut marked = mark(&hub.db, "test").await.expect("read");
        let events = loop {
            let events = hub
                .number("SELECT COUNT(*) FROM event WHERE id > ", errand_model::IssueId(0))
                .await;
            let now = mark(&hub.db, "test").await.expect("read");
            if now == marked {
                break events;
            }
            marked = now;
        };
        assert!(
            (marked, events) == (None, 1) || (marked, events) == (Some(1), 201),
            "{marked:?} {events}"
        );
    }
    let persisted = hub.persist(&batch).await;
    assert_eq!(persisted.accepted + persisted.duplicates, 200);
    for n in 0..20 {
        assert_eq!(hub.check_counters(hub.issue(&n.to_string()).await.id).await, 10);
    }
}

async fn an_event_of_the_past_moves_what_was_first(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut newest = hub.event("a");
    newest.level = Level::Warning;
    let mut older = hub.event("a");
    older.timestamp = START.plus_seconds(-500);
    hub.take([newest]).await;
    hub.take([older]).await;
    let issue = hub.issue("a").await;
    assert_eq!(
        (issue.first_seen, issue.last_seen),
        (START.plus_seconds(-500), START)
    );
    assert_eq!(issue.level, Level::Warning);
    hub.check_counters(issue.id).await;
}

async fn odd_text_holds_nothing_up(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let long = "ü".repeat(5_000);
    let mut event = hub.event("a");
    event.title = "a\0b".to_owned();
    event.tags = vec![tag("nul\0", "\0"), tag("long", &long), tag(&long, "x")];
    event.release = Some(long.clone());
    event.user = user(&long);
    hub.take([event.clone()]).await;
    event.event_id = EventId::random();
    hub.take([event]).await;
    let issue = hub.issue("a").await;
    assert_eq!((hub.check_counters(issue.id).await, issue.users_seen), (2, 1));
    assert_eq!(hub.tagged(issue.id, "long", &long).await, 2);
}

async fn events_of_a_project_that_is_gone_are_dropped(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut stray = hub.event("a");
    stray.project = 99.into();
    let mut arrival = hub.arrival(stray);
    arrival.project = 99.into();
    let persisted = hub.persist(&[arrival, hub.arrival(hub.event("a"))]).await;
    assert_eq!((persisted.accepted, persisted.discarded), (1, 1));
}

async fn nodes_share_issues_and_count_exactly(test: TestDb) {
    let first = Hub::new(&test.db).await;
    let second = Hub {
        db: test.open_again().await,
        ..Hub::on_node(&test.db, 1).await
    };
    let run = async |hub: &Hub| {
        for round in 0..10 {
            let events = (0..40).map(|n| {
                let mut event = hub.event(&format!("{}", (n + round) % 12));
                event.user = user(&(n % 5).to_string());
                event.tags = vec![tag("n", &n.to_string())];
                event
            });
            hub.take(events).await;
        }
    };
    tokio::join!(run(&first), run(&second));
    let mut events = 0;
    for group in 0..12 {
        let issue = first.issue(&group.to_string()).await;
        events += first.check_counters(issue.id).await;
        assert_eq!(issue.users_seen, 5);
        assert_eq!(first.told(issue.id).await, ["issue.created"]);
    }
    assert_eq!(events, 800);
    let issues = first
        .number("SELECT COUNT(*) FROM issue WHERE id > ", errand_model::IssueId(0))
        .await;
    assert_eq!(issues, 12);
}

async fn a_new_issue_is_told_of_once(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([hub.event("a"), hub.event("a")]).await;
    hub.take([hub.event("a")]).await;
    assert_eq!(hub.told(hub.issue("a").await.id).await, ["issue.created"]);
}
