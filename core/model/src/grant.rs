//! What an administrator lets an installation reach: less than its plugin asks for, or a network more.

use serde::{Deserialize, Serialize};

/// Where an installation may send requests, of what its plugin's manifest names. Patterns and networks are kept as they
/// were written: who runs plugins reads them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Grant {
    /// The only hosts that it may call (`acme.example.com`, `*.example.com`, `http://10.1.2.3:8080`); none for all that the
    /// plugin's manifest names.
    pub hosts: Option<Vec<String>>,
    /// Networks (`10.1.0.0/16`) that it may reach although they are private.
    pub networks: Vec<String>,
}

impl Grant {
    /// Whether it neither narrows nor widens anything.
    pub fn is_usual(&self) -> bool {
        self.hosts.is_none() && self.networks.is_empty()
    }
}
