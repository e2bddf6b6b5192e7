//! What is owed to the installation.

use std::collections::VecDeque;

use errand_model::LifecycleId;
use errand_model::lifecycle::LifecycleEvent;

/// A delivery.
#[derive(Clone, Debug)]
pub(super) struct Owed {
    pub(super) event: LifecycleEvent,
    pub(super) attempts: u32,
    pub(super) is_replay: bool,
}

/// All of them, in order.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: VecDeque<Owed>,
    done: Vec<Owed>,
}

impl Queue {
    pub(super) fn push(&mut self, event: LifecycleEvent) {
        self.waiting.push_back(Owed {
            event,
            attempts: 0,
            is_replay: false,
        });
    }

    /// The first that is wanted; what stands before it and is not is forgotten.
    pub(super) fn next(&mut self, wants: impl Fn(&str) -> bool) -> Option<Owed> {
        while let Some(owed) = self.waiting.front() {
            if wants(owed.event.change.name()) {
                return Some(owed.clone());
            }
            self.waiting.pop_front();
        }
        None
    }

    pub(super) fn tried(&mut self, event: LifecycleId) {
        if let Some(owed) = self.waiting.iter_mut().find(|owed| owed.event.id == event) {
            owed.attempts += 1;
        }
    }

    pub(super) fn done(&mut self, event: LifecycleId) {
        if let Some(at) = self.waiting.iter().position(|owed| owed.event.id == event) {
            self.done.extend(self.waiting.remove(at));
        }
    }

    /// Owes again what was done, with the same key.
    pub(super) fn replay(&mut self, back: usize) {
        if let Some(at) = self.done.len().checked_sub(back + 1) {
            let mut owed = self.done.remove(at);
            owed.is_replay = true;
            self.waiting.push_back(owed);
        }
    }
}
