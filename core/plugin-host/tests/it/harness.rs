//! A host with its plugins loaded, and deliveries to make.

use std::sync::Arc;
use std::time::Duration;

use errand_model::delivery::AttemptOutcome;
use errand_model::issue::{Priority, Status, Substatus};
use errand_model::lifecycle::{Actor, Change, LifecycleEvent};
use errand_model::{
    Clock, DeliveryId, InstallationId, IssueId, Level, LifecycleId, ManualClock, OrganizationId, ProjectId,
    Timestamp,
};
use errand_plugin_host::{
    Attempt, CallHead, DeliveryCall, HostServices, IssueSummary, MemoryServices, Options, PluginHost,
    ProjectSummary,
};
use serde_json::Value;

use crate::guests;

/// Options under which a test may talk to this machine.
pub(crate) fn local() -> Options {
    Options {
        allow_networks: vec!["127.0.0.0/8".parse().expect("a network")],
        ..closed()
    }
}

/// Options under which nothing private is reached. Few slots: every test has a host of its own.
pub(crate) fn closed() -> Options {
    Options {
        slots: 8,
        ..Options::default()
    }
}

/// A host without plugins.
pub(crate) fn empty_host(options: &Options) -> PluginHost {
    PluginHost::new(options, Arc::new(MemoryServices::default())).expect("a host")
}

/// A host with the plugin `behaviours`.
pub(crate) async fn host(options: &Options) -> PluginHost {
    let host = empty_host(options);
    host.load(guests::behaviours()).await.expect("the plugin loads");
    host
}

/// A host with the plugin `behaviours`, a clock that stands still, and a hub to ask.
pub(crate) async fn host_with(
    options: &Options,
    services: &Arc<MemoryServices>,
) -> (PluginHost, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(Timestamp::from_seconds(1_790_000_000)));
    let options = Options {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ..options.clone()
    };
    let host = PluginHost::new(&options, Arc::clone(services) as Arc<dyn HostServices>).expect("a host");
    host.load(guests::behaviours()).await.expect("the plugin loads");
    (host, clock)
}

/// What all calls but deliveries begin with.
pub(crate) fn head(config: Value) -> CallHead {
    CallHead {
        delivery: DeliveryId(7),
        installation: InstallationId(3),
        idempotency_key: "key-7".to_owned(),
        attempt: 1,
        is_replay: false,
        is_dry_run: false,
        timeout: Duration::from_secs(10),
        config,
    }
}

/// The lines that a plugin logged.
pub(crate) fn said(attempt: &Attempt) -> Vec<&str> {
    attempt.log.iter().map(|line| line.message.as_str()).collect()
}

/// Makes `behaviours` do something.
pub(crate) async fn behave(host: &PluginHost, config: Value) -> Attempt {
    host.deliver("behaviours", call(config)).await
}

/// A delivery of a new issue.
pub(crate) fn call(config: Value) -> DeliveryCall {
    let at = Timestamp::from_seconds(1_790_000_000);
    DeliveryCall {
        delivery: DeliveryId(7),
        installation: InstallationId(3),
        idempotency_key: "key-7".to_owned(),
        attempt: 1,
        is_replay: false,
        is_dry_run: false,
        timeout: Duration::from_secs(10),
        event: LifecycleEvent {
            id: LifecycleId(11),
            organization: OrganizationId(1),
            project: ProjectId(2),
            issue: IssueId(5),
            change: Change::Created,
            actor: Actor::System,
            chain_depth: 0,
            at,
        },
        issue: IssueSummary {
            id: IssueId(5),
            short_id: "SHOP-1A".to_owned(),
            url: "https://errors.example.com/issues/5/".to_owned(),
            title: "TypeError: x is undefined".to_owned(),
            culprit: "checkout.js in pay".to_owned(),
            level: Level::Error,
            status: Status::Unresolved,
            substatus: Substatus::New,
            priority: Priority::High,
            assignee: None,
            platform: "javascript".to_owned(),
            first_seen: at,
            last_seen: at,
            times_seen: 1,
            users_seen: 1,
            project: ProjectSummary {
                id: ProjectId(2),
                slug: "shop".to_owned(),
                name: "Shop".to_owned(),
                platform: Some("javascript".to_owned()),
                organization: "example".to_owned(),
            },
            revision: 1,
        },
        config,
    }
}

/// The limit that ended an attempt.
pub(crate) fn crashed_by(attempt: &Attempt) -> &str {
    match &attempt.outcome {
        AttemptOutcome::Crashed { limit, .. } => limit,
        other => panic!("{other:?} is no crash"),
    }
}

/// The text of a permanent failure.
pub(crate) fn permanent(attempt: &Attempt) -> &str {
    match &attempt.outcome {
        AttemptOutcome::Permanent { message } => message,
        other => panic!("{other:?} is no permanent failure"),
    }
}

/// Everything of an attempt that is written down.
pub(crate) fn written(attempt: &Attempt) -> String {
    serde_json::to_string(attempt).expect("JSON")
}
