//! The pure work on one envelope, fenced: what panics in it costs that envelope and nothing else.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use errand_model::digested::DigestedEnvelope;
use errand_pipeline::{Input, Malformed, ProjectContext};
use errand_store::codec;

/// Why an envelope could not be digested although it may be good.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkError {
    /// It cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The program is wrong: it panicked.
    #[error("digesting it panicked: {0}")]
    Panicked(String),
    /// Its event cannot be compressed.
    #[error(transparent)]
    Codec(#[from] errand_store::Error),
}

/// Digests an envelope, with its event compressed as it is stored.
pub(crate) fn digest(input: &Input<'_>, project: &ProjectContext) -> Result<DigestedEnvelope, WorkError> {
    let mut envelope = fenced(|| errand_pipeline::digest(input, project))??;
    if let Some(event) = &mut envelope.event {
        event.payload = codec::compress(&event.payload)?;
    }
    Ok(envelope)
}

/// Answers what `work` does, or what it said when it panicked.
pub(crate) fn fenced<T>(work: impl FnOnce() -> T) -> Result<T, WorkError> {
    // What the pipeline shares between envelopes is a cache behind a lock, which is whole at every moment.
    let done = std::panic::catch_unwind(AssertUnwindSafe(work));
    done.map_err(|panic| WorkError::Panicked(panic_text(panic.as_ref())))
}

/// What was said in a panic.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "it said nothing".to_owned())
}

/// About how many bytes of memory a digested envelope takes.
pub(crate) fn weight(envelope: &DigestedEnvelope) -> usize {
    let event = envelope.event.as_ref().map_or(0, |event| {
        let tags: usize = event
            .tags
            .iter()
            .map(|(key, value)| key.len() + value.len() + TWO_STRINGS)
            .sum();
        event.payload.capacity() + tags + event.title.len() + event.culprit.len() + event.metadata.len()
    });
    let attachments: usize = envelope
        .attachments
        .iter()
        .map(|file| file.content.capacity() + FIXED)
        .sum();
    let reports: usize = envelope
        .user_reports
        .iter()
        .map(|report| report.comments.capacity() + FIXED)
        .sum();
    let outcomes = (envelope.outcomes.len() + envelope.sessions.len()) * FIXED;
    2 * FIXED + event + attachments + reports + outcomes
}

/// A digested event without its texts takes about that, and so does any smaller part with its allocations.
const FIXED: usize = 400;
/// Two strings without their text.
const TWO_STRINGS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_that_says_what_it_said() {
        let failed = fenced(|| {
            assert!(std::hint::black_box(false), "so it goes");
        });
        assert!(failed.is_err_and(|error| error.to_string().contains("so it goes")));
        assert_eq!(fenced(|| 3).ok(), Some(3));
    }
}
