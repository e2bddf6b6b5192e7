//! Counts of a stretch of time, from the events themselves.

use errand_model::Clock as _;
use errand_model::digested::DigestedEvent;
use errand_store::recent::{self, Place, Stretch};
use errand_store::testing::TestDb;
use errand_store::{codec, events, issues, lifecycle, tags};

use crate::fixtures::{Hub, START};

errand_store::on_both_databases!(
    a_stretch_is_counted_to_the_millisecond,
    a_value_is_new_once_in_its_project,
    frequent_issues_are_found,
    history_is_read_as_it_was,
);

fn with(event: DigestedEvent, payload: &str) -> DigestedEvent {
    DigestedEvent {
        payload: codec::compress(payload.as_bytes()).expect("compress"),
        ..event
    }
}

/// Events of `group`, a second apart, of as many users.
async fn seconds(hub: &Hub, group: &str, count: usize) {
    for at in 0..count {
        hub.clock.advance_millis(1_000);
        let environment = if at % 2 == 0 { "production" } else { "staging" };
        let payload = format!(
            r#"{{"tags":[["environment","{environment}"],["step",null]],"user":{{"id":"{}","email":"x@example.com"}}}}"#,
            at % 3
        );
        hub.take([with(hub.event(group), &payload)]).await;
    }
}

async fn a_stretch_is_counted_to_the_millisecond(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    seconds(&hub, "a", 10).await;
    seconds(&hub, "b", 2).await;
    let issue = hub.issue("a").await.id;
    for (since, most, expected) in [
        (0, 100, 10),
        (1_000, 100, 10),
        (1_001, 100, 9),
        (9_500, 100, 1),
        (10_001, 100, 0),
        (0, 4, 4),
    ] {
        let stretch = Stretch::since(START.plus_millis(since));
        let counted = recent::count(&hub.db, Place::Issue(issue), stretch, most)
            .await
            .expect("count");
        assert_eq!(counted, expected, "since {since}");
    }
    let projects = [hub.project.id];
    for (since, until, expected) in [
        (0, 12_001, 12),
        (0, 12_000, 11),
        (1_000, 2_000, 1),
        (2_000, 2_000, 0),
    ] {
        let stretch = Stretch::between(START.plus_millis(since), START.plus_millis(until));
        let counted = recent::count(&hub.db, Place::Projects(&projects), stretch, 100)
            .await
            .expect("count");
        assert_eq!(counted, expected, "from {since} until {until}");
    }
}

async fn a_value_is_new_once_in_its_project(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    for (group, release) in [
        ("a", "1.0"),
        ("a", "1.1"),
        ("b", "1.1"),
        ("b", "1.0"),
        ("b", "1.2"),
    ] {
        hub.clock.advance_millis(1_000);
        let mut event = hub.event(group);
        event.tags.push(("release".into(), release.into()));
        hub.take([event]).await;
    }
    let projects = [hub.project.id];
    for (since, until, expected) in [
        (0, 10, vec![("1.0", "a"), ("1.1", "a"), ("1.2", "b")]),
        (2, 5, vec![("1.1", "a")]),
        (3, 5, vec![]),
        (5, 6, vec![("1.2", "b")]),
    ] {
        let window = (START.plus_seconds(since), START.plus_seconds(until));
        let found = tags::new_values(&hub.db, &projects, "release", window, 10)
            .await
            .expect("found");
        let mut values = Vec::new();
        for new in found {
            let issue = issues::get(&hub.db, new.issue)
                .await
                .expect("read")
                .expect("there");
            values.push((new.value, issue.title));
        }
        let expected = expected
            .into_iter()
            .map(|(value, group)| (value.to_owned(), format!("Error: {group}")));
        assert_eq!(values, expected.collect::<Vec<_>>(), "from {since} until {until}");
    }
    let other = [errand_model::ProjectId(hub.project.id.0 + 1)];
    let window = (START, START.plus_seconds(10));
    let found = tags::new_values(&hub.db, &other, "release", window, 10)
        .await
        .expect("found");
    assert_eq!(found, []);
}

async fn frequent_issues_are_found(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    seconds(&hub, "a", 5).await;
    seconds(&hub, "b", 3).await;
    let now = hub.clock.now();
    let projects = [hub.project.id];
    for (back, at_least, expected) in [
        (60, 3, vec!["b", "a"]),
        (60, 4, vec!["a"]),
        (4, 3, vec!["b"]),
        (60, 6, vec![]),
    ] {
        let found = recent::frequent(&hub.db, &projects, now.plus_seconds(-back), at_least, 10)
            .await
            .expect("find");
        let titles: Vec<String> = found.into_iter().map(|issue| issue.title).collect();
        let expected: Vec<String> = expected
            .into_iter()
            .map(|group| format!("Error: {group}"))
            .collect();
        assert_eq!(titles, expected, "{at_least} in {back} s");
    }
}

async fn history_is_read_as_it_was(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    for group in ["a", "b", "c"] {
        seconds(&hub, group, 3).await;
    }
    let (project, other) = (hub.project.id, errand_model::ProjectId(hub.project.id.0 + 1));
    let issue = hub.issue("a").await.id;
    for (project, since, limit, expected) in [
        (project, 0, 10, vec!["a", "b", "c"]),
        (project, 4, 10, vec!["b", "c"]),
        (project, 0, 2, vec!["b", "c"]),
        (other, 0, 10, vec![]),
    ] {
        let told = lifecycle::of_project(&hub.db, project, START.plus_seconds(since), limit)
            .await
            .expect("read");
        let mut groups = Vec::new();
        for event in told {
            assert_eq!(event.change.name(), "issue.created");
            let issue = issues::get(&hub.db, event.issue)
                .await
                .expect("read")
                .expect("there");
            groups.push(issue.title);
        }
        let expected: Vec<String> = expected
            .into_iter()
            .map(|group| format!("Error: {group}"))
            .collect();
        assert_eq!(groups, expected, "since {since}, at most {limit}");
    }
    // The event that had come in by then, also where others followed.
    for (at, expected) in [
        (999, None),
        (1_000, Some("0")),
        (2_500, Some("1")),
        (60_000, Some("2")),
    ] {
        let event = events::of_issue_at(&hub.db, issue, START.plus_millis(at))
            .await
            .expect("read");
        let user = event.map(|event| {
            let payload: serde_json::Value = serde_json::from_slice(&event.payload).expect("JSON");
            payload["user"]["id"].as_str().expect("an id").to_owned()
        });
        assert_eq!(user.as_deref(), expected, "after {at} ms");
    }
}
