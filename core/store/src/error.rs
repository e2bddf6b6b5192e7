//! What can go wrong with the store, as far as callers decide by it.

/// What every function of the store answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the store did not do what was asked. The texts may be shown to anybody: what a driver said is only in the
/// `source`, for the log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else was first, or the name is taken: read again, then decide.
    #[error("{what} is taken or was changed meanwhile")]
    Conflict {
        /// What it is about, in a word or two.
        what: String,
    },
    /// What was asked for is not there.
    #[error("there is no such {what}")]
    Missing {
        /// What it is about, in a word or two.
        what: &'static str,
    },
    /// What was asked for makes no sense for the rows as they are.
    #[error("{reason}")]
    Invalid {
        /// Why, in a sentence.
        reason: String,
    },
    /// The database cannot be reached or is too busy: the same call may succeed later.
    #[error("the database is not available")]
    Unavailable {
        /// What the driver said.
        #[source]
        source: sqlx::Error,
    },
    /// Two transactions stood in each other's way, and this one was undone: run it again.
    #[error("the database asks to run the transaction again")]
    Retry {
        /// What the driver said.
        #[source]
        source: sqlx::Error,
    },
    /// A row holds what this program never wrote.
    #[error("the stored {what} cannot be read: {detail}")]
    Corrupt {
        /// Which column or file.
        what: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// A secret was sealed with a key that is not at hand.
    #[error(
        "a secret was sealed with key {key}, which this hub does not have; `errand doctor` says how to mend it"
    )]
    Sealed {
        /// The key's name.
        key: String,
    },
    /// The database was written by a newer version of the program.
    #[error(
        "the database has migrations that this version does not know ({}): start the version that wrote it, or a newer one",
        .unknown.join(", ")
    )]
    Newer {
        /// The migrations that only the newer version knows.
        unknown: Vec<String>,
    },
    /// The driver failed in a way that says: the program is wrong, or the disk is.
    #[error("the database failed")]
    Driver(#[source] sqlx::Error),
}

impl Error {
    /// A row that should not look like this.
    pub(crate) fn corrupt(what: &'static str, detail: impl std::fmt::Display) -> Self {
        Error::Corrupt {
            what,
            detail: detail.to_string(),
        }
    }

    /// A request that makes no sense.
    pub(crate) fn invalid(reason: impl Into<String>) -> Self {
        Error::Invalid {
            reason: reason.into(),
        }
    }

    /// Whether the same call may succeed if it is made again.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Error::Unavailable { .. } | Error::Retry { .. })
    }
}

impl From<sqlx::Error> for Error {
    fn from(source: sqlx::Error) -> Self {
        match &source {
            sqlx::Error::Database(refused) if refused.is_unique_violation() => Error::Conflict {
                what: taken(refused.as_ref()),
            },
            sqlx::Error::Database(refused) => match refused.code().as_deref() {
                // PostgreSQL: serialization failure, deadlock.
                Some("40001" | "40P01") => Error::Retry { source },
                // SQLite: busy, busy recovery, busy snapshot, busy timeout, locked. PostgreSQL: too many
                // connections, shutting down, starting up.
                Some("5" | "261" | "517" | "773" | "6" | "53300" | "57P01" | "57P02" | "57P03") => {
                    Error::Unavailable { source }
                }
                _ => Error::Driver(source),
            },
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Error::Unavailable { source },
            sqlx::Error::ColumnDecode { index, source: why } => {
                Error::corrupt("column", format!("{index}: {why}"))
            }
            _ => Error::Driver(source),
        }
    }
}

/// Names the table whose unique rule was broken: `project`, of "UNIQUE constraint failed: project.slug" or of
/// PostgreSQL's own field.
fn taken(refused: &dyn sqlx::error::DatabaseError) -> String {
    let table = refused.table().map(str::to_owned).or_else(|| {
        let (_, columns) = refused.message().split_once("failed: ")?;
        let (table, _) = columns.split_once('.')?;
        Some(table.to_owned())
    });
    table.unwrap_or_else(|| "it".to_owned()).replace('_', " ")
}
