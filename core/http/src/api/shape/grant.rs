//! What an installed plugin may reach. The fields are our own.

use errand_model::grant::Grant;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an installed plugin may reach.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PluginGrant)]
pub(crate) struct GrantShape {
    /// The only hosts that it may call, of those that its manifest names; `null` for all of them.
    #[serde(default)]
    hosts: Option<Vec<String>>,
    /// Networks (`10.1.0.0/16`) that it may reach although they are private.
    #[serde(default)]
    networks: Vec<String>,
}

impl From<GrantShape> for Grant {
    fn from(shape: GrantShape) -> Self {
        Grant {
            hosts: shape.hosts,
            networks: shape.networks,
        }
    }
}

impl From<Grant> for GrantShape {
    fn from(grant: Grant) -> Self {
        GrantShape {
            hosts: grant.hosts,
            networks: grant.networks,
        }
    }
}
