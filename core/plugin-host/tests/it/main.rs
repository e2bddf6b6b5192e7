//! What the host promises to the hub, whatever a plugin does.

mod egress;
mod guests;
mod harness;
mod limits;
mod loading;
mod remote;
mod secrets;
mod storage;
mod webhook;
