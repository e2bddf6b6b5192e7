//! The segment files that are open: which positions each holds.

use std::collections::VecDeque;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use crate::{Position, directory};

/// One file of the journal.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    /// The position of its first byte.
    pub(crate) start: Position,
    /// Behind its last durable record.
    pub(crate) end: Position,
    /// Written at its end by the appender, read anywhere by the consumer.
    pub(crate) file: Arc<File>,
}

/// All of them, in order; the last is the one being written, so there is always one.
#[derive(Debug)]
pub(crate) struct Segments {
    sealed: VecDeque<Segment>,
    active: Segment,
}

impl Segments {
    pub(crate) fn new(sealed: VecDeque<Segment>, active: Segment) -> Self {
        Segments { sealed, active }
    }

    /// The one being written.
    pub(crate) fn active(&self) -> &Segment {
        &self.active
    }

    /// Behind everything durable.
    pub(crate) fn end(&self) -> Position {
        self.active.end
    }

    /// Says that more of the active segment is durable.
    pub(crate) fn extend(&mut self, end: Position) {
        self.active.end = end;
    }

    /// Goes on in a new file.
    pub(crate) fn roll(&mut self, next: Segment) {
        let sealed = std::mem::replace(&mut self.active, next);
        self.sealed.push_back(sealed);
    }

    /// The segment with the first record at or behind `position`; none at the end of the journal.
    pub(crate) fn at_or_after(&self, position: Position) -> Option<Segment> {
        let all = self.sealed.iter().chain(std::iter::once(&self.active));
        all.into_iter().find(|segment| segment.end > position).cloned()
    }

    /// Takes out the segments that end at or before `position`; never the one being written.
    pub(crate) fn release(&mut self, position: Position) -> Vec<Segment> {
        let mut released = Vec::new();
        while self.sealed.front().is_some_and(|segment| segment.end <= position) {
            released.extend(self.sealed.pop_front());
        }
        released
    }
}

/// Deletes the files of segments. One that stays is deleted when the queue is opened next.
pub(crate) fn delete(directory: &Path, segments: &[Segment]) {
    for segment in segments {
        let path = directory::segment_path(directory, segment.start);
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(file = %path.display(), %error, "a digested segment of the queue cannot be deleted");
        }
    }
}
