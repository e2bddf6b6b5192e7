//! Why a queue does not open, and why a push is refused.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a queue does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("the queue {} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// It was written by another version of the hub.
    #[error("{} is no queue of format {}: it begins with '{found}'", path.display(), crate::directory::FORMAT)]
    Format {
        /// The file that says what the queue is.
        path: PathBuf,
        /// What it says, cut short.
        found: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl OpenError {
    /// Says which file it was.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| OpenError::Io { path, source }
    }
}

/// What there is too much of, or too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// Too much waits to be digested.
    #[error("{held} bytes wait to be digested, {limit} are allowed")]
    Backlog {
        /// Bytes that wait, those just being appended included.
        held: u64,
        /// Bytes that may wait.
        limit: u64,
    },
    /// The disk is nearly full.
    #[error("the disk has {free} bytes left, the queue keeps {floor} free")]
    Disk {
        /// Bytes that are free.
        free: u64,
        /// Bytes that have to stay free.
        floor: u64,
    },
}

/// Why a push is refused. What was refused is not in the journal.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PushError {
    /// There is no room: to be tried again when some was digested.
    #[error("the queue is full: {0}")]
    Full(Full),
    /// The record is empty or longer than a record may be.
    #[error("a record of {0} bytes is not taken (1 to {max})", max = crate::MAX_RECORD_BYTES)]
    Length(usize),
    /// The queue is closing.
    #[error("the queue is closed")]
    Closed,
    /// The journal cannot be written.
    #[error("the journal cannot be written: {0}")]
    Io(Arc<io::Error>),
}
