//! The calls that the hub makes, one method each. None fails: whatever happens is the attempt's outcome.

use std::sync::Arc;

use errand_model::delivery::AttemptOutcome;
use serde_json::Value;
use tokio::runtime::Handle;

use crate::attempt::{Attempt, DeliveryCall};
use crate::component::Plugin;
use crate::error::CheckError;
use crate::occasions::{
    ActionCall, ActionReply, Admission, Called, ChoicePage, ChoicesCall, DigestCall, DrawnForm, FindCall,
    FormCall, InboundCall, InboundReply, LookBack, LookBackCall, OlderSettings, Refused, RetraceCall,
    Retraced, ScheduleCall,
};
use crate::registry::{Absent, parts};
use crate::shared::Shared;
use crate::{PluginHost, broken_off, calls};

/// What the reason begins with, why an installation is held whose plugin does not run. The hub lets it go on by itself
/// once the plugin runs.
pub const WAITS_FOR_PLUGIN: &str = "waits for the plugin '";

/// How long a call waits for another version to take the settings over, which is looked after every two seconds.
const TAKEOVER_MS: u64 = 2_000;

fn waits(plugin: &str, absent: &Absent) -> AttemptOutcome {
    let (plugin, _) = parts(plugin);
    let why = match absent {
        Absent::TakesOver => {
            return AttemptOutcome::RateLimited {
                after_ms: TAKEOVER_MS,
            };
        }
        Absent::NotLoaded => "which is not loaded".to_owned(),
        Absent::NotAgreed { version, beyond } => format!(
            "of which {version} wants to {}: somebody has to agree, on the page Plugins or with `errand plugin agree`",
            beyond.join(", ")
        ),
    };
    AttemptOutcome::Config {
        message: format!("{WAITS_FOR_PLUGIN}{plugin}', {why}"),
    }
}

impl PluginHost {
    /// The threads that plugins run on, for whoever makes many calls: a call that is made there changes no threads. None
    /// while the host stops.
    pub fn threads(&self) -> Option<Handle> {
        self.executor.handle()
    }

    /// Makes one attempt at a delivery. Waits for a free slot first; the call's time counts from then. Whoever stops
    /// waiting ends the call.
    ///
    /// `Retry` with the text of [`CallError::Host`](crate::CallError) is the hub's own fault, a `Config` says that
    /// the plugin is not loaded; everything else is the plugin's or the destination's word.
    pub async fn deliver(&self, plugin: &str, call: DeliveryCall) -> Attempt {
        let call = |shared: Arc<Shared>, plugin: Arc<Plugin>| async move {
            calls::events::deliver(&shared, &plugin, &call).await
        };
        self.attempt(plugin, call).await.unwrap_or_else(Attempt::not_run)
    }

    /// Delivers what came together in a window; otherwise like [`deliver`](Self::deliver).
    pub async fn digest(&self, plugin: &str, call: DigestCall) -> Attempt {
        let call = |shared: Arc<Shared>, plugin: Arc<Plugin>| async move {
            calls::digests::call(&shared, &plugin, &call).await
        };
        self.attempt(plugin, call).await.unwrap_or_else(Attempt::not_run)
    }

    /// Has a job done that is due; otherwise like [`deliver`](Self::deliver).
    pub async fn run_job(&self, plugin: &str, call: ScheduleCall) -> Attempt {
        let call = |shared: Arc<Shared>, plugin: Arc<Plugin>| async move {
            calls::schedule::call(&shared, &plugin, &call).await
        };
        self.attempt(plugin, call).await.unwrap_or_else(Attempt::not_run)
    }

    /// Does what a button asks for. Somebody waits: it is not to be tried again.
    pub async fn act(&self, plugin: &str, call: ActionCall) -> Called<ActionReply> {
        let call = |shared: Arc<Shared>, plugin: Arc<Plugin>| async move {
            calls::actions::call(&shared, &plugin, &call).await
        };
        let called = self.attempt(plugin, call).await;
        called.unwrap_or_else(|outcome| Called::failed(Attempt::not_run(outcome)))
    }

    /// What may be chosen for a setting, in the plugin's words.
    ///
    /// # Errors
    /// [`CheckError`] if there is no such plugin, it looks nothing up for that setting, it refused, or it broke off.
    pub async fn look_up(&self, plugin: &str, call: ChoicesCall) -> Result<ChoicePage, CheckError> {
        let plugin = self.called(plugin)?;
        let call = |shared: Arc<Shared>, plugin: Arc<Plugin>| async move {
            calls::choices::look_up(&shared, &plugin, &call).await
        };
        let answer = self.in_slot(plugin, call).await;
        answer.unwrap_or_else(|| Err(broken_off().into()))
    }

    /// The form of a button, as the plugin draws it with what is filled in so far.
    ///
    /// # Errors
    /// [`CheckError`] if there is no such plugin or it draws none for that button, it refused, or it broke off.
    pub async fn draw(&self, plugin: &str, call: FormCall) -> Result<DrawnForm, CheckError> {
        let plugin = self.called(plugin)?;
        let call = |shared: Arc<Shared>, plugin: Arc<Plugin>| async move {
            calls::forms::draw(&shared, &plugin, &call).await
        };
        let answer = self.in_slot(plugin, call).await;
        answer.unwrap_or_else(|| Err(broken_off().into()))
    }

