//! The traits that a plugin implements, and how the hub's calls reach them.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bindings::configuration::exports::errand::plugin::configuration;
use crate::bindings::digests::exports::errand::plugin::digests;
use crate::bindings::errand::plugin::types as wit;
use crate::bindings::events::exports::errand::plugin::events;
use crate::bindings::hindsight::exports::errand::plugin::hindsight;
use crate::bindings::schedule::exports::errand::plugin::schedule;
use crate::{Call, Event, Failure, Outcome, Problem, settings};

/// A plugin. Every call is made on a fresh instance: nothing is kept in memory from one to the next; what has to be
/// kept goes to [`kv`](crate::kv).
pub trait Plugin {
    /// What an admin sets, by the fields of the manifest.
    type Settings: DeserializeOwned;

    /// Finds what is wrong with settings that can be read, before they are saved. Nothing, unless overwritten.
    ///
    /// # Errors
    /// A [`Failure`] if it cannot be found out; the admin reads it.
    fn check(settings: &Self::Settings) -> Result<Vec<Problem>, Failure> {
        let _ = settings;
        Ok(Vec::new())
    }
}

/// A plugin that hears of changes.
pub trait Events: Plugin {
    /// Hears of a change. Called at least once for each; [`Call::idempotency_key`] tells repetitions.
    ///
    /// # Errors
    /// A [`Failure`] says what the hub does next: try again, wait, or ask an admin.
    fn on_event(call: &Call, event: &Event, settings: &Self::Settings) -> Result<Outcome, Failure>;
}

/// A plugin that hears of many changes at once.
pub trait Digests: Plugin {
    /// Hears of what came together in a window, in order; `group` says what it was gathered by.
    ///
    /// # Errors
    /// As for [`Events::on_event`].
    fn on_digest(
        call: &Call,
        group: &str,
        events: &[Event],
        settings: &Self::Settings,
    ) -> Result<Outcome, Failure>;
}

/// A plugin that works by the clock.
pub trait Schedule: Plugin {
    /// Does a job of the manifest that is due, since `due` (milliseconds since 1970).
    ///
    /// # Errors
    /// As for [`Events::on_event`].
    fn on_schedule(call: &Call, job: &str, due: u64, settings: &Self::Settings) -> Result<Outcome, Failure>;
}

/// A plugin that can say what it would have done: settings are tried on history before they are saved.
pub trait Hindsight: Plugin {
    /// What it would have done about past changes, in order; nothing is done about them. `memory` is what was answered
    /// for the stretch before, an empty object for the first.
    ///
    /// # Errors
    /// A [`Failure`] if it cannot say; who asked reads it.
    fn look_back(
        events: &[Event],
        memory: Value,
        settings: &Self::Settings,
    ) -> Result<(Vec<PastVerdict>, Value), Failure>;
}

/// What would have been done about a past change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastVerdict {
    /// A line for each deed.
    pub did: Vec<String>,
    /// Why, in a sentence.
    pub why: String,
}

/// Exports a type that implements [`Plugin`] and what else it does, as in `export!(Hello: Events + Actions)`: one for
/// each component.
#[macro_export]
macro_rules! export {
    ($plugin:ty $(: $first:ident $(+ $more:ident)*)?) => {
        #[doc(hidden)]
        type __ErrandPlugin = $crate::macros::Adapter<$plugin>;
        $crate::macros::export_configuration!(
            __ErrandPlugin with_types_in $crate::bindings::configuration
        );
        $($crate::__export_hook!($first); $($crate::__export_hook!($more);)*)?
    };
}

