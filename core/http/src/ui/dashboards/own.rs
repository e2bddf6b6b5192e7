//! Dashboards that people make of kept reports.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::access::{Action, Resource};
use errand_store::reports::dashboards::{self, Dashboard};
use errand_store::reports::{self, Report};

use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::reports::{Answered, ask_in};
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "dashboards/list.html")]
struct ListPage {
    page: Page,
    dashboards: Vec<Dashboard>,
}

#[derive(Template)]
#[template(path = "dashboards/own.html")]
struct OwnPage {
    page: Page,
    dashboard: Dashboard,
    is_theirs: bool,
    widgets: Vec<Widget>,
    /// Reports that are not on it.
    others: Vec<Report>,
    is_full: bool,
}

/// A report on a dashboard.
struct Widget {
    report: Report,
    answered: Answered,
    is_wide: bool,
    /// Whether there is one before it.
    can_go_up: bool,
}

/// All that who looks sees.
pub(super) async fn list(State(state): State<AppState>, visit: Visit) -> Result<Response, PageError> {
    page::html(&ListPage {
        page: visit.page("Dashboards", "reports"),
        dashboards: dashboards::list(&state.db, visit.organization.id, visit.person.id).await?,
    })
}

/// Makes one.
pub(super) async fn create(
    State(state): State<AppState>,
    visit: Visit,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let (name, is_shared) = (form.text("name"), form.is_ticked("shared"));
    let (organization, person) = (visit.organization.id, visit.person.id);
    let mut tx = state.db.begin().await?;
    let id = match dashboards::create(&mut tx, state.context(), organization, person, name, is_shared).await {
        Err(errand_store::Error::Invalid { reason }) => {
            let flash = Flash::error(format!("It is not made: {reason}."));
            return Ok(redirect_with("/dashboards", &flash));
        }
        made => made?,
    };
    visit.note(format!("made the dashboard {name}"));
    tx.commit().await?;
    Ok(redirect_with(
        &format!("/dashboards/{id}"),
        &Flash::ok(format!("{name} is there.")),
    ))
}

async fn find(state: &AppState, visit: &Visit, id: i64) -> Result<Dashboard, Error> {
    let found = dashboards::get(&state.db, visit.organization.id, visit.person.id, id).await?;
    found.ok_or_else(|| Error::not_found("There is no such dashboard."))
}

fn may_change(visit: &Visit, dashboard: &Dashboard) -> bool {
    dashboard.person == visit.person.id || visit.require(Resource::Organization, Action::Change).is_ok()
}

/// One, with its reports answered.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let dashboard = find(&state, &visit, id).await?;
    let mut known = reports::list(&state.db, visit.organization.id, visit.person.id).await?;
    let mut widgets: Vec<Widget> = Vec::new();
    for report in &dashboard.reports {
        // What was forgotten, or is somebody else's now, is left out.
        let Some(at) = known.iter().position(|known| known.id == *report) else {
            continue;
        };
        let report = known.remove(at);
        let ask = ask_in(&report);
        widgets.push(Widget {
            is_wide: !ask.step.is_empty(),
            answered: Answered::of(&state, &visit, ask).await?,
            can_go_up: !widgets.is_empty(),
            report,
        });
    }
    page::html(&OwnPage {
        page: visit.page(dashboard.name.clone(), "reports"),
        is_theirs: may_change(&visit, &dashboard),
        is_full: dashboard.reports.len() >= dashboards::MOST_REPORTS,
        dashboard,
        widgets,
        others: known,
    })
}

/// Puts a report on it, takes one off, moves one up; or forgets it.
pub(super) async fn change(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<i64>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let dashboard = find(&state, &visit, id).await?;
    if !may_change(&visit, &dashboard) {
        return Err(
            Error::forbidden("Only who made the dashboard may change it, and who runs the hub.").into(),
        );
    }
    let mut shown = dashboard.reports.clone();
    let report: Option<i64> = form.parse("report");
    let at = report.and_then(|report| shown.iter().position(|one| *one == report));
    let mut tx = state.db.begin().await?;
    match (form.text("action"), report, at) {
        ("add", Some(report), None) => {
            let seen = reports::get(&mut tx, visit.organization.id, visit.person.id, report).await?;
            seen.ok_or_else(|| Error::not_found("There is no such report."))?;
            shown.push(report);
        }
        ("remove", _, Some(at)) => {
            shown.remove(at);
        }
        ("up", _, Some(at)) if at > 0 => shown.swap(at, at - 1),
        ("forget", ..) => {
            dashboards::forget(&mut tx, id).await?;
            visit.note(format!("forgot the dashboard {}", dashboard.name));
            tx.commit().await?;
            let flash = Flash::ok(format!("{} is forgotten; its reports are kept.", dashboard.name));
            return Ok(redirect_with("/dashboards", &flash));
        }
        _ => return Err(Error::bad_request("There is no such action.").into()),
    }
    dashboards::set_reports(&mut tx, id, &shown).await?;
    visit.note(format!("changed the dashboard {}", dashboard.name));
    tx.commit().await?;
    Ok(redirect_with(&format!("/dashboards/{id}"), &Flash::ok("Kept.")))
}
