//! Write Errand plugins in Rust: see the README for one in thirty lines.
//!
//! | you write | the SDK makes of it |
//! | --- | --- |
//! | [`Plugin`] for a type, and [`export!`] | the exports `events` and `configuration` |
//! | [`manifest!`] | the section that the hub reads before anything runs |
//! | [`http::post`] and its friends | requests whose failures say what the hub has to do next |
//! | a `Settings` struct | what the admin set, and problems named by field where it does not fit |

#[doc(hidden)]
pub mod bindings;
mod event;
mod failure;
pub mod http;
pub mod kv;
pub mod log;
mod plugin;
mod settings;

pub use event::{Actor, ActorKind, Call, Event, Issue, Level, Priority, Project, Status};
pub use failure::{Failure, Outcome, Problem};
pub use plugin::Plugin;
pub use settings::{Secret, setting};

/// The hub's time, in milliseconds since 1970-01-01 UTC.
pub fn now() -> u64 {
    bindings::errand::plugin::clock::now()
}

/// Random bytes fit for keys, at most 4096.
pub fn random(len: u32) -> Vec<u8> {
    bindings::errand::plugin::clock::random(len)
}

/// What the macros use.
#[doc(hidden)]
pub mod macros {
    pub use crate::bindings::__export_notifier as export_notifier;
    pub use crate::plugin::Adapter;
}
