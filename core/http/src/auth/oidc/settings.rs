//! Which provider counts: that of the hub's settings, else the one that an owner set on the page.

use errand_model::single_sign_on::Client;
use errand_store::{organizations, single_sign_on};

use crate::AppState;
use crate::error::Error;

/// The provider; none where people do not sign in by one.
pub(crate) async fn client(state: &AppState) -> Result<Option<Client>, Error> {
    if let Some(client) = &state.config.single_sign_on {
        return Ok(Some(client.clone()));
    }
    match organizations::list(&state.db).await?.first() {
        Some(organization) => Ok(single_sign_on::of(&state.db, organization.id).await?),
        None => Ok(None),
    }
}

/// What people are told where nobody signs in by a password; none where they do.
pub(crate) async fn no_passwords(state: &AppState) -> Result<Option<String>, Error> {
    let client = client(state).await?;
    Ok(client.filter(|client| !client.settings.passwords).map(|client| {
        format!(
            "People sign in by {} here; passwords are switched off.",
            client.settings.title()
        )
    }))
}
