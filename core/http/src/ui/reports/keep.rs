//! Keeping reports.

use axum::extract::{Path, State};
use axum::response::Response;
use errand_pipeline::report::Ask;
use errand_store::reports::{self, NewReport};

use super::form::address;
use super::kept::{find, may_change};
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::forms::{Fields, SignedForm};
use crate::ui::look::{Flash, redirect_with};
use crate::ui::visit::Visit;

/// What is to be asked: as a page wrote it into its form.
fn asked(visit: &Visit, form: &Fields) -> Result<String, Error> {
    let ask: Ask = serde_json::from_str(form.text("ask"))
        .map_err(|_| Error::bad_request("The report cannot be read: load the page again."))?;
    ask.question(visit.now).map_err(Error::bad_request)?;
    serde_json::to_string(&ask).map_err(Error::internal)
}

/// Keeps what is shown.
pub(super) async fn save(
    State(state): State<AppState>,
    visit: Visit,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let ask = asked(&visit, &form)?;
    let new = NewReport {
        name: form.text("name"),
        ask: &ask,
        is_shared: form.is_ticked("shared"),
    };
    let mut tx = state.db.begin().await?;
    let (organization, person) = (visit.organization.id, visit.person.id);
    let id = match reports::save(&mut tx, state.context(), organization, person, new).await {
        Err(errand_store::Error::Invalid { reason }) => {
            let asked = address(&serde_json::from_str(&ask).unwrap_or_default());
            let flash = Flash::error(format!("It is not kept: {reason}."));
            return Ok(redirect_with(&format!("/reports?{asked}"), &flash));
        }
        saved => saved?,
    };
    visit.note(format!("kept the report {}", new.name));
    tx.commit().await?;
    let flash = Flash::ok(format!("{} is kept.", new.name));
    Ok(redirect_with(&format!("/reports/{id}"), &flash))
}

/// Keeps it as it is now, or forgets it.
pub(super) async fn change(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<i64>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let report = find(&state, &visit, id).await?;
    if !may_change(&visit, &report) {
        return Err(Error::forbidden("Only who made the report may change it, and who runs the hub.").into());
    }
    let mut tx = state.db.begin().await?;
    match form.text("action") {
        "save" => {
            let ask = asked(&visit, &form)?;
            let new = NewReport {
                name: form.text("name"),
                ask: &ask,
                is_shared: form.is_ticked("shared"),
            };
            match reports::update(&mut tx, state.context(), id, new).await {
                Err(errand_store::Error::Invalid { reason }) => {
                    let flash = Flash::error(format!("Nothing was changed: {reason}."));
                    return Ok(redirect_with(&format!("/reports/{id}"), &flash));
                }
                updated => updated?,
            }
            visit.note(format!("changed the report {}", new.name));
            tx.commit().await?;
            Ok(redirect_with(&format!("/reports/{id}"), &Flash::ok("Kept.")))
        }
        "forget" => {
            reports::forget(&mut tx, id).await?;
            visit.note(format!("forgot the report {}", report.name));
            tx.commit().await?;
            let flash = Flash::ok(format!("{} is forgotten.", report.name));
            Ok(redirect_with("/reports", &flash))
        }
        _ => Err(Error::bad_request("There is no such action.").into()),
    }
}
