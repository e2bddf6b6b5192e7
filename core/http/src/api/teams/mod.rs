//! Teams.

mod create;
mod list;
mod one;
mod theirs;

use errand_store::teams::{self, Membership, Team};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::access::teams::require_to_run;
use crate::api::at::{By, InOrganization, InProject, Projects, Teams};
use crate::api::shape::Time;
use crate::error::Error;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list::list, create::create))
}

/// Below a team.
pub(super) fn team_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(one::get, one::update, one::delete))
        .routes(routes!(theirs::members))
        .routes(routes!(theirs::projects))
}

/// Below a project.
pub(super) fn project_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(theirs::add_project, theirs::remove_project))
}

/// People who look after issues together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Team)]
#[serde(rename_all = "camelCase")]
pub(super) struct TeamShape {
    id: String,
    slug: String,
    name: String,
    date_created: Time,
    /// Whether anybody may join, and everybody sees its projects.
    is_open: bool,
    is_member: bool,
    /// Whether the caller asked to be let in.
    is_pending: bool,
    has_access: bool,
}

impl TeamShape {
    pub(super) fn of(team: &Team, membership: Membership) -> Self {
        TeamShape {
            id: team.id.to_string(),
            slug: team.slug.clone(),
            name: team.name.clone(),
            date_created: Time(team.created),
            is_open: team.is_open,
            is_member: membership == Membership::Inside,
            is_pending: membership == Membership::Asked,
            has_access: team.is_open || membership == Membership::Inside,
        }
    }
}

/// What the caller has to do with a team. A token that acts for nobody is in none.
pub(super) async fn membership<F>(state: &AppState, by: &By<F>, team: &Team) -> Result<Membership, Error> {
    match by.caller.person() {
        Some(person) => Ok(teams::membership(&state.db, team.id, person).await?),
        None => Ok(Membership::Outside),
    }
}

/// The team that the path names, and what the caller has to do with it.
pub(super) async fn named<F>(state: &AppState, at: &InOrganization<F>) -> Result<(Team, Membership), Error> {
    let found = teams::by_slug(&state.db, at.organization.id, at.by.path.text("team")).await?;
    let team = found.ok_or_else(|| Error::not_found("there is no such team"))?;
    let membership = membership(state, &at.by, &team).await?;
    Ok((team, membership))
}

/// The same, for a caller who runs it.
async fn named_to_run(state: &AppState, at: &InOrganization<Teams>) -> Result<(Team, Membership), Error> {
    let (team, membership) = named(state, at).await?;
    runs(&at.by, membership)?;
    Ok((team, membership))
}

async fn of_project_to_run(state: &AppState, at: &InProject<Projects>) -> Result<Team, Error> {
    let found = teams::by_slug(&state.db, at.organization.id, at.by.path.text("team")).await?;
    let team = found.ok_or_else(|| Error::not_found("there is no such team"))?;
    runs(&at.by, membership(state, &at.by, &team).await?)?;
    Ok(team)
}

/// 403 unless the caller runs a team. What a token may that acts for nobody, its scopes say.
pub(super) fn runs<F>(by: &By<F>, membership: Membership) -> Result<(), Error> {
    match by.caller.role() {
        Some(role) => require_to_run(role, membership),
        None => Ok(()),
    }
}
