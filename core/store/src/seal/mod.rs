//! Secrets at rest: sealed with a key that the database does not hold, so that a copy of it gives nothing away.
//!
//! What is sealed is bound to its place (the row that it stands in), and says by which key. The database knows the
//! names of the keys that belong to it ([`register`]), so that a hub with another key is told so before it writes.

mod key;
mod keyring;
mod rows;

pub use key::{BadKey, Key, KeyId};
pub use keyring::{KeySource, Keyring, REREAD_AFTER};
pub use rows::{Uses, forget, register, registered, reseal, uses};
