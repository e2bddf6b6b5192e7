//! What became of what was sent.

mod project;
mod v2;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;

pub(super) fn organization_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(v2::get))
}

pub(super) fn project_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(project::get))
}
