//! What is accepted and not yet digested, kept durably: an append-only journal of segment files in which one
//! `fdatasync` serves everybody who waits. It knows nothing of what it holds.
//!
//! To change what stands in the files, begin with [`record`], raise [`directory::FORMAT`] and say in `README.md`
//! what an older queue means to a newer hub.
//!
//! ```text
//! push ──▶ channel ──▶ appender thread: write, fdatasync ──▶ push answers
//!                                        │ in order
//!                                        ▼
//!                        companions in memory, else the file ──▶ take ──▶ release
//! ```

mod appender;
mod consumer;
mod directory;
mod error;
mod open;
mod options;
mod position;
mod push;
mod reader;
mod record;
mod segments;
mod shared;
#[cfg(test)]
mod tests;

pub use consumer::{Consumer, Content, Taken};
pub use error::{Full, OpenError, PushError};
pub use options::Options;
pub use position::Position;
pub use push::{Companion, Queue, Record};
pub use record::MAX_RECORD_BYTES;
pub use shared::Backlog;
