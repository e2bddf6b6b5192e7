//! A connection to the database, lent for one statement; and what can lend one to read with.

use std::future::Future;
use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, SqliteConnection};

use crate::seal::Keyring;
use crate::{Dialect, Result};

/// What reads can be made with: a [`crate::Db`], or a [`crate::Tx`] that has to see its own changes.
pub trait Reads: Send {
    /// Which database it is.
    fn dialect(&self) -> Dialect;
    /// The keys that secrets are sealed with.
    fn keyring(&self) -> &Keyring;
    /// A connection to read with; the macros ask for it.
    #[doc(hidden)]
    fn connection(&mut self) -> impl Future<Output = Result<Connection<'_>>> + Send;
}

/// A connection, lent for one statement.
#[doc(hidden)]
#[derive(Debug)]
pub enum Connection<'a> {
    /// To SQLite.
    Sqlite(Lease<'a, sqlx::Sqlite, SqliteConnection>),
    /// To PostgreSQL.
    Postgres(Lease<'a, sqlx::Postgres, PgConnection>),
}

/// A pool's connection, or a transaction's.
#[doc(hidden)]
#[derive(Debug)]
pub enum Lease<'a, D: sqlx::Database, C> {
    /// Goes back to its pool.
    Own(PoolConnection<D>),
    /// Stays with its transaction.
    Lent(&'a mut C),
}

impl<D: sqlx::Database<Connection = C>, C: sqlx::Connection> Deref for Lease<'_, D, C> {
    type Target = C;
    fn deref(&self) -> &C {
        match self {
            Lease::Own(connection) => connection,
            Lease::Lent(connection) => connection,
        }
    }
}

impl<D: sqlx::Database<Connection = C>, C: sqlx::Connection> DerefMut for Lease<'_, D, C> {
    fn deref_mut(&mut self) -> &mut C {
        match self {
            Lease::Own(connection) => connection,
            Lease::Lent(connection) => connection,
        }
    }
}
