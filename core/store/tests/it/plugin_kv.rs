//! What installations remember.

use errand_model::Timestamp;
use errand_store::plugin_kv;
use errand_store::testing::TestDb;

use crate::deliveries::{install, two_lanes};
use crate::fixtures::{Hub, START};

errand_store::on_both_databases!(
    plugins_remember,
    the_hubs_notes_have_room_of_their_own,
    journals_are_forgotten_once_nothing_is_owed_from_then
);

async fn plugins_remember(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (one, other) = (install(&hub).await.id, install(&hub).await.id);
    let mut tx = hub.db.begin().await.expect("begin");
    let most = 4;
    for (key, expect, revision) in [
        ("b", None, 1),
        ("a", Some(0), 1),
        ("a", Some(1), 2),
        ("ä", None, 1),
    ] {
        let put = plugin_kv::put(&mut tx, hub.cx().now(), one, key, b"value", expect, most)
            .await
            .expect("put");
        assert_eq!(put, revision, "{key}");
    }
    let moved = plugin_kv::put(&mut tx, hub.cx().now(), one, "a", b"", Some(1), most).await;
    assert!(matches!(moved, Err(plugin_kv::PutError::Moved(2))));
    let moved = plugin_kv::put(&mut tx, hub.cx().now(), one, "new", b"", Some(3), most).await;
    assert!(matches!(moved, Err(plugin_kv::PutError::Moved(0))));
    plugin_kv::put(&mut tx, hub.cx().now(), one, "ab", &[0, 255], None, most)
        .await
        .expect("put");
    let full = plugin_kv::put(&mut tx, hub.cx().now(), one, "more", b"", None, most).await;
    assert!(matches!(full, Err(plugin_kv::PutError::Full(4))));
    plugin_kv::put(&mut tx, hub.cx().now(), other, "a", b"other", None, most)
        .await
        .expect("put");

    let entry = plugin_kv::get(&mut tx, one, "ab")
        .await
        .expect("get")
        .expect("an entry");
    assert_eq!((entry.value.as_slice(), entry.revision), ([0, 255].as_slice(), 1));
    assert_eq!(
        plugin_kv::keys(&mut tx, one, "", None, 9).await.expect("keys"),
        ["a", "ab", "b", "ä"]
    );
    assert_eq!(
        plugin_kv::keys(&mut tx, one, "a", Some("a"), 9)
            .await
            .expect("keys"),
        ["ab"]
    );
    assert_eq!(
        plugin_kv::keys(&mut tx, one, "", Some("a"), 1)
            .await
            .expect("keys"),
        ["ab"]
    );
    plugin_kv::delete(&mut tx, one, "a").await.expect("delete");
    assert_eq!(plugin_kv::get(&mut tx, one, "a").await.expect("get"), None);
    assert!(plugin_kv::get(&mut tx, other, "a").await.expect("get").is_some());
    tx.commit().await.expect("commit");
}

async fn the_hubs_notes_have_room_of_their_own(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let one = install(&hub).await.id;
    let mut tx = hub.db.begin().await.expect("begin");
    plugin_kv::put(&mut tx, hub.cx().now(), one, "a", b"value", None, 1)
        .await
        .expect("put");
    for revision in 1..=2 {
        let put = plugin_kv::put(&mut tx, hub.cx().now(), one, "\u{1}note", b"", None, 1).await;
        assert_eq!(put.expect("put"), revision);
    }
    let full = plugin_kv::put(&mut tx, hub.cx().now(), one, "\u{1}more", b"", None, 1).await;
    assert!(matches!(full, Err(plugin_kv::PutError::Full(1))));
    plugin_kv::delete(&mut tx, one, "\u{1}note")
        .await
        .expect("deleted");
    tx.commit().await.expect("commit");
}

async fn journals_are_forgotten_once_nothing_is_owed_from_then(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (owed, _) = two_lanes(&hub).await;
    let idle = install(&hub).await;
    let put = async |id, key: &str, at: Timestamp| {
        let mut tx = hub.db.begin().await.expect("begin");
        plugin_kv::put(&mut tx, at, id, key, b"d", None, 9)
            .await
            .expect("put");
        tx.commit().await.expect("commit");
    };
    let later = START.plus_seconds(86_400);
    for id in [owed.id, idle.id] {
        put(id, "\u{1}once/old", START).await;
        put(id, "\u{1}once/new", later.plus_seconds(1)).await;
        put(id, "the plugin's own", START).await;
    }
    put(idle.id, "\u{1}once/again", START).await;
    put(idle.id, "\u{1}once/again", later.plus_seconds(1)).await;
    let forgotten = plugin_kv::forget_journals(&hub.db, later, 100)
        .await
        .expect("forgotten");
    assert_eq!(forgotten, 1);
    let keys = async |id| plugin_kv::keys(&hub.db, id, "", None, 9).await.expect("keys");
    assert_eq!(
        keys(owed.id).await.len(),
        3,
        "something from then is still owed to it"
    );
    assert_eq!(
        keys(idle.id).await,
        ["\u{1}once/again", "\u{1}once/new", "the plugin's own"]
    );
}
