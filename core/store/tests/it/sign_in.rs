//! Signing in: links, sessions, passwords, and what is remembered of failures.

use errand_model::Clock as _;
use errand_model::access::Role;
use errand_store::sessions::Device;
use errand_store::testing::TestDb;
use errand_store::{Error, passwords, people, sessions, sign_in_failures};

use crate::fixtures::{Hub, START};

errand_store::on_both_databases!(
    a_link_signs_in_once,
    a_session_ends,
    a_person_sees_their_sessions_and_ends_them,
    a_password_belongs_to_an_address,
    failures_to_sign_in_are_counted_for_an_hour,
);

async fn a_link_signs_in_once(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = hub.db.begin().await.expect("begin");
    let ann = people::create(&mut tx, hub.cx(), "ann@example.com", "Ann", Role::Owner)
        .await
        .expect("create");
    let link = sessions::create_link(&mut tx, hub.cx(), ann.id, 900)
        .await
        .expect("link");
    let late = sessions::create_link(&mut tx, hub.cx(), ann.id, 900)
        .await
        .expect("link");
    for odd in [0, 899, 86_401] {
        let refused = sessions::create_link(&mut tx, hub.cx(), ann.id, odd).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })));
    }
    hub.clock.advance_millis(899_000);
    let redeemed = sessions::redeem_link(&mut tx, hub.cx(), link.reveal())
        .await
        .expect("redeem");
    assert_eq!(redeemed, Some(ann));
    assert_eq!(
        sessions::redeem_link(&mut tx, hub.cx(), link.reveal())
            .await
            .expect("redeem"),
        None
    );
    hub.clock.advance_millis(1_000);
    assert_eq!(
        sessions::redeem_link(&mut tx, hub.cx(), late.reveal())
            .await
            .expect("redeem"),
        None
    );
}

async fn a_session_ends(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = hub.db.begin().await.expect("begin");
    let ann = people::create(&mut tx, hub.cx(), "ann@example.com", "Ann", Role::Owner)
        .await
        .expect("create");
    let session = sessions::create(&mut tx, hub.cx(), ann.id, 3_600, &Device::default())
        .await
        .expect("session");
    let other = sessions::create(&mut tx, hub.cx(), ann.id, 7_200, &Device::default())
        .await
        .expect("session");
    tx.commit().await.expect("commit");
    let whose = async |seconds: i64| {
        let now = START.plus_seconds(seconds);
        sessions::current(&hub.db, now, session.reveal())
            .await
            .expect("read")
            .map(|current| current.person.id)
    };
    assert_eq!((whose(0).await, whose(3_600).await), (Some(ann.id), None));
    let mut tx = hub.db.begin().await.expect("begin");
    assert_eq!(
        sessions::delete_expired(&mut tx, START.plus_seconds(3_600))
            .await
            .expect("delete"),
        1
    );
    sessions::end(&mut tx, other.reveal()).await.expect("end");
    sessions::end(&mut tx, other.reveal())
        .await
        .expect("ending twice is no failure");
    tx.commit().await.expect("commit");
    assert_eq!(whose(0).await, None);
}

async fn a_person_sees_their_sessions_and_ends_them(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = hub.db.begin().await.expect("begin");
    let ann = people::create(&mut tx, hub.cx(), "ann@example.com", "Ann", Role::Owner)
        .await
        .expect("create");
    let bob = people::create(&mut tx, hub.cx(), "bob@example.com", "Bob", Role::Member)
        .await
        .expect("create");
    let phone = Device {
        agent: "A phone".repeat(100),
        address: "192.0.2.7".to_owned(),
    };
    let mut secrets = Vec::new();
    for (person, device) in [(ann.id, &Device::default()), (ann.id, &phone), (bob.id, &phone)] {
        let made = sessions::create(&mut tx, hub.cx(), person, 3_600, device).await;
        secrets.push(made.expect("session"));
    }
    let current = sessions::current(&mut tx, START, secrets[0].reveal())
        .await
        .expect("read")
        .expect("it is there");
    sessions::saw(&mut tx, START.plus_seconds(600), current.id, "198.51.100.4")
        .await
        .expect("write");
    let seen = sessions::of_person(&mut tx, START, ann.id).await.expect("read");
    assert_eq!(seen.len(), 2);
    assert_eq!((seen[0].id, seen[0].seen), (current.id, START.plus_seconds(600)));
    assert_eq!(seen[0].device.address, "198.51.100.4");
    assert_eq!(seen[1].device.agent.chars().count(), 300);
    let is_ended = sessions::end_one(&mut tx, bob.id, seen[1].id).await.expect("end");
    assert!(!is_ended, "nobody ends another's session");
    assert_eq!(
        sessions::end_others(&mut tx, ann.id, current.id)
            .await
            .expect("end"),
        1
    );
    assert!(sessions::end_one(&mut tx, ann.id, current.id).await.expect("end"));
    assert!(
        sessions::of_person(&mut tx, START, ann.id)
            .await
            .expect("read")
            .is_empty()
    );
    assert_eq!(
        sessions::of_person(&mut tx, START, bob.id)
            .await
            .expect("read")
            .len(),
        1
    );
}

async fn a_password_belongs_to_an_address(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = hub.db.begin().await.expect("begin");
    let ann = people::create(&mut tx, hub.cx(), "ann@example.com", "Ann", Role::Owner)
        .await
        .expect("create");
    assert_eq!(
        passwords::by_email(&mut tx, "ann@example.com")
            .await
            .expect("read"),
        None
    );
    for hash in ["$argon2id$first", "$argon2id$second"] {
        passwords::set(&mut tx, hub.cx(), ann.id, hash)
            .await
            .expect("set");
        let found = passwords::by_email(&mut tx, " Ann@Example.com")
            .await
            .expect("read");
        assert_eq!(found, Some((ann.clone(), hash.to_owned())));
    }
    assert_eq!(
        passwords::of(&mut tx, ann.id).await.expect("read").as_deref(),
        Some("$argon2id$second")
    );
}

async fn failures_to_sign_in_are_counted_for_an_hour(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = hub.db.begin().await.expect("begin");
    for expected in 1..=3 {
        sign_in_failures::add(&mut tx, hub.cx(), "ann")
            .await
            .expect("add");
        let counted = sign_in_failures::of(&mut tx, hub.clock.now(), "ann")
            .await
            .expect("read");
        assert_eq!(counted, Some((expected, hub.clock.now())));
    }
    assert_eq!(
        sign_in_failures::of(&mut tx, hub.clock.now(), "bob")
            .await
            .expect("read"),
        None
    );
    sign_in_failures::add(&mut tx, hub.cx(), "bob")
        .await
        .expect("add");
    sign_in_failures::clear(&mut tx, "bob").await.expect("clear");
    assert_eq!(
        sign_in_failures::of(&mut tx, hub.clock.now(), "bob")
            .await
            .expect("read"),
        None
    );
    hub.clock.advance_millis(3_600_000);
    assert_eq!(
        sign_in_failures::of(&mut tx, hub.clock.now(), "ann")
            .await
            .expect("read"),
        None
    );
    sign_in_failures::add(&mut tx, hub.cx(), "ann")
        .await
        .expect("add");
    let counted = sign_in_failures::of(&mut tx, hub.clock.now(), "ann")
        .await
        .expect("read");
    assert_eq!(counted, Some((1, hub.clock.now())), "counting begins anew");
    hub.clock.advance_millis(3_600_000);
    let deleted = sign_in_failures::delete_forgotten(&mut tx, hub.clock.now()).await;
    assert_eq!(deleted.expect("delete"), 1);
}
