//! The database, open: one type over two kinds of it.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};

use crate::connection::{Connection, Lease, Reads};
use crate::persist::known::Known;
use crate::seal::Keyring;
use crate::{Dialect, Error, Location, Result, Tx, facts, tx};

/// How to open a database.
#[derive(Clone, Debug)]
pub struct Options {
    /// Connections that read, or all of them on PostgreSQL.
    pub connections: u32,
    /// How long to wait for a connection, or for another process that writes.
    pub patience: Duration,
    /// Memory that SQLite's writing connection keeps pages in, in KiB.
    pub write_cache_kib: u32,
    /// Memory that each of SQLite's reading connections keeps pages in, in KiB.
    pub read_cache_kib: u32,
    /// The pages of a new SQLite file, in bytes. Of 8 KiB: a compressed event has about one, of which smaller pages
    /// hold three and waste a fifth.
    pub page_bytes: u32,
    /// Bytes that SQLite's log grows to before they are carried over into its file. A page that several batches
    /// touch is then carried over once.
    pub log_bytes: u32,
    /// What PostgreSQL lists the connections as.
    pub application_name: String,
    /// The keys that secrets are sealed with. None by default: then nothing that holds secrets can be read or written.
    pub keyring: Keyring,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            connections: 4,
            patience: Duration::from_secs(20),
            write_cache_kib: 20 * 1024,
            read_cache_kib: 4 * 1024,
            page_bytes: 8192,
            log_bytes: 32 << 20,
            application_name: "errand".to_owned(),
            keyring: Keyring::default(),
        }
    }
}

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pub(crate) pools: Pools,
    /// Rows that are known to be stored, so that batches need not offer them again.
    pub(crate) known: Arc<Known>,
    /// What questions found before.
    pub(crate) facts: Arc<facts::Shared>,
    keyring: Keyring,
}

#[derive(Clone, Debug)]
pub(crate) enum Pools {
    /// SQLite has one writer: `write` holds one connection, and who wants it queues for it in order.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
    },
    Postgres(PgPool),
}

impl Db {
    /// Opens the database at `location`; does not migrate it.
    pub async fn open(location: &Location, options: &Options) -> Result<Self> {
        let pools = match location {
            Location::Sqlite(path) => {
                let connect = sqlite_options(options).filename(path);
                let write = sqlite_pool(options, 1)
                    .connect_with(
                        connect
                            .clone()
                            // Free pages are given back in small steps (storage.rs). To say so takes the writer's turn,
                            // so readers do not.
                            .auto_vacuum(SqliteAutoVacuum::Incremental)
                            .statement_cache_capacity(256)
                            .pragma("cache_size", format!("-{}", options.write_cache_kib)),
                    )
                    .await
                    .map_err(cannot_open)?;
                let read = sqlite_pool(options, options.connections).connect_lazy_with(
                    connect
                        .create_if_missing(false)
                        .statement_cache_capacity(64)
                        .pragma("cache_size", format!("-{}", options.read_cache_kib))
                        .pragma("query_only", "on"),
                );
                Pools::Sqlite { read, write }
            }
            Location::Postgres(url) => {
                let connect = PgConnectOptions::from_str(url.reveal())
                    .map_err(cannot_open)?
                    .application_name(&options.application_name)
                    .statement_cache_capacity(256)
                    .disable_statement_logging();
                let pool = PgPoolOptions::new()
                    .max_connections(options.connections.max(2))
                    .acquire_timeout(options.patience)
                    .connect_with(connect)
                    .await
                    .map_err(cannot_open)?;
                Pools::Postgres(pool)
            }
        };
        Ok(Db {
            pools,
            known: Arc::new(Known::default()),
            facts: Arc::default(),
            keyring: options.keyring.clone(),
        })
    }

    /// Which database it is.
    pub const fn dialect(&self) -> Dialect {
        match self.pools {
            Pools::Sqlite { .. } => Dialect::Sqlite,
            Pools::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Begins a transaction that may write. On SQLite this waits until no other one is under way, here or in
    /// another process: keep it short, and never wait for anything else inside.
    pub async fn begin(&self) -> Result<Tx> {
        let kind = match &self.pools {
            Pools::Sqlite { write, .. } => tx::Kind::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => tx::Kind::Postgres(pool.begin().await?),
        };
        Ok(Tx::new(kind, self.keyring.clone()))
    }

    /// Begins a transaction that only reads: all that is read in it is as of one moment. SQLite's log grows while it lasts.
    pub async fn snapshot(&self) -> Result<Tx> {
        let kind = match &self.pools {
            Pools::Sqlite { read, .. } => tx::Kind::Sqlite(read.begin().await?),
            Pools::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                tx::Kind::Postgres(pool.begin_with(begin).await?)
            }
        };
        Ok(Tx::new(kind, self.keyring.clone()))
    }

    /// Answers whether the database does.
    pub async fn ping(&self) -> Result<()> {
        crate::fetch_one!(self, (i64,), "SELECT CAST(1 AS BIGINT)").map(|_| ())
    }

    /// A connection to read with; the macros ask for it.
    #[doc(hidden)]
    pub async fn connection(&self) -> Result<Connection<'_>> {
        Ok(match &self.pools {
            Pools::Sqlite { read, .. } => Connection::Sqlite(Lease::Own(read.acquire().await?)),
            Pools::Postgres(pool) => Connection::Postgres(Lease::Own(pool.acquire().await?)),
        })
    }

    /// Closes all connections once they are free. SQLite's log is carried over into its file.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

fn sqlite_options(options: &Options) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // What was acknowledged survives the loss of power, not only of the process.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.patience)
        .page_size(options.page_bytes)
        .pragma(
            "wal_autocheckpoint",
            (options.log_bytes / options.page_bytes.max(1)).to_string(),
        )
        .pragma("journal_size_limit", "67108864")
        .pragma("temp_store", "memory")
        .disable_statement_logging()
}

fn sqlite_pool(options: &Options, connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(options.patience)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

fn cannot_open(source: sqlx::Error) -> Error {
    Error::Unavailable { source }
}

impl Reads for &Db {
    fn dialect(&self) -> Dialect {
        Db::dialect(self)
    }
    fn keyring(&self) -> &Keyring {
        &self.keyring
    }
    async fn connection(&mut self) -> Result<Connection<'_>> {
        Db::connection(self).await
    }
}
