//! The buttons of an issue and of the stream.

use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::IssueId;
use errand_model::issue::{Issue, short_id};
use errand_model::project::Project;
use errand_store::issues::{self, By};

use super::deed::Deed;
use super::found::Found;
use super::people::Roster;
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::forms::{Fields, SignedForm};
use crate::ui::look::{Flash, redirect_with};
use crate::ui::visit::{Visit, local};

/// Issues that one form changes at most; a page shows fewer.
const MAX_SELECTED: usize = 200;

/// Something done to one issue.
pub(super) async fn one(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let found = Found::find(&state, &visit, &id).await?;
    let back = form.text("back").to_owned();
    if form.text("action") == "merge" {
        let other = Found::find(&state, &visit, form.text("other")).await;
        let Ok(other) = other else {
            return Ok(redirect_with(
                local(&back),
                &Flash::error("There is no issue of that name to merge."),
            ));
        };
        let done = merge(&state, &visit, found.issue.id, &[other.issue.id]).await;
        let text = format!("{} is part of {} now.", other.short_id(), found.short_id());
        return answer(done.map(|()| Flash::ok(text)), &back);
    }
    let roster = Roster::read(&state, visit.organization.id).await?;
    let deed = Deed::read(&form, &visit, &roster, found.issue.last_release.as_deref())?;
    let done = apply(&state, &visit, &deed, &[found.issue.id]).await;
    answer(
        done.map(|_| Flash::ok(deed.done(&format!("{} is", found.short_id())))),
        &back,
    )
}

/// Something done to the selected issues.
pub(super) async fn many(
    State(state): State<AppState>,
    visit: Visit,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let back = form.text("back").to_owned();
    let projects = visit.projects(&state).await?;
    let selected = selected(&state, &form, &projects).await?;
    let ids: Vec<IssueId> = selected.iter().map(|issue| issue.id).collect();
    if ids.is_empty() {
        return Ok(redirect_with(
            local(&back),
            &Flash::error("Nothing was selected: tick the boxes before the issues."),
        ));
    }
    if form.text("action") == "merge" {
        // Into the one with most events: that is the one people know.
        let winner = selected
            .iter()
            .max_by_key(|issue| (issue.times_seen, std::cmp::Reverse(issue.id)));
        let winner = winner.map_or(ids[0], |issue| issue.id);
        let done = merge(&state, &visit, winner, &ids).await;
        return answer(
            done.map(|()| Flash::ok(format!("{} issues are one now.", ids.len()))),
            &back,
        );
    }
    let roster = Roster::read(&state, visit.organization.id).await?;
    let deed = Deed::read(&form, &visit, &roster, None)?;
    let done = apply(&state, &visit, &deed, &ids).await;
    answer(
        done.map(|_| Flash::ok(deed.done(&named(&selected, &projects)))),
        &back,
    )
}

/// `SHOP-1A is`, `3 issues are`.
fn named(selected: &[Issue], projects: &[Project]) -> String {
    match selected {
        [issue] => {
            let project = projects.iter().find(|project| project.id == issue.project);
            format!(
                "{} is",
                short_id(project.map_or("", |project| &project.slug), issue.number)
            )
        }
        issues => format!("{} issues are", issues.len()),
    }
}

/// The issues of the ticked boxes that the visitor may see.
async fn selected(state: &AppState, form: &Fields, projects: &[Project]) -> Result<Vec<Issue>, Error> {
    let ids: Vec<IssueId> = form
        .all("id")
        .take(MAX_SELECTED)
        .filter_map(|id| id.parse().ok())
        .collect();
    let mut found = issues::by_ids(&state.db, &ids).await?;
    found.retain(|issue| projects.iter().any(|project| project.id == issue.project));
    Ok(found)
}

type Done<T> = Result<T, errand_store::Error>;

async fn apply(state: &AppState, visit: &Visit, deed: &Deed, ids: &[IssueId]) -> Done<Vec<IssueId>> {
    let mut tx = state.db.begin().await?;
    let changed = deed
        .apply(&mut tx, state.context(), &By::new(visit.actor()), ids)
        .await?;
    tx.commit().await?;
    Ok(changed)
}

async fn merge(state: &AppState, visit: &Visit, winner: IssueId, losers: &[IssueId]) -> Done<()> {
    let mut tx = state.db.begin().await?;
    issues::merge(&mut tx, state.context(), &By::new(visit.actor()), winner, losers).await?;
    tx.commit().await
}

/// Goes back, and says what came of it; what the store refuses is said too.
pub(super) fn answer(done: Done<Flash>, back: &str) -> Result<Response, PageError> {
    use errand_store::Error as Refused;
    let flash = match done {
        Ok(flash) => flash,
        Err(refused @ (Refused::Invalid { .. } | Refused::Conflict { .. } | Refused::Missing { .. })) => {
            Flash::error(format!("Nothing was changed: {refused}."))
        }
        Err(failed) => return Err(failed.into()),
    };
    Ok(redirect_with(local(back), &flash))
}

/// A comment.
pub(super) async fn comment(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let found = Found::find(&state, &visit, &id).await?;
    let back = format!("{}/activity", found.url());
    let text = form.lines("text");
    let done = async {
        let mut tx = state.db.begin().await?;
        let by = By::new(visit.actor());
        issues::comment(&mut tx, state.context(), &by, found.issue.id, text.trim()).await?;
        tx.commit().await
    };
    answer(done.await.map(|()| Flash::ok("Said.")), &back)
}
