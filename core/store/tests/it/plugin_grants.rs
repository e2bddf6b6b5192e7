//! Tokens of accounts: sealed, renewed by one hub at a time, sealed anew with another key.

use errand_model::Secret;
use errand_store::seal::{self, Key, Keyring};
use errand_store::testing::TestDb;
use errand_store::{Db, Options, plugin_grants, plugin_hooks};

use crate::deliveries::install;
use crate::fixtures::Hub;
use crate::issues::begin;

errand_store::on_both_databases!(
    one_hub_at_a_time_renews_a_grant,
    what_is_sealed_besides_settings_moves_to_another_key
);

async fn one_hub_at_a_time_renews_a_grant(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let id = install(&hub).await.id;
    let now = hub.cx().now();
    let claim = async |revision, at: i64| {
        let times = (now.plus_seconds(at), now.plus_seconds(at + 60));
        let mut tx = begin(&hub).await;
        let taken = plugin_grants::claim(&mut tx, id, "account", revision, times).await;
        tx.commit().await.expect("committed");
        taken.expect("asked")
    };
    assert!(!claim(1, 0).await, "there is none at this revision");
    assert!(claim(0, 0).await);
    assert!(!claim(0, 1).await, "another hub is at it");
    assert!(claim(0, 100).await, "who was at it is gone");
    let mut tx = begin(&hub).await;
    plugin_grants::put(&mut tx, id, "account", &Secret::new("t0p".to_owned()))
        .await
        .expect("kept");
    tx.commit().await.expect("committed");
    let kept = plugin_grants::get(&hub.db, id, "account")
        .await
        .expect("read")
        .expect("there");
    assert_eq!(
        kept.text.map(|text| text.reveal().clone()).as_deref(),
        Some("t0p")
    );
    assert_eq!(kept.revision, 1);
    assert!(!claim(0, 200).await, "it was renewed meanwhile");
    assert!(claim(1, 200).await);
    let mut tx = begin(&hub).await;
    plugin_grants::give_back(&mut tx, id, "account")
        .await
        .expect("given back");
    tx.commit().await.expect("committed");
    assert!(claim(1, 201).await);
    assert_eq!(
        plugin_grants::granted(&hub.db, id).await.expect("read"),
        ["account"]
    );
}

async fn what_is_sealed_besides_settings_moves_to_another_key(test: TestDb) {
    let (old, new) = (Key::generate().expect("a key"), Key::generate().expect("a key"));
    let copy = |key: &Key| Key::parse(key.to_text().reveal()).expect("its own text");
    let open = async |keys| {
        let options = Options {
            keyring: Keyring::new(keys),
            ..Options::default()
        };
        Db::open(&test.location, &options).await.expect("opens")
    };
    let db = open(vec![copy(&old)]).await;
    let hub = Hub::new(&db).await;
    let id = install(&hub).await.id;
    let before = plugin_hooks::tokens(&hub.db, Some(id)).await.expect("read");
    let mut tx = begin(&hub).await;
    plugin_grants::put(&mut tx, id, "account", &Secret::new("t0p".to_owned()))
        .await
        .expect("kept");
    tx.commit().await.expect("committed");

    let both = open(vec![copy(&new), old]).await;
    let mut tx = both.begin().await.expect("begin");
    assert_eq!(seal::reseal(&mut tx).await.expect("sealed anew"), 3);
    let uses = seal::uses(&mut tx).await.expect("read");
    let of_new = uses.iter().filter(|uses| uses.key == new.id());
    let rows: usize = of_new.map(|uses| uses.rows).sum();
    assert_eq!(rows, 3, "{uses:?}");
    tx.commit().await.expect("committed");
    both.close().await;

    let after = open(vec![new]).await;
    assert_eq!(
        plugin_hooks::tokens(&after, Some(id)).await.expect("read"),
        before
    );
    let found = plugin_hooks::by_token(&after, &before[&id]).await.expect("read");
    assert_eq!(found, Some(id), "its addresses stay what they were");
    let kept = plugin_grants::get(&after, id, "account")
        .await
        .expect("read")
        .expect("there");
    assert!(kept.text.is_some_and(|text| text.reveal() == "t0p"));
    after.close().await;
    db.close().await;
}
