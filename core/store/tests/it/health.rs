//! Release health: sessions are added to the hours in which they began.

use errand_model::health::{SessionReport, Sessions};
use errand_model::{EventId, Timestamp};
use errand_store::health::{self, HealthHour, Wanted};
use errand_store::persist::Arrival;
use errand_store::releases;
use errand_store::testing::TestDb;

use crate::fixtures::{Hub, START};
use crate::issues::begin;

errand_store::on_both_databases!(
    sessions_are_added_up_by_hour_release_and_environment,
    trouble_of_a_session_counts_once,
    a_user_counts_once_however_often_they_come,
    nodes_add_to_the_same_hour,
    sessions_are_known_by_the_minute,
    what_is_too_old_is_forgotten,
);

fn report(release: &str, counts: Sessions) -> SessionReport {
    SessionReport {
        minute: START.minute(),
        release: release.to_owned(),
        environment: "production".to_owned(),
        user: None,
        session: None,
        counts,
    }
}

const BEGAN: Sessions = Sessions {
    started: 1,
    errored: 0,
    abnormal: 0,
    crashed: 0,
};
const CRASHED: Sessions = Sessions {
    started: 0,
    errored: 1,
    abnormal: 0,
    crashed: 1,
};

fn arrival(hub: &Hub, sessions: Vec<SessionReport>) -> Arrival {
    let mut arrival = hub.arrival(hub.event("a"));
    arrival.envelope.event = None;
    arrival.envelope.sessions = sessions;
    arrival
}

async fn hours(hub: &Hub) -> Vec<HealthHour> {
    let window = (START.plus_seconds(-86_400), START.plus_seconds(86_400));
    let hours = health::hours(&hub.db, &[hub.project.id], window, Wanted::default(), true).await;
    hours.expect("read")
}

#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn sessions_are_added_up_by_hour_release_and_environment(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let counted = Sessions {
        started: 10,
        errored: 3,
        abnormal: 1,
        crashed: 1,
    };
    let staging = SessionReport {
        environment: String::new(),
        ..report("shop@1.0", BEGAN)
    };
    let before = SessionReport {
        minute: START.plus_seconds(-3_600).minute(),
        ..report("shop@1.0", BEGAN)
    };
    let first = vec![
        report("shop@1.0", counted),
        report("shop@1.0", BEGAN),
        staging,
        before,
    ];
    hub.persist(&[
        arrival(&hub, first),
        arrival(&hub, vec![report("shop@2.0", BEGAN)]),
    ])
    .await;
    hub.persist(&[arrival(&hub, vec![report("shop@1.0", counted)])])
        .await;
    let mut rows: Vec<_> = hours(&hub).await;
    rows.sort_by_key(|row| (row.hour, row.release.clone(), row.environment.clone()));
    let started = |row: &HealthHour| (row.release.clone(), row.environment.clone(), row.sessions.started);
    let name = |release: &str, environment: &str, count| (release.to_owned(), environment.to_owned(), count);
    assert_eq!(
        rows.iter().map(started).collect::<Vec<_>>(),
        [
            name("shop@1.0", "production", 1),
            name("shop@1.0", "", 1),
            name("shop@1.0", "production", 21),
            name("shop@2.0", "production", 1),
        ]
    );
    let all = Sessions {
        started: 21,
        errored: 6,
        abnormal: 2,
        crashed: 2,
    };
    assert_eq!(rows[2].sessions, all);
    assert!(rows[2].users.all.is_empty());

    let window = (START.plus_seconds(-86_400), START.plus_seconds(86_400));
    let narrow = Wanted {
        releases: &["shop@1.0"],
        environments: &["production"],
    };
    let found = health::hours(&hub.db, &[hub.project.id], window, narrow, false)
        .await
        .expect("read");
    assert_eq!(
        found.iter().map(|row| row.sessions.started).collect::<Vec<_>>(),
        [1, 21]
    );
    let versions = ["shop@1.0", "shop@2.0", "shop@3.0"];
    let since = START.plus_seconds(-60);
    let mut of = health::of_releases(&hub.db, &[hub.project.id], &versions, since)
        .await
        .expect("read");
    of.sort_by(|one, other| one.0.cmp(&other.0));
    let of: Vec<_> = of
        .iter()
        .map(|(release, sessions)| (release.as_str(), sessions.started))
        .collect();
    assert_eq!(of, [("shop@1.0", 22), ("shop@2.0", 1)]);

    // A session makes its release known, as an event does.
    let named = releases::named(&hub.db, &[hub.project.id], &versions)
        .await
        .expect("read");
    assert_eq!(named.len(), 2);
    assert_eq!((named[0].first_seen, named[0].heard), (None, START));
}

