//! Plugins, configured for an organization or one of its projects. The paths and fields are our own.

mod config;
mod create;
mod delete;
mod get;
mod list;
mod update;

use std::collections::HashMap;

use errand_model::InstallationId;
use errand_model::destination::Destination;
use errand_model::project::Project;
use errand_store::installations::{self, Installation};
use errand_store::{deliveries, projects};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::error::invalid;
use crate::api::shape::Time;
use crate::api::shape::delivery::{DestinationShape, InstallationShape};
use crate::error::Error;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(get::get, update::update, delete::delete))
}

/// The installation that the path names.
pub(super) async fn named(
    state: &AppState,
    at: &InOrganization<Organizations>,
) -> Result<Installation, Error> {
    let id: InstallationId = at.by.path.parse("installation", "the id of an installation")?;
    let found = installations::by_id(&state.db, id).await?;
    let found = found.filter(|found| found.organization == at.organization.id);
    found.ok_or_else(|| Error::not_found("there is no such installation"))
}

/// The project that a body names by its slug.
async fn project_named(
    state: &AppState,
    at: &InOrganization<Organizations>,
    slug: &str,
) -> Result<Project, Error> {
    let found = projects::by_slug(&state.db, at.organization.id, slug).await?;
    found.ok_or_else(|| invalid("project", slug, "the slug of a project, or null for all"))
}

/// How the destinations of installations fare.
async fn destinations(
    state: &AppState,
    installations: &[InstallationId],
) -> Result<HashMap<InstallationId, Vec<DestinationShape>>, Error> {
    let now = state.now();
    let known = deliveries::destinations(&state.db, installations).await?;
    let shape = |known: Vec<Destination>| {
        known
            .into_iter()
            .map(|one| DestinationShape::new(one, now))
            .collect()
    };
    Ok(known.into_iter().map(|(id, known)| (id, shape(known))).collect())
}

fn shape(
    installation: &Installation,
    projects: &[Project],
    destinations: Vec<DestinationShape>,
) -> InstallationShape {
    let project = installation
        .project
        .and_then(|id| projects.iter().find(|project| project.id == id));
    InstallationShape {
        id: installation.id.to_string(),
        plugin: installation.plugin.clone(),
        name: installation.name.clone(),
        project: project.map(|project| project.slug.clone()),
        config: config::masked(installation.config.reveal()),
        enabled: installation.is_enabled,
        paused: installation.paused.clone(),
        destinations,
        date_created: Time(installation.created),
    }
}
