//! Settings of an older version, taken over.

use serde_json::{Map, Value};

use crate::bindings::errand::plugin::types as wit;
use crate::bindings::migration::exports::errand::plugin::migration as export;
use crate::plugin::Adapter;
use crate::{Failure, Plugin, Problem};

/// A plugin whose settings changed since an older version.
pub trait Migration: Plugin {
    /// The settings of an installation that ran version `was` until now, as they have to be for this version. A secret is a
    /// reference, which may move to another secret setting. What is answered is checked before it counts; what is wrong
    /// with it leaves the installation with the version it has.
    ///
    /// # Errors
    /// A [`Failure`] if nothing can be made of them; the admin reads it.
    fn migrate(was: &str, settings: Map<String, Value>) -> Result<Map<String, Value>, Failure>;
}

impl<P: Migration> export::Guest for Adapter<P> {
    fn migrate(was: String, config: String) -> Result<String, wit::Failure> {
        let settings = serde_json::from_str(&config).map_err(|error| {
            let message = format!("the settings cannot be read: {error}");
            wit::Failure::from(Failure::Config(Problem { field: None, message }))
        })?;
        let migrated = P::migrate(&was, settings).map_err(wit::Failure::from)?;
        Ok(Value::Object(migrated).to_string())
    }
}
