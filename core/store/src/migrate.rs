//! Brings a database to the schema that this version knows.

use sha2::{Digest, Sha256};

use crate::{Connection, Db, Dialect, Error, Result, Tx, audit, execute, fetch_all};

/// One step of the schema, as its file for each database says it.
struct Migration {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        &[$(Migration {
            name: $name,
            sqlite: include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../../migrations/postgres/", $name, ".sql")),
        }),*]
    };
}

/// All of them, in the order in which they are applied.
const MIGRATIONS: &[Migration] = migrations!["0001_hub"];

impl Migration {
    const fn text(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }

    fn checksum(&self, dialect: Dialect) -> String {
        let digest = Sha256::digest(self.text(dialect).as_bytes());
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Db {
    /// Applies what is not applied yet, each step in a transaction of its own; answers their names. Several
    /// processes may do so at once: one does it, the others wait. Each step is written down with itself for whoever is
    /// [`audit::Audited`]: the first makes the audit log.
    pub async fn migrate(&self) -> Result<Vec<&'static str>> {
        let mut applied_now = Vec::new();
        for migration in MIGRATIONS {
            let mut tx = self.begin().await?;
            if tx.dialect() == Dialect::Postgres {
                execute!(tx, "SELECT pg_advisory_xact_lock(7304283911)")?;
            }
            execute!(
                tx,
                "CREATE TABLE IF NOT EXISTS migration (name TEXT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL)"
            )?;
            let applied = fetch_all!(tx, (String, String), "SELECT name, checksum FROM migration")?;
            check(&applied, tx.dialect())?;
            if applied.iter().any(|(name, _)| name == migration.name) {
                continue;
            }
            let text = migration.text(tx.dialect());
            run_script(&mut tx, text).await?;
            let checksum = migration.checksum(tx.dialect());
            execute!(
                tx,
                "INSERT INTO migration (name, checksum) VALUES ($1, $2)",
                migration.name,
                checksum
            )?;
            audit::say(format!("applied the step {} of the schema", migration.name));
            tx.commit().await?;
            applied_now.push(migration.name);
        }
        Ok(applied_now)
    }

    /// The steps that [`Db::migrate`] would apply. Fails if the database is newer than this version, or was made
    /// by other steps.
    pub async fn pending(&self) -> Result<Vec<&'static str>> {
        let applied = match fetch_all!(self, (String, String), "SELECT name, checksum FROM migration") {
            Ok(applied) => applied,
            // Only a database without the table makes this statement fail.
            Err(Error::Driver(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        check(&applied, self.dialect())?;
        let is_pending = |name: &&'static str| !applied.iter().any(|(applied, _)| applied == name);
        Ok(MIGRATIONS
            .iter()
            .map(|migration| migration.name)
            .filter(is_pending)
            .collect())
    }
}

/// Whether what was applied is what this version would have applied.
fn check(applied: &[(String, String)], dialect: Dialect) -> Result<()> {
    let mut unknown = Vec::new();
    for (name, checksum) in applied {
        match MIGRATIONS.iter().find(|migration| migration.name == name) {
            None => unknown.push(name.clone()),
            Some(migration) if migration.checksum(dialect) != *checksum => {
                return Err(Error::corrupt(
                    "schema",
                    format!("migration {name} was applied in another form"),
                ));
            }
            Some(_) => {}
        }
    }
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(Error::Newer { unknown })
    }
}

async fn run_script(tx: &mut Tx, text: &'static str) -> Result<()> {
    match tx.connection().await? {
        Connection::Sqlite(mut connection) => {
            sqlx::raw_sql(text).execute(&mut *connection).await?;
        }
        Connection::Postgres(mut connection) => {
            sqlx::raw_sql(text).execute(&mut *connection).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_both_folders_is_embedded() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
        for kind in ["sqlite", "postgres"] {
            let mut names: Vec<String> = std::fs::read_dir(folder.join(kind))
                .expect("the folder")
                .map(|entry| {
                    entry
                        .expect("an entry")
                        .file_name()
                        .to_string_lossy()
                        .replace(".sql", "")
                })
                .collect();
            names.sort();
            assert_eq!(
                names,
                MIGRATIONS
                    .iter()
                    .map(|migration| migration.name)
                    .collect::<Vec<_>>()
            );
        }
    }
}
