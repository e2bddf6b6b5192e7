//! Where a plugin is tried: the real component in the real host, a hub in memory that owes it deliveries, and a service
//! in the network's place.
//!
//! ```ignore
//! let stand = Stand::set("jira", settings, &mock).await?;
//! let issue = stand.hub().new_issue("it broke");      // owes the plugin `issue.created`, if it subscribes to it
//! stand.settle().await;                                // delivers all that is owed, as often as need be
//! ```
//!
//! What the plugin stages takes place with the acknowledgement, or never: [`Fate::Unacknowledged`] is a hub that dies
//! before it could write down that a call ended.

mod apply;
mod forms;
mod hub;
mod owed;
mod search;
mod services;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use errand_model::delivery::AttemptOutcome;
use errand_model::grant::Grant;
use errand_model::lifecycle::{Actor, Change, LifecycleEvent};
use errand_model::{
    Clock, DeliveryId, InstallationId, IssueId, LifecycleId, ManualClock, OrganizationId, Timestamp,
};
use errand_plugin_host::{
    ActionCall, ActionReply, Admission, Attempt, CallHead, Called, ChoicePage, ChoicesCall, DeliveryCall,
    DigestCall, HostServices, InboundCall, InboundReply, Options, PluginHost, Remote, ScheduleCall,
};
use errand_tests::contract::{Mock, Simulator};
use serde_json::{Value, json};

pub use hub::Hub;
pub use wire::wire;

/// The installation under test.
pub const INSTALLATION: InstallationId = InstallationId(1);
/// When everything begins.
pub const START: Timestamp = Timestamp::from_seconds(1_790_000_000);
/// Attempts at one delivery before a test gives up.
const MAX_ATTEMPTS: u32 = 50;

/// What becomes of a call that went well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is acknowledged.
    Acknowledged,
    /// The hub dies before: nothing that was staged takes place, and the delivery comes again.
    Unacknowledged,
}

/// A plugin on trial.
pub struct Stand {
    host: PluginHost,
    hub: Arc<Hub>,
    clock: Arc<ManualClock>,
    plugin: String,
    settings: Value,
}

impl Stand {
    /// Loads a bundled plugin and installs it with these settings.
    pub async fn set<S: Simulator>(plugin: &str, settings: Value, service: &Mock<S>) -> Result<Self> {
        Stand::reaching(plugin, settings, wire(service)).await
    }

    /// The same, with something else in the network's place.
    pub async fn reaching(plugin: &str, settings: Value, remote: Arc<dyn Remote>) -> Result<Self> {
        let hub = Arc::new(Hub::default());
        let clock = Arc::new(ManualClock::at(START));
        let options = Options {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            cache: Some(target()?.join("tmp/compiled")),
            remote: Some(remote),
            ..Options::default()
        };
        let host = PluginHost::new(&options, Arc::clone(&hub) as Arc<dyn HostServices>)?;
        host.load(component(plugin)?).await?;
        let problems = host.validate_config(plugin, &settings, &Grant::default()).await?;
        if !problems.is_empty() {
            bail!("the settings are refused: {problems:?}");
        }
        Ok(Stand {
            host,
            hub,
            clock,
            plugin: plugin.to_owned(),
            settings,
        })
    }

    /// The hub, to do there what people and programs do.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// What the admin set.
    pub fn settings(&self) -> &Value {
        &self.settings
    }

