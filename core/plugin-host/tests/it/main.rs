//! What the host promises to the hub, whatever a plugin does.

#![expect(
    clippy::expect_used,
    reason = "a helper of a test that cannot go on says where it stopped"
)]

mod alert_past;
mod alert_rules;
mod alert_watch;
mod asleep;
mod bombs;
mod changes;
mod compiling;
mod conformance;
mod egress;
mod evolution;
mod forward;
mod guests;
mod harness;
mod hooks;
mod hostile;
mod limits;
mod loading;
mod migration;
mod oauth;
mod once;
mod questions;
mod remote;
mod secrets;
mod storage;
mod webhook;
