//! Where a database is.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use errand_model::Secret;
use sqlx::postgres::PgConnectOptions;

/// Where the database is: a file of SQLite's, or a PostgreSQL server.
#[derive(Clone, Debug)]
pub enum Location {
    /// A file; made when it is not there, its folder is not.
    Sqlite(PathBuf),
    /// A server, as `postgres://user:password@host:port/database`. The password is a secret, so all of it is.
    Postgres(Secret<String>),
}

/// A database URL that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadLocation {
    /// Of another product.
    #[error(
        "'{scheme}://' is no database that the hub can use; give postgres://user:password@host/database, or the path of an SQLite file"
    )]
    Scheme {
        /// What stands before `://`.
        scheme: String,
    },
    /// PostgreSQL's, but not readable. The URL is not repeated, because it may hold a password.
    #[error(
        "the PostgreSQL URL cannot be read; its form is postgres://user:password@host:port/database?sslmode=…"
    )]
    Postgres,
    /// Nothing at all.
    #[error(
        "the database location is empty; give postgres://user:password@host/database, or the path of an SQLite file"
    )]
    Empty,
}

impl Location {
    /// Reads `postgres://…` (or `postgresql://…`), `sqlite://path`, or a path.
    pub fn parse(text: &str) -> Result<Self, BadLocation> {
        if text.trim().is_empty() {
            return Err(BadLocation::Empty);
        }
        match text.split_once("://") {
            None => Ok(Location::Sqlite(PathBuf::from(text))),
            Some(("sqlite", path)) => Ok(Location::Sqlite(PathBuf::from(path))),
            Some(("postgres" | "postgresql", _)) => {
                PgConnectOptions::from_str(text).map_err(|_| BadLocation::Postgres)?;
                Ok(Location::Postgres(Secret::new(text.to_owned())))
            }
            Some((scheme, _)) => Err(BadLocation::Scheme {
                scheme: scheme.chars().take(32).collect(),
            }),
        }
    }
}

/// The path, or the server without user and password.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Sqlite(path) => write!(f, "SQLite at {}", path.display()),
            Location::Postgres(url) => match PgConnectOptions::from_str(url.reveal()) {
                Ok(options) => write!(
                    f,
                    "PostgreSQL at {}:{}/{}",
                    options.get_host(),
                    options.get_port(),
                    options.get_database().unwrap_or_default()
                ),
                Err(_) => f.write_str("PostgreSQL"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_server_or_a_file() {
        assert!(
            matches!(Location::parse("data/hub.db"), Ok(Location::Sqlite(path)) if path.ends_with("hub.db"))
        );
        assert!(matches!(
            Location::parse("postgresql://me:secret@db:5432/hub"),
            Ok(Location::Postgres(_))
        ));
        assert!(matches!(
            Location::parse("mysql://db/hub"),
            Err(BadLocation::Scheme { .. })
        ));
        assert_eq!(Location::parse(" ").err(), Some(BadLocation::Empty));
    }

    #[test]
    fn the_password_never_shows() {
        let location = Location::parse("postgres://me:hunter2@db:5432/hub").expect("a location");
        let shown = format!("{location} {location:?}");
        assert!(
            !shown.contains("hunter2") && shown.contains("db:5432/hub"),
            "{shown}"
        );
    }
}
