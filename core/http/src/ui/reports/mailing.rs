//! Having a report mailed to oneself.

use axum::extract::{Path, State};
use axum::response::Response;
use errand_store::reports::mailing::{self, Mailing};

use super::builder::unmailed;
use super::kept::find;
use super::schedules;
use crate::AppState;
use crate::error::PageError;
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::visit::Visit;

/// Has it mailed, or no more.
pub(super) async fn change(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<i64>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let report = find(&state, &visit, id).await?;
    let back = format!("/reports/{id}");
    let mut tx = state.db.begin().await?;
    if form.text("action") == "stop" {
        mailing::stop(&mut tx, id, visit.person.id).await?;
        tx.commit().await?;
        let flash = Flash::ok(format!("{} is mailed to you no more.", report.name));
        return Ok(redirect_with(&back, &flash));
    }
    let text = match form.text("cron") {
        "" => form.text("schedule"),
        typed => typed,
    };
    let (cron, due) = match schedules::read(text, visit.now) {
        Ok(read) => read,
        Err(why) => {
            drop(tx);
            return unmailed(&state, &visit, report, (form.text("cron"), why)).await;
        }
    };
    let is_now = form.text("action") == "now";
    let set = Mailing {
        report: id,
        person: visit.person.id,
        cron: cron.as_str().to_owned(),
        due: if is_now { visit.now } else { due },
    };
    mailing::set(&mut tx, &set).await?;
    tx.commit().await?;
    let when = if is_now {
        "within a minute, and then"
    } else {
        "next"
    };
    let flash = Flash::ok(format!(
        "{} is mailed to {}: {when} at {due}.",
        report.name, visit.person.email
    ));
    Ok(redirect_with(&back, &flash))
}
