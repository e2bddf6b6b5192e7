//! Ending one's sessions elsewhere.

use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::SessionId;
use errand_store::sessions;

use super::ACCOUNT_PATH;
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::visit::Visit;

/// Ends one.
pub(super) async fn end_one(
    visit: Visit,
    State(state): State<AppState>,
    Path(id): Path<i64>,
    SignedForm(_): SignedForm,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin().await?;
    let is_ended = sessions::end_one(&mut tx, visit.person.id, SessionId(id)).await?;
    if !is_ended {
        return Err(Error::not_found("You have no such session: it may have ended by itself.").into());
    }
    visit.note("ended a session of theirs");
    tx.commit().await?;
    Ok(redirect_with(ACCOUNT_PATH, &Flash::ok("The session is ended.")))
}

/// Ends all but this one.
pub(super) async fn end_others(
    visit: Visit,
    State(state): State<AppState>,
    SignedForm(_): SignedForm,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin().await?;
    let ended = sessions::end_others(&mut tx, visit.person.id, visit.session).await?;
    visit.note("ended their other sessions");
    tx.commit().await?;
    let text = match ended {
        0 => "There was no other session.".to_owned(),
        1 => "One other session is ended.".to_owned(),
        ended => format!("{ended} other sessions are ended."),
    };
    Ok(redirect_with(ACCOUNT_PATH, &Flash::ok(text)))
}
