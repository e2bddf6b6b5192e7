//! What the tests of the product stand on. Rules: a test starts the real binary, speaks to it only as its users
//! do (HTTP, the command line, signals), and waits for conditions, never for time.

mod api;
mod component;
pub mod contract;
mod hub;
mod mailbox;
mod provider;
mod receiver;
mod sdk;
pub mod simulators;
mod visitor;
mod wait;

pub use api::Api;
pub use component::patched;
pub use hub::{Hub, Options, Project, binary, tool, tool_with};
pub use mailbox::Mailbox;
pub use provider::Provider;
pub use receiver::{Received, Receiver};
pub use sdk::{Answer, Sdk, envelope, event};
pub use visitor::Visitor;
pub use wait::{eventually, within};

use std::path::PathBuf;

/// The repository's top folder.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or(here.clone(), PathBuf::from)
}

/// Captured input of real SDKs, where it lies beside the repository.
pub fn corpus() -> Option<PathBuf> {
    let folder = root().join("../shared/corpus/sdk");
    folder.is_dir().then_some(folder)
}
