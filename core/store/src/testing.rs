//! Fresh databases for tests, of both kinds.
//!
//! A test is an `async fn name(test: TestDb)`; [`crate::on_both_databases!`] makes two tests of it. PostgreSQL is
//! the server that the variable `ERRAND_TEST_POSTGRES` names; every test gets a schema of its own there.

#![expect(
    clippy::expect_used,
    reason = "what fails here fails the test that asked for it"
)]

use std::future::Future;
use std::io::Write as _;
use std::sync::Once;

use errand_model::digested::DigestedEvent;
use errand_model::{EventId, EventRow, IssueId, Secret};
use tempfile::TempDir;

use crate::facts::batch::Stored;
use crate::seal::{Key, Keyring};
use crate::{Context, Db, Location, Options, facts};

/// The variable that holds the URL of a PostgreSQL server for tests.
pub const POSTGRES_VARIABLE: &str = "ERRAND_TEST_POSTGRES";

/// A fresh, migrated database that vanishes with it.
#[derive(Debug)]
pub struct TestDb {
    /// The database.
    pub db: Db,
    /// The keys that its secrets are sealed with.
    pub keyring: Keyring,
    /// Where it is, for opening it once more.
    pub location: Location,
    /// The folder of SQLite's file.
    folder: Option<TempDir>,
    /// The server and the schema to drop.
    schema: Option<(String, String)>,
}

impl TestDb {
    /// A new SQLite file.
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the database");
        let location = Location::Sqlite(folder.path().join("hub.db"));
        let keyring = fresh_keyring();
        TestDb {
            db: open(&location, &keyring).await,
            keyring,
            location,
            folder: Some(folder),
            schema: None,
        }
    }

    /// A new schema on the server of `url`.
    pub async fn postgres(url: &str) -> Self {
        let schema = format!("test_{}", EventId::random());
        run_on(url, format!("CREATE SCHEMA {schema}")).await;
        let separator = if url.contains('?') { '&' } else { '?' };
        let location = Location::Postgres(Secret::new(format!(
            "{url}{separator}options=-csearch_path%3D{schema}"
        )));
        let schema = Some((url.to_owned(), schema));
        let keyring = fresh_keyring();
        TestDb {
            db: open(&location, &keyring).await,
            keyring,
            location,
            folder: None,
            schema,
        }
    }

    /// Another handle on the same database, as another process would have it.
    pub async fn open_again(&self) -> Db {
        let options = Options {
            keyring: self.keyring.clone(),
            ..Options::default()
        };
        Db::open(&self.location, &options)
            .await
            .expect("the database opens again")
    }

    async fn remove(self) {
        self.db.close().await;
        if let Some((url, schema)) = &self.schema {
            run_on(url, format!("DROP SCHEMA {schema} CASCADE")).await;
        }
        drop(self.folder);
    }
}

fn fresh_keyring() -> Keyring {
    Keyring::new(vec![Key::generate().expect("the system has randomness")])
}

async fn open(location: &Location, keyring: &Keyring) -> Db {
    let options = Options {
        keyring: keyring.clone(),
        ..Options::default()
    };
    let db = Db::open(location, &options).await.expect("the database opens");
    db.migrate().await.expect("the database migrates");
    db
}

async fn run_on(url: &str, text: String) {
    use sqlx::Connection as _;
    let mut connection = sqlx::PgConnection::connect(url)
        .await
        .expect("the test server answers");
    sqlx::raw_sql(sqlx::AssertSqlSafe(text))
        .execute(&mut connection)
        .await
        .expect("the test server does as it is told");
    connection.close().await.expect("the connection closes");
}

/// Writes the facts of events, and nothing else of them: for measuring how questions over many are answered.
pub async fn write_facts(db: &Db, cx: Context<'_>, events: &[(DigestedEvent, IssueId)]) {
    let mut tx = db.begin().await.expect("begin");
    let stored = events.iter().map(|(event, issue)| Stored {
        row: EventRow(cx.id()),
        event,
        issue: *issue,
        decisive: 0,
    });
    facts::batch::write(&mut tx, cx, stored, |_| 0)
        .await
        .expect("facts");
    tx.commit().await.expect("commit");
}

/// Runs `test` on SQLite.
pub fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(TestDb) -> F) {
    block_on(async {
        test(TestDb::sqlite().await).await;
    });
}

/// Runs `test` on PostgreSQL if there is a server to test with; says so, once, if there is none.
pub fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(TestDb) -> F) {
    static SAID: Once = Once::new();
    let Ok(url) = std::env::var(POSTGRES_VARIABLE) else {
        // Past the capture of output, or nobody would read it.
        SAID.call_once(|| {
            let note = format!("note: {POSTGRES_VARIABLE} is not set, so nothing is tested on PostgreSQL\n");
            std::io::stderr()
                .write_all(note.as_bytes())
                .expect("stderr takes a line");
        });
        return;
    };
    block_on(async {
        let fresh = TestDb::postgres(&url).await;
        let remains = TestDb {
            db: fresh.db.clone(),
            keyring: fresh.keyring.clone(),
            location: fresh.location.clone(),
            folder: None,
            schema: fresh.schema.clone(),
        };
        test(fresh).await;
        remains.remove().await;
    });
}

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(test);
}

/// Makes two tests of each function that is named: `sqlite::name` and `postgres::name`.
#[macro_export]
macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                $crate::testing::on_sqlite(super::$name);
            })*
        }
        mod postgres {
            $(#[test]
            fn $name() {
                $crate::testing::on_postgres(super::$name);
            })*
        }
    };
}
