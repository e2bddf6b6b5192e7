//! What pushers, appender and consumer share: the state of the journal and its counts.

use std::collections::VecDeque;
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::segments::Segments;
use crate::{Full, Options, Position};

/// What a push made of its record beforehand, kept for the consumer.
pub(crate) struct Held<T> {
    pub(crate) start: Position,
    pub(crate) end: Position,
    pub(crate) size: usize,
    pub(crate) value: T,
}

/// What changes together, under one lock that is never held across I/O.
pub(crate) struct State<T> {
    pub(crate) segments: Segments,
    /// In order; between two of them may lie records whose companion was not kept.
    pub(crate) companions: VecDeque<Held<T>>,
}

pub(crate) struct Shared<T> {
    pub(crate) directory: PathBuf,
    pub(crate) id: String,
    pub(crate) options: Options,
    state: Mutex<State<T>>,
    /// Something new to take, or the end.
    pub(crate) arrived: Notify,
    /// Whether the appender has written its last.
    closed: AtomicBool,
    pub(crate) counts: Counts,
    disk_is_low: AtomicBool,
    /// Held for as long as anybody may write.
    _lock: File,
}

/// Counts that are read without the lock.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Behind everything durable.
    pub(crate) end: AtomicU64,
    /// Everything before is digested.
    pub(crate) released: AtomicU64,
    /// Bytes on their way to the disk.
    pub(crate) pushing: AtomicU64,
    /// Records not yet taken.
    pub(crate) records: AtomicU64,
    /// Bytes of companions in memory.
    pub(crate) memory: AtomicUsize,
    pub(crate) appended: AtomicU64,
    pub(crate) syncs: AtomicU64,
    pub(crate) lost_bytes: AtomicU64,
}

/// How much waits, and what was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Records that nobody has taken yet.
    pub records: u64,
    /// Bytes of the journal that are not released yet.
    pub bytes: u64,
    /// Bytes of companions in memory.
    pub memory_bytes: usize,
    /// Records appended since the queue was opened.
    pub appended: u64,
    /// Syncs since the queue was opened; `appended / syncs` is how many shared one.
    pub syncs: u64,
    /// Bytes that could not be read back since the queue was opened: damage, which is logged.
    pub lost_bytes: u64,
}

impl<T> Shared<T> {
    pub(crate) fn new(
        directory: PathBuf,
        id: String,
        options: Options,
        segments: Segments,
        counts: Counts,
        lock: File,
    ) -> Self {
        Shared {
            directory,
            id,
            options,
            state: Mutex::new(State {
                segments,
                companions: VecDeque::new(),
            }),
            arrived: Notify::new(),
            closed: AtomicBool::new(false),
            counts,
            disk_is_low: AtomicBool::new(false),
            _lock: lock,
        }
    }

    /// No code that holds the lock panics half-way through a change, so a poisoned lock holds a sound state.
    pub(crate) fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn end(&self) -> Position {
        Position(self.counts.end.load(Ordering::Acquire))
    }

    pub(crate) fn released(&self) -> Position {
        Position(self.counts.released.load(Ordering::Acquire))
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Says that nothing will follow.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.arrived.notify_one();
    }

    /// Whether another `bytes` are too many.
    pub(crate) fn lacks_room(&self, bytes: u64) -> Option<Full> {
        let held = self.end().since(self.released()) + self.counts.pushing.load(Ordering::Relaxed);
        let limit = self.options.max_bytes;
        if held + bytes > limit || held >= limit {
            return Some(Full::Backlog { held, limit });
        }
        if self.disk_is_low.load(Ordering::Relaxed) {
            self.check_disk()
        } else {
            None
        }
    }

    /// Asks the disk how much is free: after every sync, and before every push while it was too little.
    pub(crate) fn check_disk(&self) -> Option<Full> {
        let floor = self.options.disk_floor_bytes;
        let free = match rustix::fs::statvfs(&self.directory) {
            Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
            // Who cannot be asked cannot be obeyed: writing will tell.
            Err(_) => u64::MAX,
        };
        let is_low = free < floor;
        if self.disk_is_low.swap(is_low, Ordering::Relaxed) != is_low {
            tracing::warn!(
                free,
                floor,
                is_low,
                "the free space of the queue's disk crossed its floor"
            );
        }
        is_low.then_some(Full::Disk { free, floor })
    }

    pub(crate) fn backlog(&self) -> Backlog {
        let counts = &self.counts;
        Backlog {
            records: counts.records.load(Ordering::Relaxed),
            bytes: self.end().since(self.released()),
            memory_bytes: counts.memory.load(Ordering::Relaxed),
            appended: counts.appended.load(Ordering::Relaxed),
            syncs: counts.syncs.load(Ordering::Relaxed),
            lost_bytes: counts.lost_bytes.load(Ordering::Relaxed),
        }
    }
}
