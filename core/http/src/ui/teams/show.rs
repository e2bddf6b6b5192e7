//! A team: who is in it, what is theirs, and running it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::Timestamp;
use errand_model::project::Project;
use errand_store::people::{self, Person};
use errand_store::teams::{self, Team};

use super::list::Button;
use crate::AppState;
use crate::access::teams::may_run;
use crate::error::PageError;
use crate::ui::page::{self, Badge, Page, initials};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "teams/team.html")]
struct TeamPage {
    page: Page,
    team: Team,
    initials: String,
    button: Button,
    may_run: bool,
    members: Vec<Member>,
    requests: Vec<(Member, Timestamp)>,
    projects: Vec<Project>,
    /// Who could be let in, and which projects it could be given.
    outsiders: Vec<Member>,
    other_projects: Vec<Project>,
}

/// Somebody in a list.
struct Member {
    id: String,
    badge: Badge,
    is_oneself: bool,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let (team, membership) = super::find(&state, &visit, &slug).await?;
    let member = |person: Person| Member {
        id: person.id.to_string(),
        badge: Badge::of(&person.name, &person.email),
        is_oneself: person.id == visit.person.id,
    };
    let inside = teams::members(&state.db, team.id).await?;
    let theirs = teams::projects(&state.db, team.id).await?;
    let seen = visit.projects(&state).await?;
    let (projects, other_projects) = seen.into_iter().partition(|project| theirs.contains(&project.id));
    let may_run = may_run(visit.person.role, membership);
    let mut requests = Vec::new();
    let mut outsiders = Vec::new();
    if may_run {
        let asked = teams::requests(&state.db, team.id).await?;
        requests.extend(asked.into_iter().map(|(person, at)| (member(person), at)));
        let others = people::list(&state.db).await?;
        let others = others.into_iter().filter(|person| !inside.contains(person));
        outsiders.extend(others.map(member));
    }
    page::html(&TeamPage {
        page: visit.page(team.name.clone(), "teams"),
        initials: initials(&team.name),
        button: Button::of(&team, membership),
        may_run,
        members: inside.into_iter().map(member).collect(),
        requests,
        projects,
        outsiders,
        other_projects,
        team,
    })
}
