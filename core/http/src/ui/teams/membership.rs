//! Joining a team, asking to be let in, leaving.

use axum::extract::{Path, State};
use axum::response::Response;
use errand_store::teams::{self, Membership};

use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::visit::{Visit, local};

/// Does what the button says.
pub(super) async fn change(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let (team, membership) = super::find(&state, &visit, &slug).await?;
    let (me, name) = (visit.person.id, &team.name);
    let mut tx = state.db.begin().await?;
    let done = match (form.text("action"), team.is_open) {
        ("join", true) => {
            teams::add_member(&mut tx, team.id, me).await?;
            format!("You are in {name} now.")
        }
        ("join" | "ask", false) if membership == Membership::Outside => {
            teams::ask(&mut tx, state.context(), team.id, me).await?;
            format!("{name} is asked to let you in: its members see it on the team's page.")
        }
        ("withdraw", _) => {
            teams::decline(&mut tx, team.id, me).await?;
            format!("You no longer ask to be in {name}.")
        }
        ("leave", _) => {
            teams::remove_member(&mut tx, team.id, me).await?;
            format!("You left {name}.")
        }
        _ => return Err(Error::bad_request("There is nothing of that to be done.").into()),
    };
    let did = match form.text("action") {
        "withdraw" => "asks no longer to be in",
        "leave" => "left",
        _ if team.is_open => "joined",
        _ => "asked to be in",
    };
    visit.note(format!("{did} #{}", team.slug));
    tx.commit().await?;
    let back = match form.text("back") {
        "" => super::url(&team),
        back => local(back).to_owned(),
    };
    Ok(redirect_with(&back, &Flash::ok(done)))
}
