//! Running a team: who is in it, what is theirs, what it is called.

use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::UserId;
use errand_model::access::{Action, Resource};
use errand_model::project::name_problem;
use errand_store::teams::Team;
use errand_store::{Tx, people, teams};

use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::visit::Visit;

/// Lets somebody in, or not, or takes them out.
pub(super) async fn members(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let team = super::find_to_run(&state, &visit, &slug).await?;
    let id: UserId = form
        .parse("person")
        .ok_or_else(|| Error::bad_request("Choose somebody first."))?;
    let mut tx = state.db.begin().await?;
    let person = people::by_id(&mut tx, id).await?;
    let person = person.ok_or_else(|| Error::not_found("There is no such person."))?;
    let name = person.called();
    let (done, noted) = match form.text("action") {
        "add" => {
            teams::add_member(&mut tx, team.id, id).await?;
            (format!("{name} is in {} now.", team.name), "let in")
        }
        "decline" => {
            teams::decline(&mut tx, team.id, id).await?;
            (format!("{name} is not let in."), "did not let in")
        }
        "remove" => {
            teams::remove_member(&mut tx, team.id, id).await?;
            (format!("{name} is out of {}.", team.name), "took out")
        }
        _ => return Err(Error::bad_request("There is no such action.").into()),
    };
    visit.note(format!("{noted} {} (#{})", person.email, team.slug));
    settle(tx, &team, done).await
}

/// Gives it a project, or takes one from it.
pub(super) async fn projects(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let team = super::find_to_run(&state, &visit, &slug).await?;
    // Whose a project is decides who sees it: part of its settings.
    visit.require(Resource::Settings, Action::Change)?;
    let project = visit.project(&state, form.text("project")).await?;
    let mut tx = state.db.begin().await?;
    let (done, noted) = match form.text("action") {
        "add" => {
            teams::add_project(&mut tx, team.id, project.id).await?;
            let noted = format!("gave {} to #{}", project.slug, team.slug);
            (
                format!("{} is a project of {} now.", project.name, team.name),
                noted,
            )
        }
        "remove" => {
            teams::remove_project(&mut tx, team.id, project.id).await?;
            let noted = format!("took {} from #{}", project.slug, team.slug);
            (
                format!("{} is no project of {} any more.", project.name, team.name),
                noted,
            )
        }
        _ => return Err(Error::bad_request("There is no such action.").into()),
    };
    visit.note(noted);
    settle(tx, &team, done).await
}

/// Gives it another name, opens or closes it.
pub(super) async fn settings(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let team = super::find_to_run(&state, &visit, &slug).await?;
    let name = form.text("name");
    if let Some(problem) = name_problem(name) {
        return Ok(redirect_with(&super::url(&team), &Flash::error(problem)));
    }
    let team = Team {
        name: name.to_owned(),
        is_open: !form.is_ticked("closed"),
        ..team
    };
    let mut tx = state.db.begin().await?;
    teams::update(&mut tx, &team).await?;
    let kind = if team.is_open { "open" } else { "closed" };
    visit.note(format!("changed #{}: {name}, {kind}", team.slug));
    settle(tx, &team, "Saved.".to_owned()).await
}

/// Makes what was done last, and goes back to the team's page, which says so.
async fn settle(tx: Tx, team: &Team, done: String) -> Result<Response, PageError> {
    tx.commit().await?;
    Ok(redirect_with(&super::url(team), &Flash::ok(done)))
}

/// Does away with it.
pub(super) async fn delete(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
    SignedForm(_): SignedForm,
) -> Result<Response, PageError> {
    let (team, _) = super::find(&state, &visit, &slug).await?;
    let mut tx = state.db.begin().await?;
    teams::delete(&mut tx, team.id).await?;
    visit.note(format!("did away with the team #{}", team.slug));
    tx.commit().await?;
    Ok(redirect_with(
        "/teams",
        &Flash::ok(format!("There is no team {} any more.", team.name)),
    ))
}
