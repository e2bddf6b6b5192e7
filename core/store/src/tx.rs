//! A transaction: what is done with it is done together or not at all.

use sqlx::{Postgres, Sqlite, Transaction};

use crate::db::Lease;
use crate::{Connection, Dialect, Result};

/// A transaction that may write; dropped without [`Tx::commit`] it has changed nothing.
#[derive(Debug)]
pub enum Tx {
    /// SQLite's, the only one at a time.
    Sqlite(Transaction<'static, Sqlite>),
    /// PostgreSQL's.
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    /// Which database it is.
    pub const fn dialect(&self) -> Dialect {
        match self {
            Tx::Sqlite(_) => Dialect::Sqlite,
            Tx::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Makes the changes last: once this answers, they survive the loss of power.
    pub async fn commit(self) -> Result<()> {
        match self {
            Tx::Sqlite(tx) => tx.commit().await?,
            Tx::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Undoes the changes now, rather than some time after the drop.
    pub async fn rollback(self) -> Result<()> {
        match self {
            Tx::Sqlite(tx) => tx.rollback().await?,
            Tx::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }

    /// The connection; the macros ask for it.
    #[doc(hidden)]
    pub async fn connection(&mut self) -> Result<Connection<'_>> {
        Ok(match self {
            Tx::Sqlite(tx) => Connection::Sqlite(Lease::Lent(&mut **tx)),
            Tx::Postgres(tx) => Connection::Postgres(Lease::Lent(&mut **tx)),
        })
    }
}
