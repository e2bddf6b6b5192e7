//! Where the walk over what an event is grouped by ends: a hash, or an explanation.
//!
//! There is one walk (in the modules that build components) and it does not know which of them listens, so the
//! explanation cannot differ from the hash.

use errand_model::GroupHash;
use md5::{Digest, Md5};

use super::rules::RuleRef;

/// Why something counts, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// In these words.
    Text(&'static str),
    /// Because a rule says so.
    Rule {
        /// What it did.
        did: &'static str,
        rule: RuleRef,
    },
    /// Because a rule allows only so many frames.
    MaxFrames(usize, RuleRef),
    /// Because a rule wants more frames than there are.
    MinFrames(usize, RuleRef),
    /// Because something more telling decides.
    Precedence(&'static str),
}

/// Listens to a walk.
pub(super) trait Sink {
    /// Whether it wants to hear of what does not count.
    const DETAIL: bool;

    /// A component begins; values and components until its end are part of it.
    fn open(&mut self, id: &'static str, contributes: bool, hint: Option<Hint>);

    /// The component that was opened last ends.
    fn close(&mut self);

    /// A value of the open component.
    fn value(&mut self, text: &str);
}

/// Hashes what counts.
#[derive(Default)]
pub(super) struct HashSink {
    md5: Md5,
    /// How many of the open components are within one that does not count.
    muted: usize,
}

impl HashSink {
    /// The hash of what it heard.
    pub(super) fn finish(self) -> GroupHash {
        GroupHash(self.md5.finalize().into())
    }

    /// The hash of `values`, one after the other.
    pub(super) fn hash<'v>(values: impl IntoIterator<Item = &'v str>) -> GroupHash {
        let mut sink = HashSink::default();
        values.into_iter().for_each(|value| sink.value(value));
        sink.finish()
    }
}

impl Sink for HashSink {
    const DETAIL: bool = false;

    fn open(&mut self, _: &'static str, contributes: bool, _: Option<Hint>) {
        if self.muted > 0 || !contributes {
            self.muted += 1;
        }
    }

    fn close(&mut self) {
        self.muted = self.muted.saturating_sub(1);
    }

    fn value(&mut self, text: &str) {
        if self.muted == 0 {
            self.md5.update(text);
        }
    }
}

/// Hashes everything, also what does not count and why: two components with the same signature are alike.
#[derive(Default)]
pub(super) struct SignatureSink(Md5);

impl SignatureSink {
    pub(super) fn finish(self) -> GroupHash {
        GroupHash(self.0.finalize().into())
    }
}

impl Sink for SignatureSink {
    const DETAIL: bool = true;

    fn open(&mut self, id: &'static str, contributes: bool, hint: Option<Hint>) {
        self.0.update(format!("\u{1}{id}\u{2}{contributes}\u{2}{hint:?}"));
    }

    fn close(&mut self) {
        self.0.update("\u{3}");
    }

    fn value(&mut self, text: &str) {
        self.0.update("\u{4}");
        self.0.update(text);
    }
}
