//! What an admin set.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Problem;
use crate::bindings::errand::plugin::settings as wit;

/// A secret by reference: the plugin says where it goes, the hub puts it there. Its value is never here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Secret {
    #[serde(rename = "secret")]
    name: String,
}

impl Secret {
    /// The name of the reference; no secret itself.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// One setting, read into a type.
///
/// # Errors
/// [`Problem`] with this field if it is set to something else.
pub fn setting<T: DeserializeOwned>(key: &str) -> Result<Option<T>, Problem> {
    let Some(json) = wit::get(key) else {
        return Ok(None);
    };
    serde_json::from_str(&json).map_err(|error| Problem::with(key, error.to_string()))
}

/// All settings as JSON text.
pub(crate) fn all() -> String {
    wit::all()
}

/// Settings read from JSON text.
pub(crate) fn read<T: DeserializeOwned>(json: &str) -> Result<T, Problem> {
    serde_json::from_str(json).map_err(|error| Problem {
        field: None,
        message: format!("the settings do not fit this plugin: {error}"),
    })
}
