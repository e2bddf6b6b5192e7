//! Settings of plugins are sealed in the database.

use errand_model::access::Role;
use errand_store::seal::{self, Key, Keyring};
use errand_store::testing::TestDb;
use errand_store::{Db, Error, Options, installations, people, two_factor};

use crate::deliveries::install;
use crate::fixtures::Hub;

errand_store::on_both_databases!(
    another_key_opens_nothing,
    keys_are_forgotten_when_they_seal_nothing,
    second_factors_are_sealed_anew_with_the_first_key,
);

async fn opened_with(test: &TestDb, keys: Vec<Key>) -> Db {
    let options = Options {
        keyring: Keyring::new(keys),
        ..Options::default()
    };
    Db::open(&test.location, &options).await.expect("opens")
}

async fn another_key_opens_nothing(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let installed = install(&hub).await;
    let key = test.keyring.ids()[0].to_string();
    for keys in [Vec::new(), vec![Key::generate().expect("a key")]] {
        let other = opened_with(&test, keys).await;
        let refused = installations::by_id(&other, installed.id).await;
        assert!(
            matches!(&refused, Err(Error::Sealed { key: wanted }) if *wanted == key),
            "{refused:?}"
        );
        other.close().await;
    }
    let found = installations::by_id(&test.db, installed.id).await.expect("reads");
    let found = found.expect("it is there");
    assert_eq!(found.config.reveal(), installed.config.reveal());
}

async fn keys_are_forgotten_when_they_seal_nothing(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    install(&hub).await;
    let old = test.keyring.ids()[0];
    let mut tx = hub.db.begin().await.expect("begin");
    seal::register(&mut tx, old, hub.cx().now())
        .await
        .expect("registers");
    seal::register(&mut tx, old, hub.cx().now())
        .await
        .expect("registers once");
    assert_eq!(seal::registered(&mut tx).await.expect("reads"), [old]);
    let refused = seal::forget(&mut tx, old).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    tx.commit().await.expect("commit");
}

/// The key once more, as it is read from a file.
fn same(key: &Key) -> Key {
    Key::parse(key.to_text().reveal()).expect("a key")
}

/// As `errand secrets rotate` has it: a new key before the old one, everything sealed anew, then the old one gone.
async fn second_factors_are_sealed_anew_with_the_first_key(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let [old, new] = [Key::generate(), Key::generate()].map(|key| key.expect("a key"));
    let before = opened_with(&test, vec![same(&old)]).await;
    let mut tx = before.begin().await.expect("begin");
    let ada = people::create(&mut tx, hub.cx(), "ada@example.com", "Ada", Role::Member).await;
    let ada = ada.expect("a person").id;
    let seed = two_factor::begin(&mut tx, hub.cx(), ada).await.expect("a seed");
    tx.commit().await.expect("commit");
    before.close().await;

    let both = opened_with(&test, vec![same(&new), same(&old)]).await;
    let mut tx = both.begin().await.expect("begin");
    assert_eq!(seal::reseal(&mut tx).await.expect("sealed anew"), 1);
    let uses = seal::uses(&mut tx).await.expect("uses");
    let of = |key: &Key| {
        uses.iter()
            .find(|uses| uses.key == key.id())
            .map_or(0, |uses| uses.rows)
    };
    assert_eq!((of(&old), of(&new)), (0, 1));
    tx.commit().await.expect("commit");
    both.close().await;

    let after = opened_with(&test, vec![new]).await;
    let factor = two_factor::of(&after, ada)
        .await
        .expect("it opens")
        .expect("a factor");
    assert_eq!(factor.seed.reveal(), seed.reveal());
    after.close().await;
    let behind = opened_with(&test, vec![old]).await;
    let refused = two_factor::of(&behind, ada).await;
    assert!(matches!(&refused, Err(Error::Sealed { .. })), "{refused:?}");
    behind.close().await;
}
