//! Memory and computing time of one call, and whether a limit was hit.
//!
//! The flags matter more than the traps: a guest that gets no memory often ends in a plain `unreachable`, and only
//! the flag tells the admin why.

use wasmtime::{ResourceLimiter, UpdateDeadline};

/// Entries of all tables of a call together.
const MAX_TABLE_ENTRIES: usize = 200_000;

/// Counts what a call takes.
#[derive(Debug)]
pub(crate) struct Meter {
    memory_limit: usize,
    memory: usize,
    table_entries: usize,
    /// Whether memory was refused.
    pub(crate) is_memory_exhausted: bool,
    ticks_left: u64,
    /// Whether computing time ran out.
    pub(crate) is_cpu_exhausted: bool,
}

impl Meter {
    /// For `memory_limit` bytes and `ticks` ticks.
    pub(crate) fn new(memory_limit: usize, ticks: u64) -> Self {
        Meter {
            memory_limit,
            memory: 0,
            table_entries: 0,
            is_memory_exhausted: false,
            ticks_left: ticks.max(1),
            is_cpu_exhausted: false,
        }
    }

    /// Linear memory in bytes; it never shrinks.
    pub(crate) fn memory(&self) -> usize {
        self.memory
    }

    /// A tick went by while the guest ran: it goes on after others had their turn, or it is cut.
    pub(crate) fn tick(&mut self) -> UpdateDeadline {
        match self.ticks_left.checked_sub(1) {
            Some(left) => {
                self.ticks_left = left;
                UpdateDeadline::Yield(1)
            }
            None => {
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
