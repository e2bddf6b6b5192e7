//! The only SQL of the hub, on SQLite and PostgreSQL alike.
//!
//! To add a query: write one text with `$1` placeholders that both databases understand, run it through
//! `fetch_one!`, `fetch_optional!`, `fetch_all!` or `execute!` (`macros.rs`) in the module of its noun, and add a test
//! to `tests/it` — each runs on both. What cannot be one text goes to [`Dialect`], nowhere else. What changes
//! state takes a [`Tx`]; what only reads takes `impl Reads`, which is a [`Db`] or a [`Tx`].
//!
//! To change the schema, add a file of the same name to both folders of `/migrations`, and name it in
//! `migrate.rs`; what has been released is never edited.

pub mod activity;
pub mod admission;
pub mod affected;
pub mod attachments;
pub mod audit;
mod bulk;
pub mod codec;
mod connection;
mod context;
mod db;
pub mod deliveries;
mod dialect;
pub mod erase;
pub mod erasure;
mod error;
pub mod events;
pub mod export;
pub mod facts;
mod hashed;
pub mod hashes;
pub mod health;
pub mod imports;
pub mod installations;
pub mod issues;
pub mod keys;
pub mod leases;
pub mod lifecycle;
mod location;
mod macros;
pub mod mail;
pub mod mail_links;
mod migrate;
pub mod notices;
pub mod organizations;
mod outbox;
pub mod outcomes;
mod page;
pub mod passwords;
pub mod people;
pub mod persist;
pub mod plugin_calls;
pub mod plugin_components;
pub mod plugin_consents;
pub mod plugin_grants;
pub mod plugin_hooks;
pub mod plugin_jobs;
pub mod plugin_kv;
pub mod projects;
pub mod recent;
pub mod releases;
mod removal;
pub mod reports;
pub mod retention;
pub mod saved_searches;
pub mod seal;
mod secrets;
pub mod sessions;
pub mod sign_in_failures;
pub mod single_sign_on;
mod slug;
mod statement;
pub mod stats;
pub mod storage;
pub mod support;
pub mod tags;
pub mod takeover;
pub mod tasks;
pub mod teams;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tokens;
pub mod two_factor;
mod tx;
mod upkeep;
pub mod user_reports;

pub use connection::{Connection, Reads};
pub use context::Context;
pub use db::{Db, Options};
pub use dialect::{Dialect, escape_like};
pub use error::{Error, Result};
pub use hashed::{app_user_id, tag_key_id, tag_value_id};
pub use location::{BadLocation, Location};
pub use statement::Statement;
pub use tx::Tx;

pub(crate) use macros::{execute, fetch_all, fetch_one, fetch_optional};