/// One of the hooks by its trait's name.
#[doc(hidden)]
#[macro_export]
macro_rules! __export_hook {
    (Events) => { $crate::macros::export_events!(__ErrandPlugin with_types_in $crate::bindings::events); };
    (Digests) => { $crate::macros::export_digests!(__ErrandPlugin with_types_in $crate::bindings::digests); };
    (Actions) => { $crate::macros::export_actions!(__ErrandPlugin with_types_in $crate::bindings::actions); };
    (Forms) => { $crate::macros::export_forms!(__ErrandPlugin with_types_in $crate::bindings::forms); };
    (Hindsight) => { $crate::macros::export_hindsight!(__ErrandPlugin with_types_in $crate::bindings::hindsight); };
    (Inbound) => { $crate::macros::export_inbound!(__ErrandPlugin with_types_in $crate::bindings::inbound); };
    (Migration) => { $crate::macros::export_migration!(__ErrandPlugin with_types_in $crate::bindings::migration); };
    (Retrace) => { $crate::macros::export_retrace!(__ErrandPlugin with_types_in $crate::bindings::retrace); };
    (Schedule) => { $crate::macros::export_schedule!(__ErrandPlugin with_types_in $crate::bindings::schedule); };
    (Choices) => { $crate::macros::export_choices!(__ErrandPlugin with_types_in $crate::bindings::choices); };
}

/// Embeds the manifest: the path of a JSON file, from the file that says so.
#[macro_export]
macro_rules! manifest {
    ($path:literal) => {
        const _: () = {
            const JSON: &[u8] = include_bytes!($path);
            #[used]
            #[unsafe(link_section = "errand:manifest")]
            static MANIFEST: [u8; JSON.len()] = {
                let mut bytes = [0; JSON.len()];
                bytes.copy_from_slice(JSON);
                bytes
            };
        };
    };
}

/// Between the generated traits and those of the SDK.
#[doc(hidden)]
pub struct Adapter<P>(PhantomData<P>);

/// The settings of this call.
pub(crate) fn current<P: Plugin>() -> Result<P::Settings, Failure> {
    settings::read(&settings::all()).map_err(Failure::Config)
}

fn ended(result: Result<Outcome, Failure>) -> Result<wit::Outcome, wit::Failure> {
    result.map(wit::Outcome::from).map_err(wit::Failure::from)
}

impl<P: Events> events::Guest for Adapter<P> {
    fn on_event(delivery: wit::Delivery, event: wit::LifecycleEvent) -> Result<wit::Outcome, wit::Failure> {
        let run = || P::on_event(&Call::from(delivery), &Event::from(event), &current::<P>()?);
        ended(run())
    }
}

impl<P: Digests> digests::Guest for Adapter<P> {
    fn on_digest(
        delivery: wit::Delivery,
        group: String,
        events: Vec<wit::LifecycleEvent>,
    ) -> Result<wit::Outcome, wit::Failure> {
        let events: Vec<_> = events.into_iter().map(Event::from).collect();
        let run = || P::on_digest(&Call::from(delivery), &group, &events, &current::<P>()?);
        ended(run())
    }
}

impl<P: Schedule> schedule::Guest for Adapter<P> {
    fn on_schedule(delivery: wit::Delivery, job: String, due: u64) -> Result<wit::Outcome, wit::Failure> {
        let run = || P::on_schedule(&Call::from(delivery), &job, due, &current::<P>()?);
        ended(run())
    }
}

impl<P: Hindsight> hindsight::Guest for Adapter<P> {
    fn look_back(
        events: Vec<wit::LifecycleEvent>,
        memory: String,
    ) -> Result<hindsight::Answer, wit::Failure> {
        let ids: Vec<String> = events.iter().map(|event| event.id.clone()).collect();
        let events: Vec<Event> = events.into_iter().map(Event::from).collect();
        let memory = serde_json::from_str(&memory).unwrap_or_default();
        let run = || P::look_back(&events, memory, &current::<P>()?);
        let (verdicts, memory) = run().map_err(wit::Failure::from)?;
        let verdict = |(event, verdict): (String, PastVerdict)| hindsight::Verdict {
            event,
            did: verdict.did,
            why: verdict.why,
        };
        Ok(hindsight::Answer {
            verdicts: ids.into_iter().zip(verdicts).map(verdict).collect(),
            memory: memory.to_string(),
        })
    }
}

impl<P: Plugin> configuration::Guest for Adapter<P> {
    fn validate(config: String) -> Result<configuration::Check, wit::Failure> {
        let problems = match settings::read(&config) {
            Ok(settings) => P::check(&settings).map_err(wit::Failure::from)?,
            Err(problem) => vec![problem],
        };
        Ok(configuration::Check {
            problems: problems.into_iter().map(wit::Problem::from).collect(),
            summary: None,
        })
    }
}
