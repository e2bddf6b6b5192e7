//! A new project.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use errand_store::projects::{self, NewProject};

use super::snippets::PLATFORMS;
use crate::AppState;
use crate::error::PageError;
use crate::ui::choice::{Choice, choices};
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Longer names do not fit anywhere.
pub(crate) const MAX_NAME: usize = 64;

#[derive(Template)]
#[template(path = "projects/new.html")]
struct NewPage<'a> {
    page: Page,
    name: &'a str,
    platforms: Vec<Choice>,
    problem: Option<&'static str>,
}

fn new_page<'a>(visit: &Visit, name: &'a str, platform: &str, problem: Option<&'static str>) -> NewPage<'a> {
    NewPage {
        page: visit.page("New project", "projects"),
        name,
        platforms: choices(PLATFORMS, platform),
        problem,
    }
}

/// The form.
pub(super) async fn page(visit: Visit) -> Result<Response, PageError> {
    page::html(&new_page(&visit, "", "", None))
}

/// Makes it, and shows how to set it up.
pub(super) async fn create(
    State(state): State<AppState>,
    visit: Visit,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let (name, platform) = (form.text("name"), form.text("platform"));
    if let Some(problem) = name_problem(name) {
        let page = new_page(&visit, name, platform, Some(problem));
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
    tx.commit().await?;
    Ok(redirect_with(
        &format!("/projects/{}", project.slug),
        &Flash::ok(format!("{name} is ready.")),
    ))
}

/// What is wrong with a project's name.
pub(crate) fn name_problem(name: &str) -> Option<&'static str> {
    match name.chars().count() {
        0 => Some("A project needs a name."),
        length if length > MAX_NAME => Some("A name has at most 64 characters."),
        _ if name.chars().any(char::is_control) => Some("A name is one line of text."),
        _ => None,
    }
}
