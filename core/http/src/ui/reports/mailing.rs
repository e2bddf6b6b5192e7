//! Having a report mailed to oneself.

use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::Timestamp;
use errand_model::cron::Cron;
use errand_store::reports::mailing::{self, Mailing};

use super::builder::unmailed;
use super::kept::find;
use crate::AppState;
use crate::error::PageError;
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::visit::Visit;

/// Schedules that are ready-made.
pub(super) const SCHEDULES: [(&str, &str); 3] = [
    ("0 8 * * 1", "every Monday at 8:00 UTC"),
    ("0 8 * * *", "every day at 8:00 UTC"),
    ("0 8 1 * *", "on the first of every month at 8:00 UTC"),
];

/// Mails come no more often than this, in seconds.
const LEAST: i64 = 3_600;

/// A schedule that is none of the ready-made.
pub(super) fn typed(cron: &str) -> String {
    match SCHEDULES.iter().any(|(known, _)| *known == cron) {
        true => String::new(),
        false => cron.to_owned(),
    }
}

/// A schedule and when it is due first, or why it cannot be one.
fn read(text: &str, now: Timestamp) -> Result<(Cron, Timestamp), String> {
    let cron = text
        .parse::<Cron>()
        .map_err(|why| format!("It cannot be mailed so: {why}."))?;
    let due = cron
        .next_after(now)
        .ok_or("It cannot be mailed so: there is no such time.")?;
    let after = cron.next_after(due);
    match after.is_some_and(|after| after < due.plus_seconds(LEAST)) {
        true => Err("It is mailed once an hour at most.".to_owned()),
        false => Ok((cron, due)),
    }
}

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
    let (cron, due) = match read(text, visit.now) {
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
