//! Plugins that do what a test says.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use errand_engine::{AttemptFuture, Plugins};
use errand_model::delivery::AttemptOutcome;
use errand_model::staged::StagedChange;
use errand_plugin_host::{Attempt, DeliveryCall, PlannedJob, RequestRecord, ScheduleCall};
use serde_json::Value;
use tokio::sync::Semaphore;

/// Answers attempts from a script, then with `Done`, and remembers them.
pub(crate) struct PlayedPlugins {
    script: Mutex<VecDeque<AttemptOutcome>>,
    calls: Mutex<Vec<DeliveryCall>>,
    unwanted: Mutex<HashSet<&'static str>>,
    /// When every plugin's job `tidy` is to be done.
    cron: Mutex<Option<&'static str>>,
    runs: Mutex<Vec<ScheduleCall>>,
    /// What all attempts end in, while it is there.
    always: Mutex<Option<AttemptOutcome>>,
    /// What all attempts want changed.
    changes: Mutex<Vec<StagedChange>>,
    /// Attempts wait here for leave to end.
    gate: Semaphore,
}

impl Default for PlayedPlugins {
    fn default() -> Self {
        PlayedPlugins {
            script: Mutex::default(),
            calls: Mutex::default(),
            unwanted: Mutex::default(),
            cron: Mutex::default(),
            runs: Mutex::default(),
            always: Mutex::default(),
            changes: Mutex::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        }
    }
}

impl PlayedPlugins {
    /// What the next attempts end in.
    pub(crate) fn play(&self, outcomes: impl IntoIterator<Item = AttemptOutcome>) {
        lock(&self.script).extend(outcomes);
    }

    /// What all attempts end in from now on; none for what the script says.
    pub(crate) fn always(&self, outcome: Option<AttemptOutcome>) {
        *lock(&self.always) = outcome;
    }

    /// What all attempts want changed from now on, however they end.
    pub(crate) fn stage(&self, changes: impl IntoIterator<Item = StagedChange>) {
        *lock(&self.changes) = changes.into_iter().collect();
    }

    /// The attempts so far.
    pub(crate) fn calls(&self) -> Vec<DeliveryCall> {
        lock(&self.calls).clone()
    }

    /// No plugin wants this change any more.
    pub(crate) fn unwant(&self, change: &'static str) {
        lock(&self.unwanted).insert(change);
    }

    /// Every plugin has a job `tidy` from now on; none for no job.
    pub(crate) fn schedule(&self, cron: Option<&'static str>) {
        *lock(&self.cron) = cron;
    }

    /// The attempts at jobs so far.
    pub(crate) fn runs(&self) -> Vec<ScheduleCall> {
        lock(&self.runs).clone()
    }

    /// Holds attempts until [`PlayedPlugins::open_gate`].
    pub(crate) fn close_gate(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub(crate) fn open_gate(&self) {
        self.gate.add_permits(1_000);
    }
}

impl Plugins for PlayedPlugins {
    fn knows(&self, plugin: &str) -> bool {
        plugin != "absent"
    }

    fn wants(&self, _: &str, _: &Value, change: &str) -> bool {
        !lock(&self.unwanted).contains(change)
    }

    fn deliver<'a>(&'a self, _: &'a str, call: DeliveryCall) -> AttemptFuture<'a> {
        lock(&self.calls).push(call);
        self.end()
    }

    fn jobs(&self, _: &str, _: &Value) -> Vec<PlannedJob> {
        let cron = *lock(&self.cron);
        let planned = |cron: &str| PlannedJob {
            job: "tidy".to_owned(),
            cron: cron.parse().expect("a cron expression"),
        };
        cron.map(planned).into_iter().collect()
    }

    fn run_job<'a>(&'a self, _: &'a str, call: ScheduleCall) -> AttemptFuture<'a> {
        lock(&self.runs).push(call);
        self.end()
    }
}

impl PlayedPlugins {
    /// Ends an attempt as the script says.
    fn end(&self) -> AttemptFuture<'_> {
        Box::pin(async move {
            let leave = self.gate.acquire().await.expect("the gate stays");
            drop(leave);
            let always = lock(&self.always).clone();
            let outcome = always.or_else(|| lock(&self.script).pop_front());
            let request = RequestRecord {
                method: "POST".to_owned(),
                url: "https://far.example/hook".to_owned(),
                status: None,
                error: None,
                ms: 3,
                sent_bytes: 0,
                received_bytes: 0,
            };
            Attempt {
                outcome: outcome.unwrap_or(AttemptOutcome::Done),
                log: Vec::new(),
                requests: vec![request],
                changes: lock(&self.changes).clone(),
                explanation: None,
                cpu_ms: 1,
                memory_bytes: 2,
                wall_ms: 3,
            }
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
