//! The page on which somebody says what they want to hear of.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use errand_store::notices;

use super::form::{self, View};
use crate::AppState;
use crate::channels;
use crate::error::PageError;
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "notices/wishes.html")]
struct WishesPage {
    page: Page,
    form: View,
    email: String,
}

/// The page.
pub(super) async fn page(State(state): State<AppState>, visit: Visit) -> Result<Response, PageError> {
    let wishes = notices::wishes(&state.db, visit.person.id).await?;
    let projects = visit.projects(&state).await?;
    let channels = channels::of(&state, visit.organization.id).await?;
    page::html(&WishesPage {
        page: visit.page("Notifications", "account"),
        form: View::of(&wishes, &projects, &channels),
        email: visit.person.email.clone(),
    })
}

/// Saves it.
pub(super) async fn save(
    State(state): State<AppState>,
    visit: Visit,
    SignedForm(fields): SignedForm,
) -> Result<Response, PageError> {
    let projects = visit.projects(&state).await?;
    let channels = channels::of(&state, visit.organization.id).await?;
    let wishes = form::read(&fields, &projects, &channels);
    let mut tx = state.db.begin().await?;
    notices::set_wishes(&mut tx, visit.person.id, &wishes).await?;
    visit.note("changed what they are told of");
    tx.commit().await?;
    let flash = Flash::ok("Saved. What happens from now on is told so.");
    Ok(redirect_with("/account/notifications", &flash))
}
