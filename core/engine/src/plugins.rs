//! What the engine needs of whoever runs plugins; a test stands in for it.

use std::pin::Pin;

use errand_plugin_host::{Attempt, DeliveryCall, PlannedJob, PluginHost, ScheduleCall};
use serde_json::Value;

/// An attempt under way.
pub type AttemptFuture<'a> = Pin<Box<dyn Future<Output = Attempt> + Send + 'a>>;

/// Whoever runs plugins.
pub trait Plugins: Send + Sync + 'static {
    /// Whether there is a plugin of that id.
    fn knows(&self, plugin: &str) -> bool;

    /// Whether an installation of `plugin` with the settings `config` wants to hear of `change` (`issue.created`).
    fn wants(&self, plugin: &str, config: &Value, change: &str) -> bool;

    /// Makes one attempt at a delivery; whoever stops waiting ends it.
    fn deliver<'a>(&'a self, plugin: &'a str, call: DeliveryCall) -> AttemptFuture<'a>;

    /// What an installation of `plugin` with the settings `config` has to do by the clock.
    fn jobs(&self, plugin: &str, config: &Value) -> Vec<PlannedJob>;

    /// Has a job done that is due; whoever stops waiting ends it.
    fn run_job<'a>(&'a self, plugin: &'a str, call: ScheduleCall) -> AttemptFuture<'a>;
}

impl Plugins for PluginHost {
    fn knows(&self, plugin: &str) -> bool {
        PluginHost::knows(self, plugin)
    }

    fn wants(&self, plugin: &str, config: &Value, change: &str) -> bool {
        PluginHost::wants(self, plugin, config, change)
    }

    fn deliver<'a>(&'a self, plugin: &'a str, call: DeliveryCall) -> AttemptFuture<'a> {
        Box::pin(PluginHost::deliver(self, plugin, call))
    }

    fn jobs(&self, plugin: &str, config: &Value) -> Vec<PlannedJob> {
        PluginHost::jobs(self, plugin, config)
    }

    fn run_job<'a>(&'a self, plugin: &'a str, call: ScheduleCall) -> AttemptFuture<'a> {
        Box::pin(PluginHost::run_job(self, plugin, call))
    }
}