async fn trouble_of_a_session_counts_once(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let session = EventId::random();
    let of = |session, counts| SessionReport {
        session: Some(session),
        ..report("shop@1.0", counts)
    };
    let errored = Sessions {
        errored: 1,
        ..Sessions::default()
    };
    // It begins, has an error, says so again as it goes on, and crashes.
    let told = [BEGAN, errored, errored].map(|counts| of(session, counts));
    hub.persist(&[arrival(&hub, told.to_vec())]).await;
    hub.persist(&[
        arrival(&hub, vec![of(session, CRASHED)]),
        arrival(&hub, vec![of(session, CRASHED)]),
    ])
    .await;
    let other = EventId::random();
    hub.persist(&[arrival(&hub, vec![of(other, BEGAN), of(other, errored)])])
        .await;
    let expected = Sessions {
        started: 2,
        errored: 2,
        abnormal: 0,
        crashed: 1,
    };
    assert_eq!(hours(&hub).await[0].sessions, expected);
}

async fn a_user_counts_once_however_often_they_come(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let of = |user: &str, counts| SessionReport {
        user: Some(user.to_owned()),
        ..report("shop@1.0", counts)
    };
    hub.persist(&[arrival(
        &hub,
        vec![of("ada", BEGAN), of("bob", BEGAN), of("ada", BEGAN)],
    )])
    .await;
    hub.persist(&[arrival(
        &hub,
        vec![of("ada", BEGAN), of("cyd", BEGAN), of("cyd", CRASHED)],
    )])
    .await;
    let users = hours(&hub).await.remove(0).users;
    assert_eq!((users.all.count(), users.errored.count()), (3, 1));
    assert_eq!((users.abnormal.count(), users.crashed.count()), (0, 1));
}

async fn nodes_add_to_the_same_hour(test: TestDb) {
    let (one, other) = (Hub::new(&test.db).await, Hub::on_node(&test.db, 1).await);
    let batch = |hub: &Hub, node: &str| -> Vec<Arrival> {
        let of = |number: usize| SessionReport {
            user: Some(format!("{node} {number}")),
            ..report(
                if number.is_multiple_of(2) {
                    "shop@1.0"
                } else {
                    "shop@2.0"
                },
                BEGAN,
            )
        };
        (0..50).map(|number| arrival(hub, vec![of(number)])).collect()
    };
    let (first, second) = (batch(&one, "one"), batch(&other, "other"));
    for _ in 0..3 {
        tokio::join!(one.persist(&first), other.persist(&second));
    }
    let rows = hours(&one).await;
    assert_eq!(rows.iter().map(|row| row.sessions.started).sum::<i64>(), 300);
    assert_eq!(
        rows.iter().map(|row| row.users.all.count()).collect::<Vec<_>>(),
        [50, 50]
    );
}

async fn sessions_are_known_by_the_minute(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let at = |minutes: i64| START.plus_seconds(60 * minutes).minute();
    let crash = SessionReport {
        session: Some(EventId::random()),
        ..report("shop@1.0", CRASHED)
    };
    let late = SessionReport {
        minute: at(7),
        ..report("shop@2.0", BEGAN)
    };
    // What is told twice of one session counts once, by the minute as by the hour.
    let first = vec![report("shop@1.0", BEGAN), crash.clone(), late];
    hub.persist(&[arrival(&hub, first)]).await;
    hub.persist(&[arrival(&hub, vec![report("shop@1.0", BEGAN), crash])])
        .await;
    let of = async |window, wanted| {
        let found = health::minutes(&hub.db, &[hub.project.id], window, wanted).await;
        found.expect("read")
    };
    let crashed = Sessions {
        started: 2,
        errored: 1,
        abnormal: 0,
        crashed: 1,
    };
    let all = of((at(0), at(8)), Wanted::default()).await;
    assert_eq!(all, [(at(0), crashed), (at(7), BEGAN)]);
    assert_eq!(of((at(1), at(7)), Wanted::default()).await, []);
    let releases = Wanted {
        releases: &["shop@2.0"],
        environments: &["production"],
    };
    assert_eq!(of((at(0), at(8)), releases).await, [(at(7), BEGAN)]);
}

async fn what_is_too_old_is_forgotten(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let crashed = SessionReport {
        session: Some(EventId::random()),
        ..report("shop@1.0", CRASHED)
    };
    hub.persist(&[arrival(&hub, vec![crashed])]).await;
    let forget = async |now: Timestamp| {
        let mut tx = begin(&hub).await;
        let forgotten = health::forget_old(&mut tx, now).await.expect("forgotten");
        tx.commit().await.expect("commit");
        forgotten
    };
    assert_eq!(forget(START.plus_seconds(5 * 86_400)).await, 0);
    assert_eq!(
        forget(START.plus_seconds(7 * 86_400)).await,
        2,
        "what went wrong with a single one"
    );
    assert_eq!(hours(&hub).await.len(), 1);
    assert_eq!(forget(START.plus_seconds(9 * 86_400)).await, 1, "its minute");
    assert_eq!(forget(START.plus_seconds(91 * 86_400)).await, 1);
    assert_eq!(hours(&hub).await, []);
}
