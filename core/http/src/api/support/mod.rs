//! What support asks: which issues did this customer run into, and by what are customers known? The paths are our own.

mod fields;
mod of_project;
mod search;
mod set_fields;
mod timeline;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(search::search))
        .routes(routes!(fields::get))
        .routes(routes!(set_fields::set))
        .routes(routes!(timeline::get))
}

pub(super) fn project_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(of_project::get, of_project::set, of_project::forget))
}

/// By which tags and fields customers are found.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = SupportFields)]
pub(super) struct FieldsShape {
    /// Names of tags, `extra.…`, `contexts.…`; 20 at most.
    fields: Vec<String>,
}
