//! Opening, migrating, transactions.

use errand_store::testing::TestDb;
use errand_store::{Db, Error, Location, Options};

errand_store::on_both_databases!(
    migrating_again_changes_nothing,
    a_database_of_a_newer_version_is_refused,
    a_second_process_can_open_it,
);

async fn migrating_again_changes_nothing(test: TestDb) {
    assert_eq!(test.db.pending().await.expect("pending"), Vec::<&str>::new());
    assert_eq!(test.db.migrate().await.expect("migrate"), Vec::<&str>::new());
}

async fn a_database_of_a_newer_version_is_refused(test: TestDb) {
    let mut tx = test.db.begin().await.expect("begin");
    let mut statement =
        errand_store::Statement::new(tx.dialect(), "INSERT INTO migration (name, checksum) VALUES (");
    statement
        .bind("9999_from_the_future")
        .expect("bind")
        .push(", '')");
    assert_eq!(statement.execute(&mut tx).await.expect("insert"), 1);
    tx.commit().await.expect("commit");

    for refused in [test.db.pending().await, test.db.migrate().await] {
        let error = refused.expect_err("a refusal");
        assert!(matches!(&error, Error::Newer { unknown } if unknown == &["9999_from_the_future"]));
        assert!(error.to_string().contains("9999_from_the_future"), "{error}");
    }
}

async fn a_second_process_can_open_it(test: TestDb) {
    let other = test.open_again().await;
    other.ping().await.expect("the other reads");
    let tx = other.begin().await.expect("the other writes");
    tx.commit().await.expect("commit");
    test.db
        .begin()
        .await
        .expect("and then the first")
        .rollback()
        .await
        .expect("rollback");
}

#[tokio::test]
async fn a_fresh_file_has_everything_pending() {
    let folder = tempfile::tempdir().expect("a folder");
    let location = Location::Sqlite(folder.path().join("hub.db"));
    let db = Db::open(&location, &Options::default()).await.expect("open");
    assert!(!db.pending().await.expect("pending").is_empty());
}

#[tokio::test]
async fn what_cannot_be_opened_is_unavailable() {
    let location = Location::Sqlite("/nonexistent/folder/hub.db".into());
    let error = Db::open(&location, &Options::default())
        .await
        .expect_err("no such folder");
    assert!(matches!(error, Error::Unavailable { .. }));
}
