//! The bounds of the engine.

use std::path::PathBuf;
use std::time::Duration;

/// The bounds of the engine.
#[derive(Clone, Debug)]
pub struct Options {
    /// Taking envelopes in.
    pub intake: IntakeOptions,
    /// Making rows of them.
    pub digest: DigestOptions,
    /// Delivering to plugins.
    pub dispatch: DispatchOptions,
    /// The address of the hub as people reach it, for links to issues.
    pub base_url: String,
}

/// The bounds of the intake.
#[derive(Clone, Copy, Debug)]
pub struct IntakeOptions {
    /// Bytes of digested envelopes waiting in memory from which on envelopes are only checked, and digested later.
    pub pressure_memory_bytes: usize,
    /// Bytes of undigested journal from which on the same holds.
    pub pressure_backlog_bytes: u64,
    /// Bodies of that many bytes or more are digested off the request's task, a few at a time.
    pub large_body_bytes: usize,
    /// How many large bodies are digested at a time.
    pub large_at_once: usize,
    /// When SDKs are told to come back to a full queue.
    pub retry_after: Duration,
    /// Projects whose compiled rules are kept.
    pub cached_projects: usize,
    /// How long changed settings of a project may go unnoticed.
    pub settings_ttl: Duration,
}

/// The bounds of the digest.
#[derive(Clone, Debug)]
pub struct DigestOptions {
    /// Envelopes that share a transaction at most.
    pub batch_records: usize,
    /// Bytes of the journal that share a transaction, give or take one envelope.
    pub batch_bytes: u64,
    /// The time between two batches under load, in which company gathers. With less load it is shorter, and an event
    /// that comes alone is taken at once.
    pub gather: Duration,
    /// Threads that digest what was only checked when it came.
    pub threads: usize,
    /// Where envelopes go that cannot be stored.
    pub dead_letters: PathBuf,
    /// Files kept there at most; beyond them such envelopes are only logged.
    pub dead_letter_files: usize,
}

/// The bounds of the dispatch.
#[derive(Clone, Copy, Debug)]
pub struct DispatchOptions {
    /// Attempts under way at a time.
    pub at_once: usize,
    /// Attempts under way at a time for one installation.
    pub per_installation: usize,
    /// Deliveries of one installation that are claimed ahead of their turn, where they go fast.
    pub ahead: usize,
    /// How long an attempt may take.
    pub deadline: Duration,
    /// How much longer than that an attempt keeps its claim, before another may take it up.
    pub lease_margin: Duration,
    /// How long due deliveries may go unnoticed when nobody says that there are some.
    pub poll: Duration,
    /// How long nobody is told anything after they were told something, at first; up to twelve times that while much
    /// happens.
    pub notice_pause: Duration,
}

/// From about so many records on a larger batch saves the database little.
const WORTHWHILE: usize = 400;

impl Options {
    /// The defaults, with dead letters in `dead_letters` and links to `base_url`.
    pub fn new(dead_letters: PathBuf, base_url: String) -> Self {
        Options {
            intake: IntakeOptions::default(),
            digest: DigestOptions::new(dead_letters),
            dispatch: DispatchOptions::default(),
            base_url,
        }
    }
}

impl Default for IntakeOptions {
    fn default() -> Self {
        IntakeOptions {
            pressure_memory_bytes: 24 << 20,
            pressure_backlog_bytes: 32 << 20,
            large_body_bytes: 256 << 10,
            large_at_once: 2,
            retry_after: Duration::from_secs(30),
            cached_projects: 1_000,
            settings_ttl: Duration::from_secs(5),
        }
    }
}

impl DigestOptions {
    /// The defaults, with dead letters in that folder.
    pub fn new(dead_letters: PathBuf) -> Self {
        DigestOptions {
            batch_records: 2_000,
            batch_bytes: 8 << 20,
            gather: Duration::from_millis(100),
            threads: std::thread::available_parallelism().map_or(2, usize::from),
            dead_letters,
            dead_letter_files: 1_000,
        }
    }

    /// How long to wait from the start of a batch of `records` to the next: as much of the time for gathering as
    /// the batch was of one that is worth it.
    pub(crate) fn pause(&self, records: usize) -> Duration {
        let share = records.min(WORTHWHILE) as f64 / WORTHWHILE as f64;
        self.gather.mul_f64(share)
    }
}

impl Default for DispatchOptions {
    fn default() -> Self {
        DispatchOptions {
            at_once: 64,
            per_installation: 4,
            ahead: 128,
            deadline: Duration::from_secs(30),
            lease_margin: Duration::from_secs(30),
            poll: Duration::from_secs(1),
            notice_pause: Duration::from_secs(300),
        }
    }
}
