//! The trait that a plugin implements, and how the hub's calls reach it.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::bindings::errand::plugin::types as wit;
use crate::bindings::exports::errand::plugin::{configuration, events};
use crate::{Call, Event, Failure, Outcome, Problem, settings};

/// A plugin. Every call is made on a fresh instance: nothing is kept in memory from one to the next; what has to be
/// kept goes to [`kv`](crate::kv).
pub trait Plugin {
    /// What an admin sets, by the fields of the manifest.
    type Settings: DeserializeOwned;

    /// Hears of a change. Called at least once for each; [`Call::idempotency_key`] tells repetitions.
    ///
    /// # Errors
    /// A [`Failure`] says what the hub does next: try again, wait, or ask an admin.
    fn on_event(call: &Call, event: &Event, settings: &Self::Settings) -> Result<Outcome, Failure>;

    /// Finds what is wrong with settings that can be read, before they are saved. Nothing, unless overwritten.
    ///
    /// # Errors
    /// A [`Failure`] if it cannot be found out; the admin reads it.
    fn check(settings: &Self::Settings) -> Result<Vec<Problem>, Failure> {
        let _ = settings;
        Ok(Vec::new())
    }
}

/// Exports a type that implements [`Plugin`]: one for each component.
#[macro_export]
macro_rules! export {
    ($plugin:ty) => {
        #[doc(hidden)]
        type __ErrandPlugin = $crate::macros::Adapter<$plugin>;
        $crate::macros::export_notifier!(__ErrandPlugin with_types_in $crate::bindings);
    };
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

/// Between the generated traits and [`Plugin`].
#[doc(hidden)]
pub struct Adapter<P>(PhantomData<P>);

impl<P: Plugin> events::Guest for Adapter<P> {
    fn on_event(delivery: wit::Delivery, event: wit::LifecycleEvent) -> Result<wit::Outcome, wit::Failure> {
        let run = || {
            let settings: P::Settings = settings::read(&settings::all()).map_err(Failure::Config)?;
            P::on_event(&Call::from(delivery), &Event::from(event), &settings)
        };
        run().map(wit::Outcome::from).map_err(wit::Failure::from)
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
