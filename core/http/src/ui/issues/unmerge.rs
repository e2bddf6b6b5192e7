//! Taking hashes out of an issue, into one of their own.

use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::GroupHash;
use errand_store::issues::{self, By};

use super::actions::answer;
use super::found::Found;
use crate::AppState;
use crate::error::PageError;
use crate::facts;
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::visit::Visit;

/// Hashes that one form takes out at most.
const MOST: usize = 100;

/// Takes the ticked ones out, and leads to the new issue.
pub(super) async fn take_out(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let found = Found::find(&state, &visit, &id).await?;
    let hashes: Vec<GroupHash> = form
        .all("hash")
        .take(MOST)
        .filter_map(|hash| hash.parse().ok())
        .collect();
    let by = By::new(visit.actor());
    let mut tx = state.db.begin().await?;
    let facts = &facts::of_event;
    let done = issues::unmerge(&mut tx, state.context(), &by, found.issue.id, &hashes, facts).await;
    match done {
        Ok(new) => {
            tx.commit().await?;
            let said = format!("These events were taken out of {}.", found.short_id());
            Ok(redirect_with(&format!("/issues/{new}"), &Flash::ok(said)))
        }
        Err(error) => {
            tx.rollback().await?;
            answer(Err(error), &format!("{}/grouping", found.url()))
        }
    }
}
