//! All teams: one's own, and those to join.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use errand_model::TeamId;
use errand_store::teams::{self, Membership, Team};

use crate::AppState;
use crate::error::PageError;
use crate::ui::page::{self, Page, initials};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "teams/list.html")]
struct TeamsPage {
    page: Page,
    /// One's own, then those that one can join.
    groups: Vec<(&'static str, Vec<Line>)>,
}

/// A team in the list.
struct Line {
    team: Team,
    initials: String,
    people: usize,
    projects: usize,
    button: Button,
}

/// What somebody can do about being in a team.
#[derive(Clone, Copy, Debug)]
pub(super) struct Button {
    /// What the form sends.
    pub(super) action: &'static str,
    /// What the button says.
    pub(super) text: &'static str,
}

impl Button {
    /// For somebody and a team.
    pub(super) fn of(team: &Team, membership: Membership) -> Self {
        let (action, text) = match (membership, team.is_open) {
            (Membership::Inside, _) => ("leave", "Leave"),
            (Membership::Asked, _) => ("withdraw", "Take the request back"),
            (Membership::Outside, true) => ("join", "Join"),
            (Membership::Outside, false) => ("ask", "Ask to join"),
        };
        Button { action, text }
    }
}

/// The page.
pub(super) async fn page(State(state): State<AppState>, visit: Visit) -> Result<Response, PageError> {
    let all = teams::list(&state.db, visit.organization.id).await?;
    let mine: HashMap<TeamId, Membership> = teams::memberships(&state.db, visit.person.id)
        .await?
        .into_iter()
        .collect();
    let people: HashMap<TeamId, usize> = teams::sizes(&state.db).await?.into_iter().collect();
    let owned = teams::of_projects(&state.db).await?;
    let seen = visit.projects(&state).await?;
    let line = |team: Team| {
        let membership = mine.get(&team.id).copied().unwrap_or(Membership::Outside);
        let is_seen = |project| seen.iter().any(|seen| seen.id == project);
        Line {
            initials: initials(&team.name),
            people: people.get(&team.id).copied().unwrap_or(0),
            projects: owned
                .iter()
                .filter(|(project, of)| *of == team.id && is_seen(*project))
                .count(),
            button: Button::of(&team, membership),
            team,
        }
    };
    let is_mine = |line: &Line| line.button.action == "leave";
    let (yours, others): (Vec<_>, Vec<_>) = all.into_iter().map(line).partition(is_mine);
    let groups = [("Your teams", yours), ("Other teams", others)];
    page::html(&TeamsPage {
        page: visit.page("Teams", "teams"),
        groups: groups
            .into_iter()
            .filter(|(_, lines)| !lines.is_empty())
            .collect(),
    })
}
