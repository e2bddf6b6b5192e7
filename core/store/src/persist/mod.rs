//! The hot path: what the pipeline made of a batch of envelopes becomes rows, in one transaction.

mod known;

pub(crate) use known::Known;
