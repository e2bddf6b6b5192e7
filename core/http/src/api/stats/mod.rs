//! What became of what was sent, and how sessions went.

mod project;
mod sessions;
mod span;
mod v2;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;

pub(super) fn organization_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(v2::get))
        .routes(routes!(sessions::get))
}

pub(super) fn project_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(project::get))
}
