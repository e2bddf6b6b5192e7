//! Who may do what: the roles of people, the one table that says what each role may, and the scopes of tokens.
//!
//! Which right a request needs is in `core/http/src/access/rules.txt`; nothing else decides it.

mod role;
mod scope;
mod table;

pub use role::{Role, UnknownRole};
pub use scope::{Scope, UnknownScope};
pub use table::{Action, Resource, UnknownWord};
