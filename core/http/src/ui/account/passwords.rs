//! Setting one's password, the first or another.

use axum::extract::State;
use axum::response::Response;
use errand_model::Secret;
use errand_store::{passwords, sessions};

use super::{ACCOUNT_PATH, show};
use crate::AppState;
use crate::auth::oidc::settings;
use crate::auth::password;
use crate::error::PageError;
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::visit::Visit;

/// Sets it, and ends every other session: somebody else may be in one.
pub(super) async fn change(
    visit: Visit,
    State(state): State<AppState>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    if let Some(why) = settings::no_passwords(&state).await? {
        return Ok(redirect_with(ACCOUNT_PATH, &Flash::error(why)));
    }
    let (new, again) = (form.lines("new"), form.lines("again"));
    if let Some(problem) = password::problem(&new, &visit.person.email) {
        return show::shown(&visit, &state, Some(problem)).await;
    }
    if new != again {
        let problem = "The new password was not typed the same twice.".to_owned();
        return show::shown(&visit, &state, Some(problem)).await;
    }
    // Who has one proves it: an unlocked screen is not enough to take an account over.
    if let Some(hash) = passwords::of(&state.db, visit.person.id).await? {
        let current = Secret::new(form.lines("current"));
        if !state.passwords.is_right(current, Some(hash)).await? {
            let problem = "That is not your current password.".to_owned();
            return show::shown(&visit, &state, Some(problem)).await;
        }
    }
    let hash = state.passwords.hash(Secret::new(new)).await?;
    let mut tx = state.db.begin().await?;
    passwords::set(&mut tx, state.context(), visit.person.id, &hash).await?;
    let ended = sessions::end_others(&mut tx, visit.person.id, visit.session).await?;
    visit.note("set their password");
    tx.commit().await?;
    tracing::info!(person.id = %visit.person.id, "somebody set their password");
    let text = match ended {
        0 => "The password is set.".to_owned(),
        ended => format!("The password is set, and {ended} other sessions were ended."),
    };
    Ok(redirect_with(ACCOUNT_PATH, &Flash::ok(text)))
}
