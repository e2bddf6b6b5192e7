//! Plugins, configured for an organization or one of its projects. The paths and fields are our own.

mod calls;
mod choices;
mod create;
mod delete;
mod get;
mod jobs;
mod list;
mod update;

use std::collections::HashMap;

use errand_model::InstallationId;
use errand_model::access::{Action, Resource, Role, Scope};
use errand_model::project::Project;
use errand_store::installations::{self, Installation};
use errand_store::{deliveries, plugin_hooks, plugin_jobs, projects};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::error::invalid;
use crate::api::shape::Time;
use crate::api::shape::call::{HookShape, JobShape};
use crate::api::shape::delivery::{DestinationShape, InstallationShape};
use crate::auth::Caller;
use crate::error::Error;
use crate::plugin_settings;
use crate::plugins::Field;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(get::get, update::update, delete::delete))
        .routes(routes!(calls::list))
        .routes(routes!(calls::get))
        .routes(routes!(jobs::run))
        .routes(routes!(choices::look_up))
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

/// What goes on around an installation.
#[derive(Debug, Default)]
struct Around {
    destinations: Vec<DestinationShape>,
    jobs: Vec<JobShape>,
    hooks: Vec<HookShape>,
    /// What can be set; none while the plugin is not there.
    fields: Option<Vec<Field>>,
}

/// That a version to be held to is one that there is.
fn version_named(state: &AppState, of: &Installation, version: Option<&str>) -> Result<(), Error> {
    let Some(version) = version else { return Ok(()) };
    let known = state.plugin_shelf.versions();
    let is_known = known
        .iter()
        .any(|known| known.plugin == of.plugin && known.version == version);
    match is_known {
        true => Ok(()),
        false => Err(invalid(
            "version",
            version,
            "a version of this plugin that is there, or null for the newest",
        )),
    }
}

/// Whether a caller may know where other systems call plugins: whoever knows that may call them too.
fn may_call(caller: &Caller) -> bool {
    let role_may = |role: Role| role.may(Resource::Plugins, Action::Change);
    caller.grants(Scope::OrgWrite) && caller.role().is_none_or(role_may)
}

/// What goes on around installations, as far as the caller may know it.
async fn around(
    state: &AppState,
    at: &InOrganization<Organizations>,
    installations: &[Installation],
) -> Result<HashMap<InstallationId, Around>, Error> {
    let now = state.now();
    let fields = |one: &Installation| state.plugins.form(&one.plugin_name()).map(|form| form.fields);
    let mut around: HashMap<InstallationId, Around> = installations
        .iter()
        .map(|one| {
            let around = Around {
                fields: fields(one),
                ..Around::default()
            };
            (one.id, around)
        })
        .collect();
    let ids: Vec<InstallationId> = installations.iter().map(|one| one.id).collect();
    for (id, known) in deliveries::destinations(&state.db, &ids).await? {
        let shape = |one| DestinationShape::new(one, now);
        around.entry(id).or_default().destinations = known.into_iter().map(shape).collect();
    }
    let one = match installations {
        [one] => Some(one.id),
        _ => None,
    };
    if may_call(&at.by.caller) {
        let tokens = plugin_hooks::tokens(&state.db, one).await?;
        for installation in installations {
            let token = tokens.get(&installation.id).map_or("", String::as_str);
            let hook = |route: String| HookShape {
                url: crate::hooks::url(&state.config.public_url, token, &route),
                route,
            };
            let routes = state.plugins.routes(&installation.plugin_name()).into_iter();
            around.entry(installation.id).or_default().hooks = routes.map(hook).collect();
        }
    }
    for row in plugin_jobs::list(&state.db, one).await? {
        around
            .entry(row.installation)
            .or_default()
            .jobs
            .push(JobShape::new(row));
    }
    Ok(around)
}

fn shape(installation: &Installation, projects: &[Project], around: Around) -> InstallationShape {
    let project = installation
        .project
        .and_then(|id| projects.iter().find(|project| project.id == id));
    InstallationShape {
        id: installation.id.to_string(),
        plugin: installation.plugin.clone(),
        version: installation.version.clone(),
        name: installation.name.clone(),
        project: project.map(|project| project.slug.clone()),
        config: plugin_settings::masked(around.fields.as_deref(), installation.config.reveal()),
        grant: installation.grant.clone().into(),
        enabled: installation.is_enabled,
        paused: installation.paused.clone(),
        destinations: around.destinations,
        jobs: around.jobs,
        hooks: around.hooks,
        date_created: Time(installation.created),
    }
}
