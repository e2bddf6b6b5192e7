//! The plugins that there are, in their versions, and what was agreed that they may have. The paths and fields are our
//! own.

mod agree;
mod delete;
mod list;
mod upload;

use axum::extract::DefaultBodyLimit;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::Error;
use crate::plugin_shelf::{MAX_COMPONENT, PluginVersion, ShelfError};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list, upload::upload))
        .routes(routes!(agree::agree))
        .routes(routes!(delete::delete))
        .layer(DefaultBodyLimit::max(MAX_COMPONENT))
}

/// A version of a plugin.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PluginVersion)]
#[serde(rename_all = "camelCase")]
pub(super) struct VersionShape {
    /// The plugin's id.
    plugin: String,
    name: String,
    version: String,
    description: String,
    /// The component's digest, in hexadecimal.
    sha256: String,
    /// Who signed it: the text of a public key.
    signed_by: Option<String>,
    /// The component's size in bytes.
    size: usize,
    /// Whether it is part of the hub, which nobody is asked about.
    is_bundled: bool,
    /// Whether it runs for installations that are held to no version.
    is_current: bool,
    /// All that it wants, in plain words: each completes "it wants to …".
    wants: Vec<String>,
    /// What of it nobody has agreed to. It runs if there is nothing.
    beyond: Vec<String>,
}

impl From<PluginVersion> for VersionShape {
    fn from(version: PluginVersion) -> Self {
        VersionShape {
            plugin: version.plugin,
            name: version.name,
            version: version.version,
            description: version.description,
            sha256: version.sha256,
            signed_by: version.signed_by,
            size: version.size,
            is_bundled: version.is_bundled,
            is_current: version.is_current,
            wants: version.wants,
            beyond: version.beyond,
        }
    }
}

impl From<ShelfError> for Error {
    fn from(error: ShelfError) -> Self {
        let text = error.to_string();
        match error {
            ShelfError::Refused(_) => Error::bad_request(text),
            ShelfError::Missing => Error::not_found(text),
            ShelfError::Conflict(_) => Error::conflict(text),
            ShelfError::Failed(_) => Error::internal(error),
        }
    }
}
