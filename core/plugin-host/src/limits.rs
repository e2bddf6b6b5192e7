//! Memory and computing time of one call, and whether a limit was hit.
//!
//! The flags matter more than the traps: a guest that gets no memory often ends in a plain `unreachable`, and only
//! the flag tells the admin why.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use wasmtime::{ResourceLimiter, UpdateDeadline};

use crate::watchdog::TICK;

/// Entries of all tables of a call together.
const MAX_TABLE_ENTRIES: usize = 200_000;

/// When the guest last got a thread: known to who polls it, asked by who counts its time.
#[derive(Clone, Debug)]
pub(crate) struct RunClock {
    origin: Instant,
    resumed_nanos: Arc<AtomicU64>,
}

impl RunClock {
    pub(crate) fn new() -> Self {
        RunClock {
            origin: Instant::now(),
            resumed_nanos: Arc::default(),
        }
    }

    /// The guest gets a thread at this moment.
    pub(crate) fn resume(&self, now: Instant) {
        let nanos = u64::try_from(now.duration_since(self.origin).as_nanos()).unwrap_or(u64::MAX);
        self.resumed_nanos.store(nanos, Ordering::Relaxed);
    }

    fn resumed(&self) -> Instant {
        self.origin + Duration::from_nanos(self.resumed_nanos.load(Ordering::Relaxed))
    }
}

/// Counts what a call takes.
#[derive(Debug)]
pub(crate) struct Meter {
    memory_limit: usize,
    memory: usize,
    table_entries: usize,
    /// Whether memory was refused.
    pub(crate) is_memory_exhausted: bool,
    run_clock: RunClock,
    counted_until: Instant,
    cpu_left: Duration,
    /// Whether computing time ran out.
    pub(crate) is_cpu_exhausted: bool,
}

impl Meter {
    /// For that many bytes and that much computing time.
    pub(crate) fn new(memory_limit: usize, cpu: Duration, run_clock: RunClock) -> Self {
        Meter {
            memory_limit,
            memory: 0,
            table_entries: 0,
            is_memory_exhausted: false,
            counted_until: run_clock.origin,
            run_clock,
            cpu_left: cpu,
            is_cpu_exhausted: false,
        }
    }

    /// Bytes of linear memory that there may be.
    pub(crate) fn memory_limit(&self) -> usize {
        self.memory_limit
    }

    /// Linear memory in bytes; it never shrinks.
    pub(crate) fn memory(&self) -> usize {
        self.memory
    }

    /// The guest runs and at least one tick went by since it was last asked: it goes on after others had their turn,
    /// or it is cut.
    ///
    /// What it waited before it got its thread is not counted, and no more than a tick at once: where the machine is
    /// busy, the time may have been somebody else's.
    pub(crate) fn tick(&mut self) -> UpdateDeadline {
        let now = Instant::now();
        let since = self.run_clock.resumed().max(self.counted_until);
        self.counted_until = now;
        match self
            .cpu_left
            .checked_sub(now.saturating_duration_since(since).min(TICK))
        {
            Some(left) if !left.is_zero() => {
                self.cpu_left = left;
                UpdateDeadline::Yield(1)
            }
            _ => {
                self.is_cpu_exhausted = true;
                UpdateDeadline::Interrupt
            }
        }
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _max: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_add(desired.saturating_sub(current));
        if total > self.memory_limit {
            self.is_memory_exhausted = true;
            return Ok(false);
        }
        self.memory = total;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.is_memory_exhausted = true;
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _max: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.table_entries.saturating_add(desired.saturating_sub(current));
        if total > MAX_TABLE_ENTRIES {
            self.is_memory_exhausted = true;
            return Ok(false);
        }
        self.table_entries = total;
        Ok(true)
    }
}
