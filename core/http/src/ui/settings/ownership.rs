//! Whose new issues are, by rules; and rules from a CODEOWNERS file.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use errand_pipeline::ownership::{Ownership, from_codeowners};
use errand_store::{people, projects, teams};

use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::projects::Heading;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "settings/ownership.html")]
struct OwnershipPage {
    page: Page,
    project: Heading,
    rules: String,
    file: String,
    /// What is wrong, or what is to be looked at before it is saved.
    problem: Option<String>,
    note: Option<&'static str>,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let project = visit.project(&state, &slug).await?;
    page::html(&OwnershipPage {
        page: visit.page(format!("Owners in {}", project.name), "projects"),
        project: Heading::of(&project),
        rules: project.settings.ownership_rules.clone(),
        file: String::new(),
        problem: None,
        note: None,
    })
}

/// Saves the rules; or turns a CODEOWNERS file into rules, and shows them.
pub(super) async fn save(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let mut project = visit.project(&state, &slug).await?;
    let mut shown = OwnershipPage {
        page: visit.page(format!("Owners in {}", project.name), "projects"),
        project: Heading::of(&project),
        rules: form.lines("rules"),
        file: form.lines("file"),
        problem: None,
        note: None,
    };
    if form.text("action") == "import" {
        let read = import(&state, &visit, &shown.file).await?;
        shown.rules = format!("{}\n{read}", shown.rules.trim_end())
            .trim_start()
            .to_owned();
        shown.note =
            Some("The file's lines stand below the rules now. Nothing is saved yet: look at them first.");
        return page::html(&shown);
    }
    if let Err(error) = Ownership::read(&shown.rules) {
        shown.problem = Some(error.to_string());
        return page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown);
    }
    project.settings.ownership_rules = shown.rules;
    let mut tx = state.db.begin().await?;
    projects::update(&mut tx, &project).await?;
    tx.commit().await?;
    state.directory.forget_project(project.id);
    let flash = Flash::ok("Saved. New issues follow the rules.");
    Ok(redirect_with(&format!("/projects/{slug}/ownership"), &flash))
}

/// `@acme/payments` is the team `payments`, `@ada` who has that name or that address before the `@`.
async fn import(state: &AppState, visit: &Visit, file: &str) -> Result<String, Error> {
    let people = people::list(&state.db).await?;
    let teams = teams::list(&state.db, visit.organization.id).await?;
    Ok(from_codeowners(file, |name| {
        let plain = name.trim_start_matches('@');
        let last = plain.rsplit('/').next().unwrap_or_default();
        let team = teams.iter().find(|team| name.contains('/') && team.slug == last);
        let person = people.iter().find(|person| {
            let local = person.email.split('@').next().unwrap_or_default();
            person.email == plain.to_lowercase() || local == plain.to_lowercase()
        });
        let team = team.map(|team| format!("#{}", team.slug));
        team.or_else(|| person.map(|person| person.email.clone()))
    }))
}
