//! What erasing a person takes away, what it leaves, and what an organization takes along.

use std::collections::BTreeMap;

use errand_model::Timestamp;
use errand_model::digested::{Attachment, DigestedEvent, EventUser, UserReport};
use errand_model::erasure::{NamedBy, Person};
use errand_store::erasure::{self, Cursor, Scope};
use errand_store::export::{self, Record, TABLES};
use errand_store::tasks::{self, NewTask, State};
use errand_store::testing::TestDb;
use errand_store::{codec, on_both_databases, storage};
use serde_json::json;

use crate::facts::known::{ask, question};
use crate::fixtures::{Hub, tag};

fn now(hub: &Hub) -> Timestamp {
    errand_model::Clock::now(&*hub.clock)
}

/// An event of somebody, who is named in a tag as well.
fn event(hub: &Hub, group: &str, name: &str, licence: &str) -> DigestedEvent {
    let mut event = hub.event(group);
    event.user = Some(EventUser {
        key: format!("id:{name}"),
        id: Some(name.to_owned()),
        email: Some(format!("{name}@example.com")),
        username: None,
        ip: Some("203.0.113.7".to_owned()),
    });
    event.tags = vec![
        tag("license", licence),
        tag("contact", &format!("{name}@example.com")),
        tag("step", name),
    ];
    let payload = json!({"tags": event.tags, "user": {"id": name}});
    event.payload = codec::compress(payload.to_string().as_bytes()).expect("compress");
    event
}

/// Asks for it, and does it a few events at a time; answers how many went.
async fn erase(hub: &Hub, by: NamedBy, value: &str) -> (erasure::Found, i64) {
    let person = Person::new(by, value).expect("somebody");
    let scope = Scope::of(&hub.db, hub.project.organization, person)
        .await
        .expect("scope");
    let found = erasure::find(&hub.db, &scope).await.expect("found");
    let mut tx = hub.db.begin().await.expect("begin");
    let new = NewTask {
        organization: hub.project.organization,
        kind: "erasure",
        subject: "whoever",
        title: "Erase",
        asked_by: "Ada",
        total: found.events,
    };
    let task = tasks::ask(&mut tx, hub.cx(), new).await.expect("asked");
    tx.commit().await.expect("commit");
    let mut cursor = Cursor::default();
    for _ in 0..200 {
        let step = erasure::step(&hub.db, &scope, &mut cursor, 2, (task, hub.cx()));
        if step.await.expect("a step").is_over {
            let done = tasks::next(&hub.db, "erasure")
                .await
                .expect("read")
                .expect("open")
                .done;
            let mut tx = hub.db.begin().await.expect("begin");
            tasks::end(&mut tx, task, State::Done, "", now(hub))
                .await
                .expect("ended");
            tx.commit().await.expect("commit");
            return (found, done);
        }
    }
    panic!("erasing never ends");
}

/// Rows of a table.
async fn rows(hub: &Hub, table: &str) -> Vec<Record> {
    let table = TABLES.iter().find(|known| known.name == table).expect("a table");
    let mut rows = Vec::new();
    let read = export::rows(&hub.db, hub.project.organization, table, |row| {
        rows.push(row);
        Ok::<_, errand_store::Error>(())
    });
    read.await.expect("read");
    rows
}

/// Tags' values that are left anywhere.
async fn values(hub: &Hub) -> Vec<String> {
    let mut values: Vec<String> = rows(hub, "issue_tag")
        .await
        .iter()
        .filter_map(|row| Some(row.fields.get("value")?.as_str()?.to_owned()))
        .collect();
    values.sort();
    values
}

