//! A new team.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use errand_model::project::name_problem;
use errand_store::teams;

use crate::AppState;
use crate::error::PageError;
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "teams/new.html")]
struct NewPage<'a> {
    page: Page,
    name: &'a str,
    is_closed: bool,
    problem: Option<&'static str>,
}

/// The form.
pub(super) async fn page(visit: Visit) -> Result<Response, PageError> {
    page::html(&NewPage {
        page: visit.page("New team", "teams"),
        name: "",
        is_closed: false,
        problem: None,
    })
}

/// Makes it; who makes it is in it.
pub(super) async fn create(
    State(state): State<AppState>,
    visit: Visit,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let (name, is_closed) = (form.text("name"), form.is_ticked("closed"));
    if let Some(problem) = name_problem(name) {
        let shown = NewPage {
            page: visit.page("New team", "teams"),
            name,
            is_closed,
            problem: Some(problem),
        };
        return page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown);
    }
    let mut tx = state.db.begin().await?;
    let cx = state.context();
    let team = teams::create(&mut tx, cx, visit.organization.id, name, None, !is_closed).await?;
    teams::add_member(&mut tx, team.id, visit.person.id).await?;
    let kind = if is_closed { "closed" } else { "open" };
    visit.note(format!("made the {kind} team #{}", team.slug));
    tx.commit().await?;
    Ok(redirect_with(
        &super::url(&team),
        &Flash::ok(format!("{name} is ready, and you are in it.")),
    ))
}
