//! Plugins that do what a test says.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use errand_engine::{AnswerFuture, AttemptFuture, CallFuture, Plugins};
use errand_model::delivery::AttemptOutcome;
use errand_model::staged::StagedChange;
use errand_model::telling::Telling;
use errand_plugin_host::{
    Action, ActionCall, ActionReply, Admission, Attempt, Called, ChoicePage, DeliveryCall, DigestCall,
    DrawnForm, FindCall, FormCall, InboundCall, InboundReply, PlannedJob, Refused, RequestRecord,
    ScheduleCall,
};
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
    telling: Mutex<Telling>,
    digests: Mutex<Vec<DigestCall>>,
    /// Requests of other systems, and buttons.
    received: Mutex<Vec<InboundCall>>,
    presses: Mutex<Vec<ActionCall>>,
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
            telling: Mutex::default(),
            digests: Mutex::default(),
            received: Mutex::default(),
            presses: Mutex::default(),
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

    /// How every plugin is told of what it is owed from now on.
    pub(crate) fn tell(&self, telling: Telling) {
        *lock(&self.telling) = telling;
    }

    /// The attempts at digests so far.
    pub(crate) fn digests(&self) -> Vec<DigestCall> {
        lock(&self.digests).clone()
    }

    /// The attempts at jobs so far.
    pub(crate) fn runs(&self) -> Vec<ScheduleCall> {
        lock(&self.runs).clone()
    }

    /// The requests that were handed over so far.
    pub(crate) fn received(&self) -> Vec<InboundCall> {
        lock(&self.received).clone()
    }

    /// The buttons pressed so far.
    pub(crate) fn presses(&self) -> Vec<ActionCall> {
        lock(&self.presses).clone()
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

    fn telling(&self, _: &str, _: &Value) -> Telling {
        *lock(&self.telling)
    }

    fn digest<'a>(&'a self, _: &'a str, call: DigestCall) -> AttemptFuture<'a> {
        lock(&self.digests).push(call);
        self.end()
    }

    fn jobs(&self, _: &str, _: &Value) -> Vec<PlannedJob> {
        let cron = *lock(&self.cron);
        let planned = |cron: &str| PlannedJob {
            job: "tidy".to_owned(),
            cron: cron.parse().expect("a cron expression"),
            seconds: Vec::new(),
        };
        cron.map(planned).into_iter().collect()
    }

    fn run_job<'a>(&'a self, _: &'a str, call: ScheduleCall) -> AttemptFuture<'a> {
        lock(&self.runs).push(call);
        self.end()
    }

    fn actions(&self, _: &str) -> Vec<Action> {
        let form = serde_json::json!([{"key": "queue", "type": "text", "label": "Queue", "required": true}]);
        vec![Action {
            id: "ticket".to_owned(),
            label: "Create ticket".to_owned(),
            form: serde_json::from_value(form).expect("a form"),
            drawn: false,
        }]
    }

    fn act<'a>(&'a self, _: &'a str, call: ActionCall) -> CallFuture<'a, ActionReply> {
        lock(&self.presses).push(call);
        Box::pin(async move {
            let attempt = self.end().await;
            let reply = ActionReply {
                message: Some("made".to_owned()),
                open_url: None,
            };
            Called {
                reply: (attempt.outcome == AttemptOutcome::Done).then_some(reply),
                attempt,
            }
        })
    }

    fn draw<'a>(&'a self, _: &'a str, _: FormCall) -> AnswerFuture<'a, DrawnForm> {
        Box::pin(std::future::ready(Ok(DrawnForm::default())))
    }

    fn find<'a>(&'a self, _: &'a str, _: FindCall) -> AnswerFuture<'a, ChoicePage> {
        Box::pin(std::future::ready(Ok(ChoicePage::default())))
    }

    /// Who shows his id has proved himself.
    fn admit(&self, _: &str, call: &InboundCall) -> Result<Admission, Refused> {
        if call.route != "updates" {
            return Err(Refused::NoRoute);
        }
        let id = call.headers.iter().find(|(name, _)| name == "x-id");
        let id = id.ok_or_else(|| Refused::Unproved("the request is not signed".to_owned()))?;
        Ok(Admission {
            receipt: Some(id.1.clone().into_bytes()),
        })
    }

    fn receive<'a>(&'a self, _: &'a str, call: InboundCall) -> CallFuture<'a, InboundReply> {
        lock(&self.received).push(call);
        Box::pin(async move {
            let attempt = self.end().await;
            let reply = InboundReply {
                status: 204,
                content_type: "text/plain",
                body: Vec::new(),
            };
            Called {
                reply: (attempt.outcome == AttemptOutcome::Done).then_some(reply),
                attempt,
            }
        })
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
                body: None,
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
