//! Statements whose text is put together at run time.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, Encode, FromRow, Postgres, Sqlite, Type};

use crate::{Connection, Dialect, Error, Reads, Result};

/// What both databases can be given for a placeholder.
pub trait Value<'q>: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> {}

impl<'q, T: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres>> Value<'q> for T {}

/// What the placeholders of a statement stand for.
#[derive(Debug)]
pub(crate) enum Arguments {
    Sqlite(SqliteArguments),
    Postgres(PgArguments),
}

impl Arguments {
    pub(crate) fn new(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Sqlite => Arguments::Sqlite(SqliteArguments::default()),
            Dialect::Postgres => Arguments::Postgres(PgArguments::default()),
        }
    }

    pub(crate) fn reserve(&mut self, values: usize, bytes: usize) {
        match self {
            Arguments::Sqlite(arguments) => arguments.reserve(values, bytes),
            Arguments::Postgres(arguments) => arguments.reserve(values, bytes),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Arguments::Sqlite(arguments) => arguments.len(),
            Arguments::Postgres(arguments) => arguments.len(),
        }
    }

    pub(crate) fn add<'q, T: Value<'q>>(&mut self, value: T) -> Result<()> {
        match self {
            Arguments::Sqlite(arguments) => arguments.add(value),
            Arguments::Postgres(arguments) => arguments.add(value),
        }
        .map_err(|why| Error::Driver(sqlx::Error::Encode(why)))
    }

    /// Text that somebody sent. PostgreSQL's text holds every character but NUL.
    pub(crate) fn add_text(&mut self, text: Option<&str>) -> Result<()> {
        match text {
            Some(text) if text.contains('\0') => self.add(text.replace('\0', "\u{FFFD}")),
            text => self.add(text),
        }
    }

    /// Text that somebody sent, for an indexed column: clipped, because PostgreSQL refuses keys of more than
    /// 2,704 bytes, and one refused row would hold up its whole batch.
    pub(crate) fn add_key(&mut self, text: Option<&str>) -> Result<()> {
        self.add_text(text.map(|text| &text[..text.floor_char_boundary(KEY_BYTES)]))
    }
}

/// The longest text that is indexed; the pipeline's own limits are below it.
const KEY_BYTES: usize = 800;

/// A statement in the making: text is pushed, values are bound, and only bound values come from outside.
#[derive(Debug)]
pub struct Statement {
    dialect: Dialect,
    text: String,
    arguments: Arguments,
}

impl Statement {
    /// Begins with `text`.
    pub fn new(dialect: Dialect, text: &'static str) -> Self {
        Statement {
            dialect,
            text: text.to_owned(),
            arguments: Arguments::new(dialect),
        }
    }

    /// Which database it is for.
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Goes on with `text`, which the program made: never what somebody sent.
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Puts a placeholder that stands for `value`.
    pub fn bind<'q>(&mut self, value: impl Value<'q>) -> Result<&mut Self> {
        self.arguments.add(value)?;
        self.text.push('$');
        self.text.push_str(&self.arguments.len().to_string());
        Ok(self)
    }

    /// Puts `(…, …)` with a placeholder for each of `values`; `(NULL)`, which matches nothing, when there are none.
    pub fn bind_list<'q, T: Value<'q>>(&mut self, values: impl IntoIterator<Item = T>) -> Result<&mut Self> {
        self.text.push('(');
        let mut is_first = true;
        for value in values {
            if !is_first {
                self.text.push_str(", ");
            }
            is_first = false;
            self.bind(value)?;
        }
        self.text.push_str(if is_first { "NULL)" } else { ")" });
        Ok(self)
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SQLite's plan of it, one line a step.
    #[cfg(test)]
    pub(crate) async fn plan(mut self, on: impl Reads) -> Result<Vec<String>> {
        self.text.insert_str(0, "EXPLAIN QUERY PLAN ");
        let steps: Vec<(i64, i64, i64, String)> = self.fetch_all(on).await?;
        Ok(steps.into_iter().map(|(.., step)| step).collect())
    }

    /// Runs it for all its rows.
    pub async fn fetch_all<R>(self, on: impl Reads) -> Result<Vec<R>>
    where
        R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut on = on;
        let text = AssertSqlSafe(self.text);
        match (on.connection().await?, self.arguments) {
            (Connection::Sqlite(mut connection), Arguments::Sqlite(arguments)) => {
                Ok(sqlx::query_as_with(text, arguments)
                    .fetch_all(&mut *connection)
                    .await?)
            }
            (Connection::Postgres(mut connection), Arguments::Postgres(arguments)) => {
                Ok(sqlx::query_as_with(text, arguments)
                    .fetch_all(&mut *connection)
                    .await?)
            }
            _ => Err(wrong_dialect()),
        }
    }

    /// Runs it for its only row.
    pub async fn fetch_optional<R>(self, on: impl Reads) -> Result<Option<R>>
    where
        R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut on = on;
        let text = AssertSqlSafe(self.text);
        match (on.connection().await?, self.arguments) {
            (Connection::Sqlite(mut connection), Arguments::Sqlite(arguments)) => {
                Ok(sqlx::query_as_with(text, arguments)
                    .fetch_optional(&mut *connection)
                    .await?)
            }
            (Connection::Postgres(mut connection), Arguments::Postgres(arguments)) => {
                Ok(sqlx::query_as_with(text, arguments)
                    .fetch_optional(&mut *connection)
                    .await?)
            }
            _ => Err(wrong_dialect()),
        }
    }

    /// Runs it for its effect; answers how many rows were changed.
    pub async fn execute(self, on: impl Reads) -> Result<u64> {
        let mut on = on;
        let text = AssertSqlSafe(self.text);
        match (on.connection().await?, self.arguments) {
            (Connection::Sqlite(mut connection), Arguments::Sqlite(arguments)) => {
                Ok(sqlx::query_with(text, arguments)
                    .execute(&mut *connection)
                    .await?
                    .rows_affected())
            }
            (Connection::Postgres(mut connection), Arguments::Postgres(arguments)) => {
                Ok(sqlx::query_with(text, arguments)
                    .execute(&mut *connection)
                    .await?
                    .rows_affected())
            }
            _ => Err(wrong_dialect()),
        }
    }
}

/// A statement was made for one database and run on the other.
pub(crate) fn wrong_dialect() -> Error {
    Error::Driver(sqlx::Error::Protocol(
        "the statement was made for the other database".to_owned(),
    ))
}
