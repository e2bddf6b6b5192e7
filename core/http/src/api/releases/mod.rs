//! Releases and deploys, as Sentry's API and its command line have them.

mod body;
mod commits;
mod create;
mod delete;
mod deploys;
mod get;
mod list;
mod place;
mod render;
mod update;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;

/// In an organization.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    project_routes()
        .routes(routes!(deploys::list, deploys::create))
        .routes(routes!(commits::previous))
        .routes(routes!(commits::repositories))
}

/// In a project as well.
pub(super) fn project_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(get::get, update::update, delete::delete))
}
