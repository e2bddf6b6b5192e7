//! Where accepted envelopes go. Defined here, where it is used; the engine stands behind it.

use std::net::IpAddr;

use bytes::Bytes;
use errand_model::outcome::OutcomeCount;
use errand_model::{EventId, ProjectId, Timestamp};
use errand_pipeline::encoding::Encoding;
use futures_util::future::BoxFuture;

/// An envelope that passed the door: its key, origin, size and encoding are good.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Whose it is.
    pub project: ProjectId,
    /// When it came.
    pub received: Timestamp,
    /// Who sent it.
    pub client_ip: Option<IpAddr>,
    /// The `User-Agent`, where it is text.
    pub user_agent: Option<String>,
    /// The `Sec-CH-UA…` headers that came, names in lower case.
    pub client_hints: Vec<(&'static str, String)>,
    /// The envelope as it came over the wire.
    pub wire: Bytes,
    /// How `wire` is encoded.
    pub encoding: Encoding,
    /// The envelope itself: `wire`, decoded.
    pub body: Bytes,
}

/// That an envelope is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The id of its event, if it holds one.
    pub event_id: Option<EventId>,
}

/// Why an envelope was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    /// It cannot be read; sending it again would not help.
    #[error("{detail}")]
    Malformed {
        /// 400, or 413 where an item is too large.
        status: u16,
        /// What is wrong.
        detail: String,
        /// Why.
        causes: Vec<String>,
    },
    /// The queue is full.
    #[error("the queue is full")]
    Full {
        /// When to try again.
        retry_after_seconds: u32,
    },
    /// It cannot be made durable now: the hub stops, or its disk fails.
    #[error("the queue takes nothing now")]
    Unavailable,
}

/// Takes envelopes and makes them durable.
pub trait Intake: Send + Sync {
    /// Resolves when the envelope survives a crash, and not before.
    fn submit(&self, submission: Submission) -> BoxFuture<'_, Result<Receipt, IntakeError>>;

    /// Counts what ended at the door. Must not block; kept in memory and flushed from time to time.
    fn count(&self, outcome: OutcomeCount);

    /// Why nothing can be taken now, if so.
    fn not_ready(&self) -> Option<String>;
}
