//! Write Errand plugins in Rust: see the README for one in thirty lines.
//!
//! | you write | the SDK makes of it |
//! | --- | --- |
//! | [`Plugin`] for a type, and [`export!`] | the export `configuration` |
//! | [`Events`], [`Digests`], [`Actions`], [`Forms`], [`Inbound`], [`Schedule`], as it does | one export for each |
//! | [`manifest!`] | the section that the hub reads before anything runs |
//! | [`http::post`] and its friends | requests whose failures say what the hub has to do next |
//! | a `Settings` struct | what the admin set, and problems named by field where it does not fit |

mod actions;
pub mod alerts;
#[doc(hidden)]
pub mod bindings;
pub mod changes;
pub mod chat;
mod choices;
mod event;
mod failure;
mod form;
mod forms;
pub mod http;
pub mod inbound;
pub mod issues;
pub mod kv;
pub mod latest;
pub mod log;
pub mod mail;
mod migration;
pub mod once;
pub mod paging;
pub mod people;
mod plugin;
mod retrace;
mod settings;
pub mod tickets;

pub use actions::{Action, Actions, Reply};
pub use choices::{Choice, ChoicePage, Choices};
pub use event::{Actor, ActorKind, Call, Event, Fix, Issue, Level, Priority, Project, Status, Ticket};
pub use failure::{Failure, Outcome, Problem};
pub use forms::{Field, Form, Forms};
pub use inbound::Inbound;
pub use migration::Migration;
pub use plugin::{Digests, Events, Hindsight, PastVerdict, Plugin, Schedule};
pub use retrace::{PastDeed, Retrace, Retraced};
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
    pub use crate::bindings::actions::__export_actions as export_actions;
    pub use crate::bindings::choices::__export_choices as export_choices;
    pub use crate::bindings::configuration::__export_configuration as export_configuration;
    pub use crate::bindings::digests::__export_digests as export_digests;
    pub use crate::bindings::events::__export_events as export_events;
    pub use crate::bindings::forms::__export_forms as export_forms;
    pub use crate::bindings::hindsight::__export_hindsight as export_hindsight;
    pub use crate::bindings::inbound::__export_inbound as export_inbound;
    pub use crate::bindings::migration::__export_migration as export_migration;
    pub use crate::bindings::retrace::__export_retrace as export_retrace;
    pub use crate::bindings::schedule::__export_schedule as export_schedule;
    pub use crate::plugin::Adapter;
}
