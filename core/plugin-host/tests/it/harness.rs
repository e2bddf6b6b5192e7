//! A host with its plugins loaded, and deliveries to make.

use std::sync::Arc;
use std::time::Duration;

use errand_model::delivery::AttemptOutcome;
use errand_model::grant::Grant;
use errand_model::{Clock, DeliveryId, InstallationId, ManualClock};
use errand_plugin_host::conformance::{sample_delivery, sample_now};
use errand_plugin_host::{
    Attempt, CallHead, DeliveryCall, HostServices, MemoryServices, Options, PluginHost,
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
    let clock = Arc::new(ManualClock::at(sample_now()));
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
        grant: Grant::default(),
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
    DeliveryCall {
        installation: InstallationId(3),
        idempotency_key: "key-7".to_owned(),
        config,
        ..sample_delivery(&Value::Null)
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
