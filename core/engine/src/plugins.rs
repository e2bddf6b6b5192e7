//! What the engine needs of whoever runs plugins; a test stands in for it.

use std::pin::Pin;

use errand_model::telling::Telling;
use errand_plugin_host::{
    Action, ActionCall, ActionReply, Admission, Attempt, Called, CheckError, ChoicePage, DeliveryCall,
    DigestCall, DrawnForm, FindCall, FormCall, InboundCall, InboundReply, PlannedJob, PluginHost, Refused,
    ScheduleCall,
};
use serde_json::Value;
use tokio::runtime::Handle;

/// An attempt under way.
pub type AttemptFuture<'a> = Pin<Box<dyn Future<Output = Attempt> + Send + 'a>>;

/// A call under way that answers more than how it went.
pub type CallFuture<'a, T> = Pin<Box<dyn Future<Output = Called<T>> + Send + 'a>>;

/// A question under way.
pub type AnswerFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, CheckError>> + Send + 'a>>;

/// Whoever runs plugins.
pub trait Plugins: Send + Sync + 'static {
    /// The threads that plugins run on, where they have some of their own: whoever makes many calls makes them there.
    fn threads(&self) -> Option<Handle> {
        None
    }

    /// Whether there is a plugin of that id.
    fn knows(&self, plugin: &str) -> bool;

    /// Whether an installation of `plugin` with the settings `config` wants to hear of `change` (`issue.created`).
    fn wants(&self, plugin: &str, config: &Value, change: &str) -> bool;

    /// How an installation of `plugin` with the settings `config` is told of what it is owed.
    fn telling(&self, plugin: &str, config: &Value) -> Telling;

    /// Makes one attempt at a digest; whoever stops waiting ends it.
    fn digest<'a>(&'a self, plugin: &'a str, call: DigestCall) -> AttemptFuture<'a>;

    /// Makes one attempt at a delivery; whoever stops waiting ends it.
    fn deliver<'a>(&'a self, plugin: &'a str, call: DeliveryCall) -> AttemptFuture<'a>;

    /// What an installation of `plugin` with the settings `config` has to do by the clock.
    fn jobs(&self, plugin: &str, config: &Value) -> Vec<PlannedJob>;

    /// Has a job done that is due; whoever stops waiting ends it.
    fn run_job<'a>(&'a self, plugin: &'a str, call: ScheduleCall) -> AttemptFuture<'a>;

    /// The buttons that a plugin offers on issues.
    fn actions(&self, plugin: &str) -> Vec<Action>;

    /// Does what a button asks for; whoever stops waiting ends it.
    fn act<'a>(&'a self, plugin: &'a str, call: ActionCall) -> CallFuture<'a, ActionReply>;

    /// The form of a button that the plugin draws.
    fn draw<'a>(&'a self, plugin: &'a str, call: FormCall) -> AnswerFuture<'a, DrawnForm>;

    /// What may be chosen for a field of such a form.
    fn find<'a>(&'a self, plugin: &'a str, call: FindCall) -> AnswerFuture<'a, ChoicePage>;

    /// Whether a request of another system may wake the plugin.
    ///
    /// # Errors
    /// [`Refused`] says why not.
    fn admit(&self, plugin: &str, call: &InboundCall) -> Result<Admission, Refused>;

    /// Hands over a request that was admitted; whoever stops waiting ends it.
    fn receive<'a>(&'a self, plugin: &'a str, call: InboundCall) -> CallFuture<'a, InboundReply>;
}

impl Plugins for PluginHost {
    fn threads(&self) -> Option<Handle> {
        PluginHost::threads(self)
    }

    fn knows(&self, plugin: &str) -> bool {
        PluginHost::knows(self, plugin)
    }

    fn wants(&self, plugin: &str, config: &Value, change: &str) -> bool {
        PluginHost::wants(self, plugin, config, change)
    }

    fn telling(&self, plugin: &str, config: &Value) -> Telling {
        PluginHost::telling(self, plugin, config)
    }

    fn digest<'a>(&'a self, plugin: &'a str, call: DigestCall) -> AttemptFuture<'a> {
        Box::pin(PluginHost::digest(self, plugin, call))
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

    fn actions(&self, plugin: &str) -> Vec<Action> {
        PluginHost::actions(self, plugin)
    }

    fn act<'a>(&'a self, plugin: &'a str, call: ActionCall) -> CallFuture<'a, ActionReply> {
        Box::pin(PluginHost::act(self, plugin, call))
    }

    fn draw<'a>(&'a self, plugin: &'a str, call: FormCall) -> AnswerFuture<'a, DrawnForm> {
        Box::pin(PluginHost::draw(self, plugin, call))
    }

    fn find<'a>(&'a self, plugin: &'a str, call: FindCall) -> AnswerFuture<'a, ChoicePage> {
        Box::pin(PluginHost::find(self, plugin, call))
    }

    fn admit(&self, plugin: &str, call: &InboundCall) -> Result<Admission, Refused> {
        PluginHost::admit(self, plugin, call)
    }

    fn receive<'a>(&'a self, plugin: &'a str, call: InboundCall) -> CallFuture<'a, InboundReply> {
        Box::pin(PluginHost::receive(self, plugin, call))
    }
}
