//! A new link for somebody, and making them an administrator or none.

use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::UserId;
use errand_store::people::{self, Person};

use super::{PEOPLE_PATH, invite, list};
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::visit::Visit;

/// Does what the button says.
pub(super) async fn change(
    visit: Visit,
    State(state): State<AppState>,
    Path(id): Path<i64>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    super::admins_alone(&visit)?;
    let mut tx = state.db.begin().await?;
    let person = people::by_id(&mut tx, UserId(id)).await?;
    let person = person.ok_or_else(|| Error::not_found("There is no such person."))?;
    let is_admin = match form.text("action") {
        "link" => {
            let outcome = invite::with_link(&state, tx, &person).await?;
            tracing::info!(person.id = %person.id, by = %visit.person.id, "a sign-in link was made");
            return list::shown(&visit, &state, outcome).await;
        }
        "admin" => true,
        "member" => false,
        _ => return Err(Error::bad_request("The form asks for nothing that there is.").into()),
    };
    // So there is always one left.
    if person.id == visit.person.id {
        return Err(Error::bad_request("Ask another administrator to change what you are yourself.").into());
    }
    let changed = Person { is_admin, ..person };
    people::update(&mut tx, &changed).await?;
    tx.commit().await?;
    let role = if is_admin { "an administrator" } else { "a member" };
    let text = format!("{} is {role} now.", changed.email);
    Ok(redirect_with(PEOPLE_PATH, &Flash::ok(text)))
}
