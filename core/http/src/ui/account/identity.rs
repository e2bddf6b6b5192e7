//! Linking one's account with the provider of single sign-on, and unlinking it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use errand_model::Timestamp;
use errand_model::single_sign_on::Client;
use errand_store::single_sign_on::{self, Pending};

use super::ACCOUNT_PATH;
use crate::AppState;
use crate::auth::oidc::{self, Failure, settings};
use crate::error::{Error, PageError};
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, add_cookie, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// What the account page shows of it.
pub(super) struct Linked {
    /// What the provider is called.
    pub(super) provider: String,
    /// The address there, and when it was last used; none where it is not linked.
    pub(super) with: Option<(String, Timestamp)>,
}

/// What is linked; none where nobody signs in by a provider.
pub(super) async fn of(
    visit: &Visit,
    state: &AppState,
    client: Option<&Client>,
) -> Result<Option<Linked>, Error> {
    let Some(client) = client else {
        return Ok(None);
    };
    let known = single_sign_on::identities(&state.db, visit.person.id).await?;
    let known = known
        .into_iter()
        .find(|known| known.issuer == client.settings.issuer);
    Ok(Some(Linked {
        provider: client.settings.title().to_owned(),
        with: known.map(|known| (known.email, known.used)),
    }))
}

#[derive(Template)]
#[template(path = "account/sso_link.html")]
struct LinkPage {
    page: Page,
    provider: String,
    url: String,
}

/// Does what the button says.
pub(super) async fn act(
    visit: Visit,
    State(state): State<AppState>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let client = settings::client(&state).await?;
    let client = client.ok_or_else(|| Error::not_found("Single sign-on is not set up here."))?;
    match form.text("action") {
        "link" => link(&visit, &state, &client).await,
        "unlink" => unlink(&visit, &state, &client).await,
        _ => Err(Error::bad_request("There is no such action.").into()),
    }
}

/// Shows the way to the provider; pages send forms nowhere else, so it is a link.
async fn link(visit: &Visit, state: &AppState, client: &Client) -> Result<Response, PageError> {
    let pending = Pending {
        next: ACCOUNT_PATH.to_owned(),
        link: Some(visit.person.id),
    };
    let provider = client.settings.title().to_owned();
    visit.note(format!("went to {provider} to link it with their account"));
    let (url, attempt) = match oidc::begin(state, client, &pending).await {
        Ok(begun) => begun,
        Err(Failure::Hub(error)) => return Err(error.into()),
        Err(Failure::Told(problem)) => {
            return Ok(redirect_with(ACCOUNT_PATH, &Flash::error(problem.to_string())));
        }
    };
    let mut shown = page::html(&LinkPage {
        page: visit.page("Link your account", "account"),
        provider,
        url,
    })?;
    add_cookie(&mut shown, attempt.cookie(&state.config));
    Ok(shown)
}

async fn unlink(visit: &Visit, state: &AppState, client: &Client) -> Result<Response, PageError> {
    let mut tx = state.db.begin().await?;
    let was_linked = single_sign_on::unlink(&mut tx, visit.person.id, &client.settings.issuer).await?;
    if !was_linked {
        return Ok(redirect_with(
            ACCOUNT_PATH,
            &Flash::error("There is nothing to unlink."),
        ));
    }
    visit.note(format!("unlinked {} from their account", client.settings.title()));
    tx.commit().await?;
    Ok(redirect_with(ACCOUNT_PATH, &Flash::ok("It is unlinked.")))
}
