//! Settings of plugins are sealed in the database.

use errand_store::seal::{self, Key, Keyring};
use errand_store::testing::TestDb;
use errand_store::{Db, Error, Options, installations};

use crate::deliveries::install;
use crate::fixtures::Hub;

errand_store::on_both_databases!(
    another_key_opens_nothing,
    keys_are_forgotten_when_they_seal_nothing
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
