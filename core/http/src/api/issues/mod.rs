//! Issues: lists, single ones, and what belongs to them.

mod activities;
mod attachments;
mod bulk;
mod change;
mod comments;
mod delete;
mod deliveries;
mod event;
mod events;
mod external_issues;
mod get;
mod hashes;
mod list;
mod plugin_actions;
mod plugin_forms;
mod render;
mod search;
mod short_id;
mod stats;
mod tags;
mod update;
mod user_reports;
mod why;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;

pub(super) use render::shapes;

/// Under an organization.
pub(super) fn organization_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(
            list::of_organization,
            bulk::update_of_organization,
            bulk::delete_of_organization
        ))
        .routes(routes!(short_id::resolve))
}

/// Under a project.
pub(super) fn project_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(
        list::of_project,
        bulk::update_of_project,
        bulk::delete_of_project
    ))
}

/// Under an issue.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get::get, update::update, delete::delete))
        .routes(routes!(events::list))
        .routes(routes!(event::get))
        .routes(routes!(tags::list))
        .routes(routes!(tags::get))
        .routes(routes!(tags::values))
        .routes(routes!(hashes::list, hashes::unmerge))
        .routes(routes!(stats::get))
        .routes(routes!(activities::list))
        .routes(routes!(attachments::list))
        .routes(routes!(deliveries::list))
        .routes(routes!(why::list))
        .routes(routes!(plugin_actions::list))
        .routes(routes!(plugin_actions::press))
        .routes(routes!(plugin_forms::draw))
        .routes(routes!(plugin_forms::find))
        .routes(routes!(user_reports::list))
        .merge(comments::routes())
        .merge(external_issues::routes())
}
