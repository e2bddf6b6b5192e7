//! Single sign-on: the provider's settings and secret, who people are there, and who is on the way.

use errand_model::access::Role;
use errand_model::single_sign_on::{Client, SingleSignOn};
use errand_model::{Secret, Timestamp};
use errand_store::seal::{self, Key, Keyring};
use errand_store::single_sign_on::{self, Pending};
use errand_store::testing::TestDb;
use errand_store::{Db, Error, Options, people};

use crate::fixtures::Hub;

errand_store::on_both_databases!(
    the_secret_is_sealed_and_sealed_anew,
    an_identity_is_one_persons_and_each_has_one,
    who_was_sent_comes_back_once_and_in_time,
    more_than_enough_under_way_push_the_oldest_out,
);

fn client(secret: Option<&str>) -> Client {
    Client {
        settings: SingleSignOn {
            issuer: "https://id.example.com".to_owned(),
            client_id: "errand".to_owned(),
            ..SingleSignOn::default()
        },
        secret: secret.map(|secret| Secret::new(secret.to_owned())),
    }
}

async fn the_secret_is_sealed_and_sealed_anew(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let organization = hub.project.organization;
    let mut tx = hub.db.begin().await.expect("begin");
    assert_eq!(
        single_sign_on::of(&mut tx, organization).await.expect("reads"),
        None
    );
    for set in [client(None), client(Some("s3cret"))] {
        single_sign_on::set(&mut tx, hub.cx(), organization, &set)
            .await
            .expect("sets");
        let read = single_sign_on::of(&mut tx, organization).await.expect("reads");
        assert_eq!(read, Some(set));
    }
    let bad = Client {
        settings: SingleSignOn::default(),
        secret: None,
    };
    let refused = single_sign_on::set(&mut tx, hub.cx(), organization, &bad).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    let uses = seal::uses(&mut tx).await.expect("reads");
    assert_eq!(uses.iter().map(|uses| uses.rows).sum::<usize>(), 1);
    tx.commit().await.expect("commit");

    let stranger = Options {
        keyring: Keyring::new(vec![Key::generate().expect("a key")]),
        ..Options::default()
    };
    let stranger = Db::open(&test.location, &stranger).await.expect("opens");
    let refused = single_sign_on::of(&stranger, organization).await;
    assert!(matches!(refused, Err(Error::Sealed { .. })), "{refused:?}");
    stranger.close().await;
    let mut tx = hub.db.begin().await.expect("begin");
    assert_eq!(seal::reseal(&mut tx).await.expect("seals"), 1);
    let read = single_sign_on::of(&mut tx, organization).await.expect("reads");
    assert_eq!(read, Some(client(Some("s3cret"))));
    single_sign_on::remove(&mut tx, organization)
        .await
        .expect("removes");
    assert_eq!(
        single_sign_on::of(&mut tx, organization).await.expect("reads"),
        None
    );
}

async fn an_identity_is_one_persons_and_each_has_one(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (here, there) = ("https://id.example.com", "https://other.example");
    let mut tx = hub.db.begin().await.expect("begin");
    let ann = people::create(&mut tx, hub.cx(), "ann@example.com", "Ann", Role::Owner)
        .await
        .expect("made");
    let bob = people::create(&mut tx, hub.cx(), "bob@example.com", "Bob", Role::Member)
        .await
        .expect("made");
    let mut link = async |of: &people::Person, issuer: &str, subject: &str| {
        single_sign_on::link(&mut tx, hub.cx(), of.id, (issuer, subject), "a@b").await
    };
    assert!(link(&ann, here, "1").await.expect("links"));
    assert!(!link(&bob, here, "1").await.expect("it is Ann's"));
    assert!(!link(&ann, here, "2").await.expect("she has one"));
    assert!(link(&bob, there, "1").await.expect("elsewhere it is another"));
    for odd in ["", &"x".repeat(256)] {
        assert!(matches!(link(&bob, here, odd).await, Err(Error::Invalid { .. })));
    }
    let known = single_sign_on::by_identity(&mut tx, here, "1")
        .await
        .expect("reads");
    assert_eq!(known.map(|known| known.id), Some(ann.id));
    assert_eq!(
        single_sign_on::by_identity(&mut tx, here, "2")
            .await
            .expect("reads"),
        None
    );
    hub.clock.advance_millis(5_000);
    let later = hub.cx().now();
    single_sign_on::used(&mut tx, later, (here, "1"), "new@b")
        .await
        .expect("writes");
    let of_ann = single_sign_on::identities(&mut tx, ann.id).await.expect("reads");
    assert_eq!((of_ann[0].email.as_str(), of_ann[0].used), ("new@b", later));
    assert_eq!(
        single_sign_on::known_by(&mut tx, here).await.expect("reads"),
        [ann.id]
    );
    assert!(
        single_sign_on::unlink(&mut tx, ann.id, here)
            .await
            .expect("unlinks")
    );
    assert!(
        !single_sign_on::unlink(&mut tx, ann.id, here)
            .await
            .expect("it is gone")
    );
    assert_eq!(
        single_sign_on::identities(&mut tx, bob.id)
            .await
            .expect("reads")
            .len(),
        1
    );
}

fn pending(next: &str) -> Pending {
    Pending {
        next: next.to_owned(),
        link: None,
    }
}

async fn who_was_sent_comes_back_once_and_in_time(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = hub.db.begin().await.expect("begin");
    let ann = people::create(&mut tx, hub.cx(), "ann@example.com", "Ann", Role::Owner)
        .await
        .expect("made");
    let linking = Pending {
        link: Some(ann.id),
        ..pending("/account")
    };
    for (state, sent) in [
        ("one", &pending("/issues")),
        ("two", &linking),
        ("late", &linking),
    ] {
        single_sign_on::begin(&mut tx, hub.cx(), state, sent)
            .await
            .expect("begins");
    }
    let mut end =
        async |now: Timestamp, state: &str| single_sign_on::end(&mut tx, now, state).await.expect("ends");
    let now = hub.cx().now();
    assert_eq!(end(now, "nobody").await, None);
    assert_eq!(end(now, "one").await, Some(pending("/issues")));
    assert_eq!(end(now, "one").await, None);
    assert_eq!(end(now.plus_seconds(599), "two").await, Some(linking));
    assert_eq!(end(now.plus_seconds(600), "late").await, None);
}

async fn more_than_enough_under_way_push_the_oldest_out(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = hub.db.begin().await.expect("begin");
    single_sign_on::begin(&mut tx, hub.cx(), "oldest", &pending("/"))
        .await
        .expect("begins");
    hub.clock.advance_millis(1);
    for at in 0..single_sign_on::MOST_PENDING {
        single_sign_on::begin(&mut tx, hub.cx(), &at.to_string(), &pending("/"))
            .await
            .expect("begins");
    }
    let now = hub.cx().now();
    assert_eq!(
        single_sign_on::end(&mut tx, now, "oldest").await.expect("ends"),
        None
    );
    assert!(
        single_sign_on::end(&mut tx, now, "0")
            .await
            .expect("ends")
            .is_some()
    );
    let left = single_sign_on::delete_expired(&mut tx, now.plus_seconds(600))
        .await
        .expect("deletes");
    assert_eq!(
        i64::try_from(left).expect("fits"),
        single_sign_on::MOST_PENDING - 1
    );
}