    /// What may be chosen for a field of such a form.
    ///
    /// # Errors
    /// As for [`draw`](Self::draw).
    pub async fn find(&self, plugin: &str, call: FindCall) -> Result<ChoicePage, CheckError> {
        let plugin = self.called(plugin)?;
        let call = |shared: Arc<Shared>, plugin: Arc<Plugin>| async move {
            calls::forms::find(&shared, &plugin, &call).await
        };
        let answer = self.in_slot(plugin, call).await;
        answer.unwrap_or_else(|| Err(broken_off().into()))
    }

    fn called(&self, plugin: &str) -> Result<Arc<Plugin>, CheckError> {
        let found = self.registry.get(plugin);
        found.map_err(|_| CheckError::UnknownPlugin(plugin.to_owned()))
    }

    /// Whether a request of another system may wake the plugin: it calls a route of the manifest, and proves itself.
    ///
    /// # Errors
    /// [`Refused`], with a reason that quotes nothing of the request or the secret.
    pub fn admit(&self, plugin: &str, call: &InboundCall) -> Result<Admission, Refused> {
        let plugin = self.registry.get(plugin).map_err(|_| Refused::NotLoaded)?;
        calls::inbound::admit(&self.shared, &plugin, call)
    }

    /// Hands over what another system sent, once it has proved itself; `Auth` if it could not.
    pub async fn receive(&self, plugin: &str, call: InboundCall) -> Called<InboundReply> {
        let call = |shared: Arc<Shared>, plugin: Arc<Plugin>| async move {
            calls::inbound::call(&shared, &plugin, &call).await
        };
        let called = self.attempt(plugin, call).await;
        called.unwrap_or_else(|outcome| Called::failed(Attempt::not_run(outcome)))
    }

    /// What a plugin with these settings would have done about a stretch of history.
    ///
    /// # Errors
    /// [`CheckError`] if there is no such plugin, it cannot look back, it refused, or it broke off.
    pub async fn look_back(&self, plugin: &str, call: LookBackCall) -> Result<LookBack, CheckError> {
        let plugin = self.called(plugin)?;
        let call = |shared: Arc<Shared>, plugin: Arc<Plugin>| async move {
            calls::hindsight::call(&shared, &plugin, call).await
        };
        let answer = self.in_slot(plugin, call).await;
        answer.unwrap_or_else(|| Err(broken_off().into()))
    }

    /// What a plugin with these settings would have done by the clock.
    ///
    /// # Errors
    /// As for [`look_back`](Self::look_back).
    pub async fn retrace(&self, plugin: &str, call: RetraceCall) -> Result<Retraced, CheckError> {
        let plugin = self.called(plugin)?;
        let call = |shared: Arc<Shared>, plugin: Arc<Plugin>| async move {
            calls::retrace::call(&shared, &plugin, call).await
        };
        let answer = self.in_slot(plugin, call).await;
        answer.unwrap_or_else(|| Err(broken_off().into()))
    }

    /// The settings that a version (`id@version`) wants in place of those that an older one had, checked as settings are
    /// that somebody saves; none if it takes none over, so that they stay what they were.
    ///
    /// # Errors
    /// [`CheckError`] if there is no such version, it refused or broke off, or what it made of them is not valid.
    pub async fn take_settings_over(
        &self,
        plugin: &str,
        older: OlderSettings,
    ) -> Result<Option<Value>, CheckError> {
        let found = self.registry.peek(plugin);
        let found = found.ok_or_else(|| CheckError::UnknownPlugin(plugin.to_owned()))?;
        let grant = older.grant.clone();
        let call = |shared: Arc<Shared>, plugin: Arc<Plugin>| async move {
            calls::migration::migrate(&shared, &plugin, &older).await
        };
        let migrated = self.in_slot(found, call).await;
        let Some(config) = migrated.unwrap_or_else(|| Err(broken_off().into()))? else {
            return Ok(None);
        };
        let problems = self.validate_config(plugin, &config, &grant).await?;
        match problems.into_iter().next() {
            None => Ok(Some(config)),
            Some(problem) => Err(CheckError::Refused(match problem.field {
                Some(field) => format!("{field}: {}", problem.message),
                None => problem.message,
            })),
        }
    }

    /// Runs a call of a plugin that is loaded, or says how it ended without running.
    async fn attempt<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
        &self,
        plugin: &str,
        call: impl FnOnce(Arc<Shared>, Arc<Plugin>) -> F,
    ) -> Result<T, AttemptOutcome> {
        let plugin = self
            .registry
            .get(plugin)
            .map_err(|absent| waits(plugin, &absent))?;
        let called = self.in_slot(plugin, call).await;
        called.ok_or_else(|| broken_off().outcome())
    }
}
