//! Linking an issue with a ticket, by the ticket's address.

use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::ticket::Ticket;
use errand_store::issues::{self, By};

use super::actions::answer;
use super::found::Found;
use crate::AppState;
use crate::error::PageError;
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::visit::{Visit, local};

/// Links them.
pub(super) async fn link(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let found = Found::find(&state, &visit, &id).await?;
    let back = form.text("back");
    let Some(ticket) = Ticket::at_address(form.text("url")) else {
        let flash =
            Flash::error("That is no address of a ticket: it begins with https:// and ends with its number.");
        return Ok(redirect_with(local(back), &flash));
    };
    let done = async {
        let mut tx = state.db.begin().await?;
        let by = By::new(visit.actor());
        issues::link(&mut tx, state.context(), &by, found.issue.id, &ticket).await?;
        tx.commit().await
    };
    let said = format!("{} is linked with {}.", found.short_id(), ticket.name);
    answer(done.await.map(|()| Flash::ok(said)), back)
}

/// Takes a link away.
pub(super) async fn unlink(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let found = Found::find(&state, &visit, &id).await?;
    let named = (form.text("system"), form.text("id"));
    let done = async {
        let mut tx = state.db.begin().await?;
        let by = By::new(visit.actor());
        issues::unlink(&mut tx, state.context(), &by, found.issue.id, named).await?;
        tx.commit().await
    };
    answer(
        done.await.map(|()| Flash::ok("The link is gone.")),
        form.text("back"),
    )
}
