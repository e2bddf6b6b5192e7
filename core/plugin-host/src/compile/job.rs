//! What the hub tells the child, as one argument: JSON, because both ends are the same build.

use serde::{Deserialize, Serialize};
use wasmtime::Engine;

use crate::engine::{self, EngineKind};
use crate::options::CompileLimits;

/// What to compile for, and within which limits.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Job {
    /// The settings of the engine that will run the code.
    pub(super) engine: EngineKind,
    /// [`engine::fingerprint`] of it: code that would not fit is not made.
    pub(super) fingerprint: u64,
    /// Computing time in seconds.
    pub(super) cpu_seconds: u64,
    /// Bytes of memory beyond what the child had mapped when it started.
    pub(super) memory: u64,
    /// Bytes that are read.
    pub(super) input: u64,
}

impl Job {
    pub(super) fn new(engine: &Engine, kind: EngineKind, limits: &CompileLimits, input: usize) -> Self {
        Job {
            engine: kind,
            fingerprint: engine::fingerprint(engine),
            cpu_seconds: limits.cpu.as_secs().max(1),
            memory: limits.memory as u64,
            input: input as u64,
        }
    }
}
