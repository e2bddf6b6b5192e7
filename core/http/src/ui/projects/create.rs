//! A new project.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use errand_model::project::name_problem;
use errand_store::projects::{self, NewProject};
use errand_store::teams::{self, Membership, Team};
use serde::Deserialize;

use super::snippets::PLATFORMS;
use crate::AppState;
use crate::access::teams::may_run;
use crate::error::{Error, PageError};
use crate::ui::choice::{Choice, choices};
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "projects/new.html")]
struct NewPage<'a> {
    page: Page,
    name: &'a str,
    platforms: Vec<Choice>,
    /// The teams that it can be given to.
    teams: Vec<Choice>,
    problem: Option<&'static str>,
}

/// What was typed, or is proposed.
#[derive(Clone, Copy)]
struct Typed<'a> {
    name: &'a str,
    platform: &'a str,
    team: &'a str,
}

fn new_page<'a>(
    visit: &Visit,
    typed: Typed<'a>,
    teams: &[Team],
    problem: Option<&'static str>,
) -> NewPage<'a> {
    let all = teams.iter().map(|team| (team.slug.as_str(), team.name.as_str()));
    NewPage {
        page: visit.page("New project", "projects"),
        name: typed.name,
        platforms: choices(PLATFORMS, typed.platform),
        teams: choices(all, typed.team),
        problem,
    }
}

/// The form.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Query(proposed): Query<Proposed>,
) -> Result<Response, PageError> {
    let teams = teams_of(&state, &visit).await?;
    let typed = Typed {
        name: "",
        platform: "",
        team: &proposed.team,
    };
    page::html(&new_page(&visit, typed, &teams, None))
}

/// What the address of the form proposes.
#[derive(Debug, Deserialize)]
pub(super) struct Proposed {
    #[serde(default)]
    team: String,
}

/// The teams that the visitor runs.
async fn teams_of(state: &AppState, visit: &Visit) -> Result<Vec<Team>, Error> {
    let mine: HashMap<_, _> = teams::memberships(&state.db, visit.person.id)
        .await?
        .into_iter()
        .collect();
    let mut all = teams::list(&state.db, visit.organization.id).await?;
    all.retain(|team| {
        let membership = mine.get(&team.id).copied().unwrap_or(Membership::Outside);
        may_run(visit.person.role, membership)
    });
    Ok(all)
}

/// Makes it, and shows how to set it up.
pub(super) async fn create(
    State(state): State<AppState>,
    visit: Visit,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let (name, platform) = (form.text("name"), form.text("platform"));
    let typed = Typed {
        name,
        platform,
        team: form.text("team"),
    };
    let teams = teams_of(&state, &visit).await?;
    if let Some(problem) = name_problem(name) {
        let page = new_page(&visit, typed, &teams, Some(problem));
        return page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let platform = PLATFORMS
        .iter()
        .map(|(slug, _)| *slug)
        .find(|slug| *slug == platform);
    let new = NewProject {
        organization: visit.organization.id,
        name,
        slug: None,
        platform,
    };
    let mut tx = state.db.begin().await?;
    let (project, _) = projects::create(&mut tx, state.context(), new).await?;
    if let Some(team) = teams.iter().find(|team| team.slug == typed.team) {
        teams::add_project(&mut tx, team.id, project.id).await?;
    }
    visit.note(format!("made the project {}", project.slug));
    tx.commit().await?;
    Ok(redirect_with(
        &format!("/projects/{}", project.slug),
        &Flash::ok(format!("{name} is ready.")),
    ))
}
