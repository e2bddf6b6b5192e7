//! The only SQL of the hub, on SQLite and PostgreSQL alike.
//!
//! To add a query: write one text with `$1` placeholders that both databases understand, run it through
//! `fetch_one!`, `fetch_optional!`, `fetch_all!` or `execute!` (`macros.rs`) in the module of its noun, and add a test
//! to `tests/it` — each runs on both. What cannot be one text goes to [`Dialect`], nowhere else. What changes
//! state takes a [`Tx`]; what only reads takes `impl Reads`, which is a [`Db`] or a [`Tx`].
//!
//! To change the schema, add a file of the same name to both folders of `/migrations`, and name it in
//! `migrate.rs`; what has been released is never edited.

mod db;
mod dialect;
mod error;
mod location;
mod macros;
mod migrate;
mod persist;
mod statement;
#[cfg(feature = "testing")]
pub mod testing;
mod tx;

pub use db::{Connection, Db, Options, Reads};
pub use dialect::{Dialect, escape_like};
pub use error::{Error, Result};
pub use location::{BadLocation, Location};
pub use statement::Statement;
pub use tx::Tx;

pub(crate) use macros::{execute, fetch_all, fetch_one, fetch_optional};
