//! Projects.

mod create;
mod delete;
mod filters;
mod get;
mod keys;
mod list;
mod ownership;
mod rules;
mod settings;
mod update;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;

pub(super) fn list_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list::of_caller))
}

pub(super) fn team_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(create::in_team))
}

pub(super) fn organization_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list::of_organization, create::create))
}

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get::get, update::update, delete::delete))
        .merge(filters::routes())
        .merge(keys::routes())
        .merge(ownership::routes())
        .merge(rules::routes())
}
