//! Teams.

mod create;
mod list;
mod one;
mod theirs;

use errand_store::teams::{self, Membership, Team};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::access::teams::require_to_run;
use crate::api::at::{By, InOrganization, InProject, Projects, Teams};
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
