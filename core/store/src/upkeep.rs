//! What a database wants from time to time, so that it stays fast.

use crate::db::Pools;
use crate::{Db, Result};

impl Db {
    /// Lets SQLite look at its statistics again where tables have grown; PostgreSQL does so by itself.
    pub async fn optimize(&self) -> Result<()> {
        match &self.pools {
            Pools::Sqlite { write, .. } => {
                // Bounded, so that a large table costs no more than a look at a part of it.
                sqlx::query("PRAGMA analysis_limit = 400").execute(write).await?;
                sqlx::query("PRAGMA optimize").execute(write).await?;
            }
            Pools::Postgres(_) => {}
        }
        Ok(())
    }
}
