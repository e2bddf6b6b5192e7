//! Statements over many rows: one text for 64 rows, one for 16, for 4, for one, so that every batch, whatever its
//! size, is a handful of prepared statements that the database has seen before.

use std::sync::OnceLock;

use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::statement::{Arguments, wrong_dialect};
use crate::{Connection, Dialect, Result, Tx};

/// Rows in one statement. With 64 rows the way to the database and back is a small part of what a row costs.
const SIZES: [usize; 4] = [64, 16, 4, 1];

/// A statement with a list of rows, `(…), (…)`, somewhere in it.
#[derive(Debug)]
pub(crate) struct Bulk {
    head: &'static str,
    columns: usize,
    tail: &'static str,
    sqlite: [OnceLock<String>; SIZES.len()],
    postgres: [OnceLock<String>; SIZES.len()],
}

impl Bulk {
    /// The text before the rows, the columns of a row, the text after the rows.
    pub(crate) const fn new(head: &'static str, columns: usize, tail: &'static str) -> Self {
        Bulk {
            head,
            columns,
            tail,
            sqlite: [const { OnceLock::new() }; SIZES.len()],
            postgres: [const { OnceLock::new() }; SIZES.len()],
        }
    }

    /// Runs it for its effect, `bind` adding the columns of a row; answers how many rows were changed.
    pub(crate) async fn execute<T: Sync>(
        &'static self,
        tx: &mut Tx,
        rows: &[T],
        bind: impl Fn(&mut Arguments, &T) -> Result<()> + Send,
    ) -> Result<u64> {
        let mut changed = 0;
        for chunk in chunks(rows) {
            let (text, arguments) = self.prepare(tx.dialect(), chunk, &bind)?;
            changed += match (tx.connection().await?, arguments) {
                (Connection::Sqlite(mut connection), Arguments::Sqlite(arguments)) => {
                    sqlx::query_with(text, arguments)
                        .execute(&mut *connection)
                        .await?
                        .rows_affected()
                }
                (Connection::Postgres(mut connection), Arguments::Postgres(arguments)) => {
                    sqlx::query_with(text, arguments)
                        .execute(&mut *connection)
                        .await?
                        .rows_affected()
                }
                _ => return Err(wrong_dialect()),
            };
        }
        Ok(changed)
    }

    /// Runs it for its rows.
    pub(crate) async fn fetch<R, T: Sync>(
        &'static self,
        tx: &mut Tx,
        rows: &[T],
        bind: impl Fn(&mut Arguments, &T) -> Result<()> + Send,
    ) -> Result<Vec<R>>
    where
        R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut found = Vec::new();
        for chunk in chunks(rows) {
            let (text, arguments) = self.prepare(tx.dialect(), chunk, &bind)?;
            found.extend(match (tx.connection().await?, arguments) {
                (Connection::Sqlite(mut connection), Arguments::Sqlite(arguments)) => {
                    sqlx::query_as_with(text, arguments)
                        .fetch_all(&mut *connection)
                        .await?
                }
                (Connection::Postgres(mut connection), Arguments::Postgres(arguments)) => {
                    sqlx::query_as_with(text, arguments)
                        .fetch_all(&mut *connection)
                        .await?
                }
                _ => return Err(wrong_dialect()),
            });
        }
        Ok(found)
    }

    fn prepare<T>(
        &'static self,
        dialect: Dialect,
        chunk: &[T],
        bind: impl Fn(&mut Arguments, &T) -> Result<()>,
    ) -> Result<(&'static str, Arguments)> {
        let mut arguments = Arguments::new(dialect);
        arguments.reserve(chunk.len() * self.columns, 0);
        for row in chunk {
            bind(&mut arguments, row)?;
        }
        debug_assert_eq!(arguments.len(), chunk.len() * self.columns);
        Ok((self.text(dialect, chunk.len()), arguments))
    }

    fn text(&'static self, dialect: Dialect, rows: usize) -> &'static str {
        let at = SIZES.iter().position(|size| *size == rows).unwrap_or_default();
        let cell = match dialect {
            Dialect::Sqlite => &self.sqlite[at],
            Dialect::Postgres => &self.postgres[at],
        };
        cell.get_or_init(|| self.write(dialect, rows))
    }

    fn write(&self, dialect: Dialect, rows: usize) -> String {
        let mut text = match dialect {
            Dialect::Sqlite => without_statement_journal(self.head),
            Dialect::Postgres => self.head.to_owned(),
        };
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..self.columns {
                if column > 0 {
                    text.push_str(", ");
                }
                dialect.placeholder(&mut text, row * self.columns + column + 1);
            }
            text.push(')');
        }
        text.push_str(self.tail);
        text
    }
}

/// SQLite copies every page that a statement over several rows changes, to take back half of it should a row fail.
/// Whoever meets an error here takes back the whole transaction, so that work is saved.
fn without_statement_journal(head: &str) -> String {
    for verb in ["INSERT", "UPDATE"] {
        if let Some(rest) = head.strip_prefix(verb) {
            return format!("{verb} OR FAIL{rest}");
        }
    }
    head.to_owned()
}

/// `rows` in runs of the sizes there are, the largest first.
fn chunks<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rest.len())?;
        let (chunk, after) = rest.split_at(size);
        rest = after;
        Some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_chunk() {
        for count in [0, 1, 3, 63, 64, 65, 213] {
            let rows: Vec<usize> = (0..count).collect();
            let seen: Vec<usize> = chunks(&rows).flatten().copied().collect();
            assert_eq!(seen, rows);
            assert!(chunks(&rows).all(|chunk| SIZES.contains(&chunk.len())));
        }
    }

    #[test]
    fn placeholders_are_numbered_where_that_is_cheap() {
        static BULK: Bulk = Bulk::new("VALUES ", 2, "!");
        assert_eq!(
            BULK.text(Dialect::Postgres, 4),
            "VALUES ($1, $2), ($3, $4), ($5, $6), ($7, $8)!"
        );
        assert_eq!(BULK.text(Dialect::Sqlite, 1), "VALUES (?, ?)!");
    }

    #[test]
    fn sqlite_keeps_no_journal_of_a_statement() {
        static BULK: Bulk = Bulk::new("INSERT INTO a (b) VALUES ", 1, "");
        assert_eq!(
            BULK.text(Dialect::Sqlite, 1),
            "INSERT OR FAIL INTO a (b) VALUES (?)"
        );
        assert_eq!(BULK.text(Dialect::Postgres, 1), "INSERT INTO a (b) VALUES ($1)");
    }
}
