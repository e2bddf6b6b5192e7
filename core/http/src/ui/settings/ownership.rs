//! Whose new issues are, by rules; and rules from a CODEOWNERS file.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::AppState;
use crate::error::PageError;
use crate::owners;
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
        let imported = owners::imported(&state, visit.organization.id, &shown.file).await?;
        shown.rules = owners::appended(&shown.rules, &imported);
        shown.note =
            Some("The file's lines stand below the rules now. Nothing is saved yet: look at them first.");
        return page::html(&shown);
    }
    visit.note(format!("changed the owners of {}", project.name));
    if let Err(problem) = owners::save(&state, &mut project, shown.rules.clone()).await? {
        shown.problem = Some(problem);
        return page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown);
    }
    let flash = Flash::ok("Saved. New issues follow the rules.");
    Ok(redirect_with(&format!("/projects/{slug}/ownership"), &flash))
}
