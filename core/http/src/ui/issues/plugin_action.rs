//! A plugin's button: its form, and what came of it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::head::{Found, IssueHead};
use crate::AppState;
use crate::buttons::{self, Button};
use crate::error::{Error, PageError};
use crate::plugins::{FieldProblem, Press, PressError, Pressed};
use crate::ui::forms::{Fields, SignedForm};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::plugin_form::{self, FieldView};
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "issues/plugin_action.html")]
struct ActionPage {
    page: Page,
    issue: IssueHead,
    label: String,
    plugin: String,
    fields: Vec<FieldView>,
    /// What is wrong with the whole.
    problems: Vec<String>,
    /// What came of it.
    reply: Option<Reply>,
}

/// What the plugin said: foreign text.
struct Reply {
    message: Option<String>,
    open_url: Option<String>,
}

/// What stands on the page besides the button itself.
#[derive(Default)]
struct Outcome {
    problems: Vec<FieldProblem>,
    failed: Option<String>,
    reply: Option<Reply>,
}

type Named = Path<(String, String, String)>;

/// The form.
pub(super) async fn form(
    State(state): State<AppState>,
    visit: Visit,
    Path((id, installation, action)): Named,
) -> Result<Response, PageError> {
    let (found, button) = find(&state, &visit, &id, (&installation, &action)).await?;
    show(
        &state,
        &visit,
        &found,
        (&button, &Fields::default()),
        Outcome::default(),
    )
    .await
}

/// Presses it.
pub(super) async fn press(
    State(state): State<AppState>,
    visit: Visit,
    Path((id, installation, action)): Named,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let (found, button) = find(&state, &visit, &id, (&installation, &action)).await?;
    let press = Press {
        installation: button.installation.clone(),
        action: button.action.id.clone(),
        issue: found.issue.clone(),
        by: visit.actor(),
        input: plugin_form::read(&button.action.form, &form),
    };
    let came_of_it = match state.plugins.press(press).await {
        Ok(Pressed::Done { message, open_url }) => Outcome {
            reply: Some(Reply { message, open_url }),
            ..Outcome::default()
        },
        Ok(Pressed::Failed(why)) => Outcome {
            failed: Some(why),
            ..Outcome::default()
        },
        Err(PressError::Input(problems)) => Outcome {
            problems,
            ..Outcome::default()
        },
        Err(PressError::NoAction) => return Err(no_button().into()),
        Err(error @ PressError::Failed(_)) => return Err(Error::internal(error).into()),
    };
    show(&state, &visit, &found, (&button, &form), came_of_it).await
}

fn no_button() -> Error {
    Error::not_found("No plugin offers such a button here: it may be held, or was taken out.")
}

async fn find(
    state: &AppState,
    visit: &Visit,
    id: &str,
    (installation, action): (&str, &str),
) -> Result<(Found, Button), Error> {
    let found = Found::find(state, visit, id).await?;
    let button = buttons::find(state, &found.project, installation, action).await?;
    Ok((found, button.ok_or_else(no_button)?))
}

async fn show(
    state: &AppState,
    visit: &Visit,
    found: &Found,
    (button, filled_in): (&Button, &Fields),
    came_of_it: Outcome,
) -> Result<Response, PageError> {
    let form = &button.action.form;
    let mut problems = plugin_form::problems_of_none(form, &came_of_it.problems);
    problems.extend(came_of_it.failed);
    let status = match (came_of_it.problems.is_empty(), problems.is_empty()) {
        (false, _) => StatusCode::BAD_REQUEST,
        (true, false) => StatusCode::BAD_GATEWAY,
        (true, true) => StatusCode::OK,
    };
    let label = button.action.label.clone();
    let page = ActionPage {
        page: visit.page(format!("{label}: {}", found.short_id()), "issues"),
        issue: found.head(state, visit).await?,
        label,
        plugin: button.installation.name.clone(),
        fields: plugin_form::draw(form, filled_in, &came_of_it.problems),
        problems,
        reply: came_of_it.reply,
    };
    page::html_with(status, &page)
}
