//! Teams: browsing them, joining and leaving, making and running them.

mod create;
mod list;
mod membership;
mod run;
mod show;

use axum::Router;
use axum::routing::{get, post};
use errand_store::teams::{self, Membership, Team};

use crate::AppState;
use crate::access::teams::require_to_run;
use crate::error::Error;
use crate::ui::visit::Visit;

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/teams", get(list::page))
        .route("/teams/new", get(create::page).post(create::create))
        .route("/teams/{slug}", get(show::page))
        .route("/teams/{slug}/membership", post(membership::change))
        .route("/teams/{slug}/members", post(run::members))
        .route("/teams/{slug}/projects", post(run::projects))
        .route("/teams/{slug}/settings", post(run::settings))
        .route("/teams/{slug}/delete", post(run::delete))
}

/// The team of that slug, and what the visitor has to do with it.
async fn find(state: &AppState, visit: &Visit, slug: &str) -> Result<(Team, Membership), Error> {
    let found = teams::by_slug(&state.db, visit.organization.id, slug).await?;
    let team = found.ok_or_else(|| Error::not_found("There is no such team."))?;
    let membership = teams::membership(&state.db, team.id, visit.person.id).await?;
    Ok((team, membership))
}

/// The same, for who runs it.
async fn find_to_run(state: &AppState, visit: &Visit, slug: &str) -> Result<Team, Error> {
    let (team, membership) = find(state, visit, slug).await?;
    require_to_run(visit.person.role, membership)?;
    Ok(team)
}

/// Where a team is.
fn url(team: &Team) -> String {
    format!("/teams/{}", team.slug)
}
