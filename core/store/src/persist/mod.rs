//! The hot path: what the pipeline made of a batch of envelopes becomes rows, in one transaction.

mod known;

use errand_model::digested::DigestedEnvelope;
use errand_model::{Clock, Ids, OrganizationId, ProjectId};

pub(crate) use known::Known;

/// An envelope that arrived, digested.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Whose project it is.
    pub organization: OrganizationId,
    /// Where it was sent to.
    pub project: ProjectId,
    /// What is in it.
    pub envelope: DigestedEnvelope,
}

/// What persisting takes besides the batch.
#[derive(Clone, Copy, Debug)]
pub struct Persist<'a> {
    /// Says what time it is.
    pub clock: &'a dyn Clock,
    /// Numbers new rows.
    pub ids: &'a Ids,
    /// The queue that the batch was taken from.
    pub queue: &'a str,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Persisted {
    /// Events that are stored now.
    pub accepted: u64,
    /// Events that were stored already.
    pub duplicates: u64,
    /// Events of discarded issues, dropped.
    pub discarded: u64,
    /// Issues that are new.
    pub new_issues: u64,
    /// Rows in the outbox: fan-out has something to do.
    pub lifecycle: u64,
}
