//! One SQL text, two drivers: each macro becomes a match whose two arms run the same text.
//!
//! The first argument is a `&Db`, a `&mut Tx` or any `impl Reads`; the second the type of the rows (a tuple, or a
//! struct that derives `sqlx::FromRow`); then the text, a `&'static str`; then what `$1`, `$2`, … stand for.

/// The only row.
macro_rules! fetch_one {
    ($on:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        $crate::macros::run!($on, sqlx::query_as::<_, $row>, $sql, fetch_one $(, $arg)*)
    };
}

/// The only row, if there is one.
macro_rules! fetch_optional {
    ($on:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        $crate::macros::run!($on, sqlx::query_as::<_, $row>, $sql, fetch_optional $(, $arg)*)
    };
}

/// All rows. The text has a `LIMIT`, or the caller knows why there are few.
macro_rules! fetch_all {
    ($on:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        $crate::macros::run!($on, sqlx::query_as::<_, $row>, $sql, fetch_all $(, $arg)*)
    };
}

/// No rows; answers how many were changed.
macro_rules! execute {
    ($on:expr, $sql:expr $(, $arg:expr)* $(,)?) => {
        match $on.connection().await {
            Ok($crate::Connection::Sqlite(mut connection)) => sqlx::query($sql)
                $(.bind($arg))*
                .execute(&mut *connection)
                .await
                .map(|done| done.rows_affected())
                .map_err($crate::Error::from),
            Ok($crate::Connection::Postgres(mut connection)) => sqlx::query($sql)
                $(.bind($arg))*
                .execute(&mut *connection)
                .await
                .map(|done| done.rows_affected())
                .map_err($crate::Error::from),
            Err(error) => Err(error),
        }
    };
}

/// What the fetching macros have in common.
macro_rules! run {
    ($on:expr, $query:expr, $sql:expr, $method:ident $(, $arg:expr)*) => {
        match $on.connection().await {
            Ok($crate::Connection::Sqlite(mut connection)) => $query($sql)
                $(.bind($arg))*
                .$method(&mut *connection)
                .await
                .map_err($crate::Error::from),
            Ok($crate::Connection::Postgres(mut connection)) => $query($sql)
                $(.bind($arg))*
                .$method(&mut *connection)
                .await
                .map_err($crate::Error::from),
            Err(error) => Err(error),
        }
    };
}

pub(crate) use {execute, fetch_all, fetch_one, fetch_optional, run};
