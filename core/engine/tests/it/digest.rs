//! An accepted event is a stored event, once, whatever happens in between.

use bytes::Bytes;
use errand_engine::IntakeError;
use errand_model::EventId;
use errand_model::outcome::{Category, Outcome, OutcomeCount};
use errand_queue::{Position, Queue, Record};
use errand_store::persist::{self, Arrival};
use errand_store::projects;

use crate::setting::{Setting, kill, stop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accepted_events_are_stored_and_counted() {
    let setting = Setting::new().await;
    let engine = setting.start().await;
    let first = setting.send(&engine, "checkout", 30).await;
    let second = setting.send(&engine, "search", 12).await;
    engine.drain().await;
    let issues = setting.issues().await;
    let seen: Vec<_> = issues
        .iter()
        .map(|issue| (issue.title.as_str(), issue.times_seen, issue.users_seen))
        .collect();
    assert_eq!(seen, [("checkout failed", 30, 1), ("search failed", 12, 1)]);
    for event in first.into_iter().chain(second) {
        assert!(setting.is_stored(event).await);
    }
    assert_eq!(engine.backlog().bytes, 0);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_malformed_is_refused_and_leaves_nothing() {
    let setting = Setting::new().await;
    let engine = setting.start().await;
    let body = Bytes::from_static(b"{}\n{\"type\":\"event\",\"length\":9}\n{\"a\": tru\n");
    let refused = engine.intake().submit(setting.envelope(body)).await;
    assert!(matches!(refused, Err(IntakeError::Malformed(_))), "{refused:?}");
    assert_eq!(engine.backlog().appended, 0);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_sent_twice_counts_once() {
    let setting = Setting::new().await;
    let engine = setting.start().await;
    let id = EventId::random();
    for _ in 0..3 {
        engine
            .intake()
            .submit(setting.submission(id, "twice"))
            .await
            .expect("it is taken");
        engine.drain().await;
    }
    assert_eq!(setting.issues().await[0].times_seen, 1);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_pressure_events_are_digested_later_with_the_same_result() {
    let setting = Setting::new().await;
    let mut pressed = setting.options();
    pressed.intake.pressure_backlog_bytes = 0;
    let mut large = setting.options();
    large.intake.large_body_bytes = 0;
    let mut stored = Vec::new();
    // At once; late; off the request's task.
    for (group, options) in [
        ("calm", setting.options()),
        ("pressed", pressed),
        ("large", large),
    ] {
        let engine = setting.start_with(options).await;
        let ids = setting.send(&engine, group, 40).await;
        engine.drain().await;
        stop(engine).await;
        let event = errand_store::events::get(&setting.hub.db, setting.project.id, ids[39]).await;
        let event = event.expect("readable").expect("stored");
        let json = String::from_utf8(event.payload).expect("JSON");
        stored.push(json.replace(group, "GROUP").replace(&ids[39].to_string(), "ID"));
    }
    assert_eq!(stored[0], stored[1]);
    assert_eq!(stored[0], stored[2]);
    let counts: Vec<i64> = setting
        .issues()
        .await
        .iter()
        .map(|issue| issue.times_seen)
        .collect();
    assert_eq!(counts, [40, 40, 40]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_hub_digests_what_it_had_acknowledged() {
    let setting = Setting::new().await;
    let mut sent = Vec::new();
    for _ in 0..5 {
        let engine = setting.start().await;
        sent.extend(setting.send(&engine, "killed", 25).await);
        kill(engine).await;
    }
    let engine = setting.start().await;
    engine.drain().await;
    for event in &sent {
        assert!(setting.is_stored(*event).await);
    }
    assert_eq!(setting.issues().await[0].times_seen, 125);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn segments_that_were_stored_but_not_released_do_not_count_twice() {
    let setting = Setting::new().await;
    let engine = setting.start().await;
    setting.send(&engine, "once", 20).await;
    engine.drain().await;
    stop(engine).await;
    // The journal still holds what the mark says is stored: a crash between the commit and the release.
    let id = Queue::<Arrival>::identify(&setting.queue()).expect("a queue");
    let mark = persist::mark(&setting.hub.db, &id)
        .await
        .expect("readable")
        .expect("a mark");
    let options = errand_queue::Options {
        disk_floor_bytes: 0,
        ..errand_queue::Options::default()
    };
    let (queue, consumer) = Queue::<Arrival>::open(&setting.queue(), options, Position(0)).expect("opens");
    assert_eq!((queue.backlog().records, queue.end().0 as i64), (20, mark));
    queue.close().await;
    drop((queue, consumer));
    let engine = setting.start().await;
    engine.drain().await;
    setting.send(&engine, "once", 1).await;
    engine.drain().await;
    assert_eq!(setting.issues().await[0].times_seen, 21);
    let outcomes = errand_store::outcomes::list(
        &setting.hub.db,
        setting.project.id,
        setting.hub.now().plus_seconds(-7_200),
        setting.hub.now().plus_seconds(7_200),
    );
    let accepted: i64 = outcomes
        .await
        .expect("readable")
        .iter()
        .map(|hour| hour.quantity)
        .sum();
    assert_eq!(accepted, 21, "every item ends in one outcome");
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_cannot_be_digested_is_set_aside_and_holds_up_nothing() {
    let setting = Setting::new().await;
    let options = errand_queue::Options {
        disk_floor_bytes: 0,
        ..errand_queue::Options::default()
    };
    let (queue, consumer) = Queue::<Arrival>::open(&setting.queue(), options, Position(0)).expect("opens");
    let garbage = Record {
        head: b"\x01no head".to_vec(),
        body: Bytes::from_static(b"at all"),
    };
    queue.push(garbage, None).await.expect("there is room");
    queue.close().await;
    drop((queue, consumer));
    let engine = setting.start().await;
    setting.send(&engine, "after", 3).await;
    engine.drain().await;
    assert_eq!(setting.issues().await[0].times_seen, 3);
    let kept = std::fs::read(setting.dead_letters().join(format!("{}.envelope", Position(0))))
        .expect("a dead letter");
    assert_eq!(kept, b"\x01no headat all");
    let reason = std::fs::read_to_string(setting.dead_letters().join(format!("{}.reason", Position(0))));
    assert!(reason.expect("a reason").contains("cut short"));
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_the_database_refuses_is_set_aside_and_its_batch_is_stored() {
    let setting = Setting::new().await;
    setting
        .execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON issue WHEN NEW.title = 'poison failed'
             BEGIN SELECT RAISE(ABORT, 'not this one'); END",
        )
        .await;
    let engine = setting.start().await;
    // While somebody else writes, a batch gathers.
    let busy = setting.hub.db.begin().await.expect("a transaction");
    for group in ["a", "b", "poison", "c", "d", "a"] {
        setting.send(&engine, group, 1).await;
    }
    drop(busy);
    engine.drain().await;
    let stored: Vec<_> = setting
        .issues()
        .await
        .into_iter()
        .map(|issue| (issue.title, issue.times_seen))
        .collect();
    let expected = [("a failed", 2), ("b failed", 1), ("c failed", 1), ("d failed", 1)];
    assert_eq!(stored, expected.map(|(title, seen)| (title.to_owned(), seen)));
    let letters = std::fs::read_dir(setting.dead_letters()).expect("a folder");
    let letters: Vec<_> = letters.map(|entry| entry.expect("an entry").path()).collect();
    let reason = letters
        .iter()
        .find(|path| path.extension().is_some_and(|kind| kind == "reason"));
    let reason = std::fs::read_to_string(reason.expect("a reason")).expect("readable");
    assert!(letters.len() == 2 && reason.contains("not this one"), "{reason}");
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_says_when_to_come_back() {
    let setting = Setting::new().await;
    let queue = errand_queue::Options {
        max_bytes: 1_500,
        ..errand_queue::Options::default()
    };
    let engine = setting.start_on(setting.options(), queue).await;
    let busy = setting.hub.db.begin().await.expect("a transaction");
    let refused = loop {
        if let Err(refused) = engine
            .intake()
            .submit(setting.submission(EventId::random(), "much"))
            .await
        {
            break refused;
        }
    };
    assert!(
        matches!(refused, IntakeError::Full { retry_after } if !retry_after.is_zero()),
        "{refused:?}"
    );
    drop(busy);
    engine.drain().await;
    setting.send(&engine, "much", 1).await;
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_stops_takes_nothing() {
    let setting = Setting::new().await;
    let engine = setting.start().await;
    let intake = engine.intake().clone();
    assert_eq!(intake.not_ready(), None);
    stop(engine).await;
    let refused = intake.submit(setting.submission(EventId::random(), "late")).await;
    assert!(matches!(refused, Err(IntakeError::Unavailable)), "{refused:?}");
    assert!(intake.not_ready().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ends_at_the_door_is_counted_at_the_latest_when_the_hub_stops() {
    let setting = Setting::new().await;
    let engine = setting.start().await;
    for quantity in [2, 3] {
        engine.intake().count(OutcomeCount {
            project: setting.project.id,
            category: Category::Error,
            outcome: Outcome::RateLimited,
            reason: "key".to_owned(),
            quantity,
        });
    }
    stop(engine).await;
    let counted = "SELECT quantity FROM outcome_hour WHERE outcome = 'rate_limited' AND reason = 'key'";
    assert_eq!(setting.number(counted).await, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changed_settings_of_a_project_are_noticed_within_seconds() {
    let setting = Setting::new().await;
    let engine = setting.start().await;
    setting.send(&engine, "rules", 1).await;
    let mut project = setting.project.clone();
    project.settings.fingerprint_rules = "message:\"rules*\" -> by-rule title=\"By rule\"".to_owned();
    let mut tx = setting.hub.db.begin().await.expect("a transaction");
    projects::update(&mut tx, &project).await.expect("updates");
    tx.commit().await.expect("commits");
    setting.clock.advance_millis(6_000);
    setting.send(&engine, "rules", 1).await;
    engine.drain().await;
    let titles: Vec<String> = setting
        .issues()
        .await
        .into_iter()
        .map(|issue| issue.title)
        .collect();
    assert_eq!(titles, ["rules failed", "By rule"]);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_filter_drops_is_acknowledged_counted_and_takes_no_room_in_the_queue() {
    let setting = Setting::new().await;
    let mut project = setting.project.clone();
    project.settings.filters.error_messages = vec!["noise failed".to_owned()];
    let mut tx = setting.hub.db.begin().await.expect("a transaction");
    projects::update(&mut tx, &project).await.expect("saved");
    tx.commit().await.expect("commits");
    let mut pressed = setting.options();
    pressed.intake.pressure_backlog_bytes = 0;
    // At once, where nothing is queued; and late, from the queue.
    for (options, queued) in [(setting.options(), 1), (pressed, 4)] {
        let engine = setting.start_with(options).await;
        let dropped = setting.send(&engine, "noise", 3).await;
        let kept = setting.send(&engine, "checkout", 1).await;
        assert_eq!(engine.backlog().appended, queued);
        engine.drain().await;
        engine.run_jobs().await;
        assert!(setting.is_stored(kept[0]).await);
        assert!(!setting.is_stored(dropped[0]).await);
        stop(engine).await;
    }
    let filtered = "SELECT CAST(SUM(quantity) AS BIGINT) FROM outcome_hour
        WHERE outcome = 'filtered' AND category = 'error' AND reason = 'error-message'";
    assert_eq!(setting.number(filtered).await, 6);
    assert_eq!(setting.issues().await.len(), 1, "what is dropped makes no issue");
}
