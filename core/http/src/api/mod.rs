//! Sentry's API, under `/api/0/`: what already speaks to Sentry speaks to this hub.
//!
//! To add an endpoint: a file in the folder of its resource, named by what it does, with one function that is
//! documented for OpenAPI (`#[utoipa::path]`) and takes where it is ([`at::InOrganization`], [`at::InProject`],
//! [`at::InIssue`]), which finds the thing, and refuses whom it may not show it. Name it in the folder's
//! `routes`, write a test under `tests/it/api`, and renew `docs/openapi.json` as its test says.
//!
//! Endpoints read the request, call the store and render: no SQL, no rules.

mod around;
mod at;
mod audit;
mod body;
mod deliveries;
mod discover;
mod error;
mod events;
mod feedback;
mod issues;
mod mail;
mod members;
mod narrow;
mod openapi;
mod organizations;
mod paging;
mod plugin_versions;
mod plugins;
mod projects;
mod query;
mod releases;
mod retention;
mod root;
mod searches;
mod shape;
mod stats;
mod support;
mod tasks;
mod teams;
mod tokens;
mod users;

pub use openapi::document;

use utoipa_axum::router::OpenApiRouter;

use crate::AppState;

/// The routes of the API.
pub fn router() -> axum::Router<AppState> {
    documented().split_for_parts().0
}

/// All routes with their documentation.
fn documented() -> OpenApiRouter<AppState> {
    let in_organization = OpenApiRouter::new()
        .merge(organizations::routes())
        .merge(projects::organization_routes())
        .merge(issues::organization_routes())
        .merge(events::organization_routes())
        .merge(releases::routes())
        .merge(discover::routes())
        .merge(stats::organization_routes())
        .merge(teams::routes())
        .merge(members::routes())
        .merge(audit::routes())
        .merge(plugins::routes())
        .merge(plugin_versions::routes())
        .merge(deliveries::routes())
        .merge(mail::routes())
        .merge(support::routes())
        .merge(searches::routes())
        .merge(tasks::organization_routes())
        .merge(retention::organization_routes())
        .merge(tokens::routes());
    let in_project = OpenApiRouter::new()
        .merge(projects::routes())
        .merge(issues::project_routes())
        .merge(events::routes())
        .merge(feedback::routes())
        .merge(releases::project_routes())
        .merge(retention::project_routes())
        .merge(stats::project_routes())
        .merge(support::project_routes())
        .merge(teams::project_routes());
    let api = OpenApiRouter::new()
        .merge(root::routes())
        .merge(organizations::list_routes())
        .merge(projects::list_routes())
        .merge(projects::team_routes())
        .merge(users::routes())
        .nest("/organizations/{organization}/", in_organization)
        .nest("/projects/{organization}/{project}/", in_project)
        .nest("/teams/{organization}/{team}/", teams::team_routes())
        // Sentry has both: the first is older, the second is what its own pages use.
        .nest("/issues/{issue}/", issues::routes())
        .nest("/organizations/{organization}/issues/{issue}/", issues::routes())
        .fallback(error::no_such_endpoint);
    OpenApiRouter::new().nest("/api/0/", api)
}