    /// The host, for what this stand has no word for.
    pub fn host(&self) -> &PluginHost {
        &self.host
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A call of another system without headers and body, for tests of who is let in.
    pub fn inbound(&self, route: &str) -> InboundCall {
        InboundCall {
            head: self.head(),
            route: route.to_owned(),
            method: "POST".to_owned(),
            query: String::new(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Time goes by.
    pub fn pass(&self, time: Duration) {
        self.clock
            .advance_millis(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
        self.hub.set_time(self.clock.now());
    }

    /// Makes one attempt at the delivery that is owed first; none if nothing is owed. A failure leaves it owed, but
    /// for one that says that it will never work.
    pub async fn deliver(&self, fate: Fate) -> Option<Attempt> {
        let (owed, issue) = self
            .hub
            .next_owed(|change| self.host.wants(&self.plugin, &self.settings, change))?;
        let call = DeliveryCall {
            delivery: DeliveryId(owed.event.id.0),
            installation: INSTALLATION,
            idempotency_key: format!("errand-{}", owed.event.id),
            attempt: owed.attempts + 1,
            is_replay: owed.is_replay,
            is_dry_run: false,
            timeout: Duration::from_secs(20),
            event: owed.event.clone(),
            issue,
            skipped: Vec::new(),
            config: self.settings.clone(),
            grant: Grant::default(),
        };
        let attempt = self.host.deliver(&self.plugin, call).await;
        match (&attempt.outcome, fate) {
            (AttemptOutcome::Done | AttemptOutcome::Ignored, Fate::Acknowledged) => {
                self.hub.acknowledge(owed.event.id, &attempt.changes);
            }
            (AttemptOutcome::Permanent { .. }, _) => self.hub.acknowledge(owed.event.id, &[]),
            _ => self.hub.tried(owed.event.id),
        }
        Some(attempt)
    }

    /// Delivers all that is owed, and gives how each attempt went. Between attempts that fail an hour goes by.
    pub async fn settle(&self) -> Result<Vec<Attempt>> {
        let mut attempts = Vec::new();
        while let Some(attempt) = self.deliver(Fate::Acknowledged).await {
            let failed = !matches!(attempt.outcome, AttemptOutcome::Done | AttemptOutcome::Ignored);
            if failed {
                self.pass(Duration::from_secs(3_600));
            }
            attempts.push(attempt);
            if attempts
                .iter()
                .rev()
                .take(MAX_ATTEMPTS as usize)
                .filter(|attempt| !matches!(attempt.outcome, AttemptOutcome::Done | AttemptOutcome::Ignored))
                .count()
                >= MAX_ATTEMPTS as usize
            {
                bail!(
                    "it does not settle: {:?}",
                    attempts.last().map(|attempt| &attempt.outcome)
                );
            }
        }
        Ok(attempts)
    }

    /// Delivers all that is owed, each at the first attempt, and fails if one does not end well.
    pub async fn settle_at_once(&self) -> Result<()> {
        while let Some(attempt) = self.deliver(Fate::Acknowledged).await {
            ended_well(&attempt)?;
        }
        Ok(())
    }

    /// Tells of what Ada did to issues, together. `key` is the same in every attempt.
    pub async fn digest(&self, group: &str, key: &str, happened: &[(IssueId, Change)]) -> Result<Attempt> {
        let mut events = Vec::with_capacity(happened.len());
        for (issue, change) in happened {
            let issue = self.hub.issue(*issue).context("the issue is there")?;
            let event = LifecycleEvent {
                id: LifecycleId(self.hub.next_number()),
                organization: OrganizationId(1),
                project: issue.project.id,
                issue: issue.id,
                change: change.clone(),
                actor: ada(),
                chain_depth: 0,
                at: self.clock.now(),
            };
            events.push((event, issue));
        }
        let call = DigestCall {
            head: CallHead {
                idempotency_key: key.to_owned(),
                ..self.head()
            },
            group: group.to_owned(),
            events,
        };
        Ok(self.host.digest(&self.plugin, call).await)
    }

    /// Runs a job of the manifest.
    pub async fn job(&self, job: &str) -> Attempt {
        let call = ScheduleCall {
            head: self.head(),
            job: job.to_owned(),
            due: self.clock.now(),
        };
        let attempt = self.host.run_job(&self.plugin, call).await;
        self.take(&attempt);
        attempt
    }

    /// Somebody presses a button on an issue.
    pub async fn press(&self, action: &str, issue: IssueId, input: Value) -> Result<Called<ActionReply>> {
        let call = ActionCall {
            head: self.head(),
            action: action.to_owned(),
            issue: self.hub.issue(issue).context("the issue is there")?,
            by: ada(),
            input,
        };
        let called = self.host.act(&self.plugin, call).await;
        self.take(&called.attempt);
        Ok(called)
    }

    /// Another system calls. `Err` if it is not let in.
    pub async fn call(
        &self,
        route: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        fate: Fate,
    ) -> Result<Called<InboundReply>, errand_plugin_host::Refused> {
        let call = self.sent(route, headers, body);
        self.host.admit(&self.plugin, &call)?;
        let called = self.host.receive(&self.plugin, call).await;
        if fate == Fate::Acknowledged {
            self.take(&called.attempt);
        }
        Ok(called)
    }

    /// Whether another system would be let in, and what its request is known by.
    pub fn admit(
        &self,
        route: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Admission, errand_plugin_host::Refused> {
        self.host.admit(&self.plugin, &self.sent(route, headers, body))
    }

    fn sent(&self, route: &str, headers: &[(&str, &str)], body: &[u8]) -> InboundCall {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), (*value).to_owned()));
        InboundCall {
            headers: headers.collect(),
            body: body.to_vec(),
            ..self.inbound(route)
        }
    }

    /// What may be chosen for a setting.
    pub async fn choices(&self, setting: &str, query: &str) -> Result<ChoicePage> {
        let call = ChoicesCall {
            installation: INSTALLATION,
            config: self.settings.clone(),
            grant: Grant::default(),
            setting: setting.to_owned(),
            query: query.to_owned(),
            page: None,
        };
        Ok(self.host.look_up(&self.plugin, call).await?)
    }

    fn head(&self) -> CallHead {
        let number = self.hub.next_number();
        CallHead {
            delivery: DeliveryId(number),
            installation: INSTALLATION,
            idempotency_key: format!("call-{number}"),
            attempt: 1,
            is_replay: false,
            is_dry_run: false,
            timeout: Duration::from_secs(20),
            config: self.settings.clone(),
            grant: Grant::default(),
        }
    }

    fn take(&self, attempt: &Attempt) {
        if matches!(attempt.outcome, AttemptOutcome::Done | AttemptOutcome::Ignored) {
            self.hub.apply(&attempt.changes);
        }
    }
}

fn ada() -> Actor {
    Actor::User {
        id: None,
        name: "Ada".to_owned(),
    }
}

/// Fails unless an attempt ended well.
pub fn ended_well(attempt: &Attempt) -> Result<()> {
    match attempt.outcome {
        AttemptOutcome::Done | AttemptOutcome::Ignored => Ok(()),
        _ => bail!(
            "it ended as {:?}; it said {:?}; it asked {:?}",
            attempt.outcome,
            attempt.log,
            attempt.requests
        ),
    }
}

/// How an attempt ended, as its kind: `done`, `rate_limited`, `auth`.
pub fn kind(attempt: &Attempt) -> String {
    let outcome = json!(attempt.outcome);
    outcome["kind"].as_str().unwrap_or_default().to_owned()
}

/// A bundled plugin's component, as `cargo xtask plugins` built it.
fn component(plugin: &str) -> Result<Vec<u8>> {
    let path = target()?
        .join("plugins")
        .join(plugin.replace('-', "_"))
        .with_extension("wasm");
    std::fs::read(&path).with_context(|| format!("{}: run `cargo xtask plugins`", path.display()))
}

/// `target`, of `target/debug/deps/errands-…`.
fn target() -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let target = test
        .ancestors()
        .nth(3)
        .context("the test lies in the target folder")?;
    Ok(target.to_owned())
}
