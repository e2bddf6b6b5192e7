//! A transaction: what is done with it is done together or not at all.

use sqlx::{Postgres, Sqlite, Transaction};

use crate::audit::Owed;
use crate::connection::{Connection, Lease, Reads};
use crate::seal::Keyring;
use crate::{Dialect, Result};

/// A transaction that may write; dropped without [`Tx::commit`] it has changed nothing.
#[derive(Debug)]
pub struct Tx {
    kind: Kind,
    keyring: Keyring,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// SQLite's, the only one at a time.
    Sqlite(Transaction<'static, Sqlite>),
    /// PostgreSQL's.
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(crate) const fn new(kind: Kind, keyring: Keyring) -> Self {
        Tx { kind, keyring }
    }

    /// The keys that secrets are sealed with.
    pub(crate) const fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Which database it is.
    pub const fn dialect(&self) -> Dialect {
        match self.kind {
            Kind::Sqlite(_) => Dialect::Sqlite,
            Kind::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Makes the changes last: once this answers, they survive the loss of power. With them goes what is to be written down of
    /// them ([`crate::audit`]).
    pub async fn commit(mut self) -> Result<()> {
        let Some(owed) = Owed::take() else {
            return self.end().await;
        };
        let written = owed.write(&mut self).await;
        let committed = match written {
            Ok(()) => self.end().await,
            Err(error) => Err(error),
        };
        owed.settle(committed.is_ok());
        committed
    }

    async fn end(self) -> Result<()> {
        match self.kind {
            Kind::Sqlite(tx) => tx.commit().await?,
            Kind::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Undoes the changes now, rather than some time after the drop.
    pub async fn rollback(self) -> Result<()> {
        match self.kind {
            Kind::Sqlite(tx) => tx.rollback().await?,
            Kind::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }

    /// The connection; the macros ask for it.
    #[doc(hidden)]
    pub async fn connection(&mut self) -> Result<Connection<'_>> {
        Ok(match &mut self.kind {
            Kind::Sqlite(tx) => Connection::Sqlite(Lease::Lent(&mut **tx)),
            Kind::Postgres(tx) => Connection::Postgres(Lease::Lent(&mut **tx)),
        })
    }
}

impl Reads for &mut Tx {
    fn dialect(&self) -> Dialect {
        Tx::dialect(self)
    }
    fn keyring(&self) -> &Keyring {
        Tx::keyring(self)
    }
    async fn connection(&mut self) -> Result<Connection<'_>> {
        Tx::connection(self).await
    }
}
