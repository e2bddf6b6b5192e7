//! What the hub gives to plugins: one file for each interface that they import.
//!
//! To add an interface: write it in `wit/v1`, add it to the worlds, implement its `Host` trait for [`State`] in a
//! file here, and, unless every plugin may have it, give it a name in [`crate::manifest::Import`].

mod accounts;
mod alerts;
mod clock;
mod credentials;
mod fillings;
mod http;
mod issue_changes;
mod issues;
mod kv;
mod log;
mod mail;
mod once;
mod people;
mod settings;
mod stats;

use wasmtime::component::{HasSelf, Linker};

use crate::bindings::v1;
use crate::instance::State;

pub(crate) use clock::WallClock;

/// A linker with everything that a plugin can import.
pub(crate) fn link(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    // The language runtimes ask for WASI; it is there, and leads nowhere.
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    v1::Plugin::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    Ok(linker)
}

impl v1::errand::plugin::types::Host for State {}