async fn a_person_goes_with_all_that_names_them_and_counters_stay(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let ada: Vec<_> = (0..5).map(|_| event(&hub, "cart", "ada", "L-1")).collect();
    let with_files = ada[0].event_id;
    hub.take(ada).await;
    hub.take([
        event(&hub, "cart", "bob", "L-2"),
        event(&hub, "search", "ada", "L-1"),
    ])
    .await;
    let mut arrival = hub.arrival(event(&hub, "cart", "ada", "L-1"));
    arrival.envelope.attachments.push(Attachment {
        project: hub.project.id,
        event_id: with_files,
        name: "log.txt".to_owned(),
        content_type: "text/plain".to_owned(),
        kind: "event.attachment".to_owned(),
        content: vec![1; 5_000],
        received: now(&hub),
    });
    let report = |event_id, email: &str| UserReport {
        project: hub.project.id,
        event_id,
        name: "Somebody".to_owned(),
        email: email.to_owned(),
        comments: "it broke".to_owned(),
        received: now(&hub),
    };
    arrival
        .envelope
        .user_reports
        .push(report(with_files, "other@example.com"));
    arrival
        .envelope
        .user_reports
        .push(report(errand_model::EventId::random(), "Ada@example.com"));
    hub.persist(&[arrival]).await;

    let (found, erased) = erase(&hub, NamedBy::Email, "ada@example.com").await;
    assert_eq!((found.users, found.events, erased), (1, 7, 7));
    let issue = hub.issue("cart").await;
    assert_eq!((issue.times_seen, issue.users_seen), (7, 2), "counters stay");
    assert_eq!(hub.issue("search").await.times_seen, 1);
    assert_eq!(rows(&hub, "event").await.len(), 1, "bob's is left");
    assert_eq!(rows(&hub, "attachment").await.len(), 0);
    let counted = ask(&hub, &question(Vec::new(), &[])).await.total.values;
    assert_eq!(counted, [1, 1, 1], "users, events and issues: bob's are left");
    assert_eq!(rows(&hub, "app_user").await.len(), 1);
    assert_eq!(rows(&hub, "issue_user").await.len(), 1);
    assert_eq!(storage::of_projects(&hub.db).await.expect("storage")[0].events, 1);
    // `step: ada` is no tag about users; the licence is nobody's name until somebody says so.
    assert_eq!(
        values(&hub).await,
        ["L-1", "L-1", "L-2", "ada", "ada", "bob", "bob@example.com"]
    );
    assert_eq!(rows(&hub, "user_report").await.len(), 0);

    // Who comes back is somebody new.
    hub.take([event(&hub, "cart", "ada", "L-1")]).await;
    assert_eq!(rows(&hub, "app_user").await.len(), 2);
    let again = erase(&hub, NamedBy::Id, "nobody").await;
    assert_eq!(again, (erasure::Found::default(), 0));
}

async fn a_licence_goes_from_the_issues_that_it_was_seen_in(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let many = (0..7).map(|nth| event(&hub, "cart", &format!("ada-{nth}"), "L-1"));
    let many: Vec<_> = many.collect();
    hub.take(many).await;
    hub.take([
        event(&hub, "cart", "bob", "L-2"),
        event(&hub, "search", "bob", "L-1"),
    ])
    .await;
    let (found, erased) = erase(&hub, NamedBy::Identifier, "l-1").await;
    assert_eq!((found.users, found.values, found.events, erased), (0, 1, 8, 8));
    assert_eq!(rows(&hub, "event").await.len(), 1);
    assert_eq!(rows(&hub, "app_user").await.len(), 1, "bob has another event");
    assert!(!values(&hub).await.contains(&"L-1".to_owned()));
    assert_eq!(hub.issue("cart").await.times_seen, 8);
}

async fn what_a_task_was_about_is_forgotten_once_it_is_over(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    erase(&hub, NamedBy::Id, "ada").await;
    let told = tasks::list(&hub.db, hub.project.organization, 10)
        .await
        .expect("tasks");
    assert_eq!(
        (told.len(), told[0].state, &told[0].subject),
        (1, State::Done, &None)
    );
    hub.clock.advance_millis(400 * 86_400_000);
    erase(&hub, NamedBy::Id, "ada").await;
    let told = tasks::list(&hub.db, hub.project.organization, 10)
        .await
        .expect("tasks");
    assert_eq!(told.len(), 1, "the old one is forgotten");
}

async fn every_table_is_taken_along_as_it_is(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([event(&hub, "cart", "ada", "L-1")]).await;
    let mut counts = BTreeMap::new();
    for table in &TABLES {
        counts.insert(table.name, rows(&hub, table.name).await.len());
    }
    for (table, count) in [
        ("organization", 1),
        ("project", 1),
        ("project_key", 1),
        ("issue", 1),
        ("event", 1),
        ("issue_tag", 3),
    ] {
        assert_eq!(counts[table], count, "{table}");
    }
    let event = &rows(&hub, "event").await[0].fields;
    assert_eq!(event["payload"]["user"]["id"], "ada");
    assert_eq!(event["event_id"].as_str().map(str::len), Some(32));
    let issue = &rows(&hub, "issue").await[0].fields;
    assert_eq!(
        (&issue["title"], &issue["awaits_deploy"]),
        (&json!("Error: cart"), &json!(false))
    );
    assert_eq!(
        (&issue["times_seen"], &issue["resolution"]),
        (&json!(1), &json!(null))
    );
    let key = &rows(&hub, "project_key").await[0].fields;
    assert_eq!(key["is_active"], true);
}

on_both_databases!(
    a_person_goes_with_all_that_names_them_and_counters_stay,
    a_licence_goes_from_the_issues_that_it_was_seen_in,
    what_a_task_was_about_is_forgotten_once_it_is_over,
    every_table_is_taken_along_as_it_is,
);
