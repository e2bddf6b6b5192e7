//! Puts the parts together. What each crate asks for by a trait is given here.

mod accounts;
mod consents;
mod deliveries;
mod engine;
mod fleet;
mod identity;
mod intake;
mod occasions;
mod plugin_answers;
mod plugin_grants;
mod plugin_mail;
mod plugin_services;
mod plugins;
mod post;
mod report_mail;
mod rules;
mod shelf;
mod takeover;

pub(crate) use accounts::HostAccounts;
pub(crate) use deliveries::EngineDeliveries;
pub(crate) use engine::engine;
pub(crate) use fleet::share;
pub(crate) use identity::ProviderWire;
pub(crate) use intake::EngineIntake;
pub(crate) use occasions::EngineOccasions;
pub(crate) use plugins::{host, host_that_serves};
pub(crate) use post::HubPost;
pub(crate) use report_mail::ReportMail;
pub(crate) use rules::PluginRules;
pub(crate) use shelf::Shelf;

/// Says in the log that the database failed a plugin; answers what the plugin is told.
fn storage_failed(error: &errand_store::Error) -> String {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "the database failed a plugin that asked something of it"
    );
    error.to_string()
}
