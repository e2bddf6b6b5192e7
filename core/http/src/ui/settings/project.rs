//! The settings of a project: how it groups, what it scrubs, whom it lets in.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::form::{self, FormView, Problem};
use crate::AppState;
use crate::error::PageError;
use crate::project_settings;
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::projects::Heading;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "settings/project.html")]
struct SettingsPage {
    page: Page,
    project: Heading,
    form: FormView,
    problems: Vec<Problem>,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let project = visit.project(&state, &slug).await?;
    page::html(&SettingsPage {
        page: visit.page(format!("Settings of {}", project.name), "projects"),
        project: Heading::of(&project),
        form: FormView::of(&project),
        problems: Vec::new(),
    })
}

/// Saves all of it, or nothing and says why.
pub(super) async fn save(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
    SignedForm(fields): SignedForm,
) -> Result<Response, PageError> {
    let mut project = visit.project(&state, &slug).await?;
    match form::read(&fields, &project.settings) {
        Ok((name, settings)) => {
            project.name = name;
            project.settings = settings;
            visit.note(format!("changed the settings of {}", project.name));
            project_settings::save(&state, &project).await?;
            Ok(redirect_with(
                &format!("/projects/{slug}/settings"),
                &Flash::ok("Saved. New events follow it within seconds."),
            ))
        }
        Err(problems) => {
            let page = SettingsPage {
                page: visit.page(format!("Settings of {}", project.name), "projects"),
                project: Heading::of(&project),
                form: FormView::typed(&fields),
                problems,
            };
            page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
