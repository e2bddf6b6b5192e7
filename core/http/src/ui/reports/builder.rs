//! The form, and what it was answered.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use errand_pipeline::report::Ask;
use errand_store::reports::mailing::Mailing;
use errand_store::reports::{self, Report};

use super::answered::Answered;
use super::form::{Form, ask_of};
use super::kept::{ask_in, find, may_change};
use super::presets::{self, Preset};
use super::schedules::{self, SCHEDULES};
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::choice::{Choice, choices};
use crate::ui::forms::Fields;
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "reports/builder.html")]
struct BuilderPage {
    page: Page,
    form: Form,
    answered: Option<Answered>,
    presets: Vec<Preset>,
    reports: Vec<Report>,
    /// The report that is kept and shown.
    kept: Option<Kept>,
}

/// A kept report, for who looks.
struct Kept {
    report: Report,
    /// Whether they may change it.
    is_theirs: bool,
    mailing: Option<Mailing>,
    schedules: Vec<Choice>,
    cron: String,
    can_mail: bool,
    /// Why what was typed of it was not taken.
    problem: Option<String>,
}

/// What people ask in an address, in the order of the form.
type Pairs = Query<Vec<(String, String)>>;

/// The page: ready-made and kept reports, and the form with its answer where something is asked.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Query(pairs): Pairs,
) -> Result<Response, PageError> {
    let is_asked = !pairs.is_empty();
    let ask = ask_of(&Fields::of(pairs));
    let answered = match is_asked {
        true => Some(Answered::of(&state, &visit, ask.clone()).await?),
        false => None,
    };
    show(&state, &visit, ask, answered, None).await
}

/// A report that is kept; the form changes what it asks.
pub(super) async fn kept(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<i64>,
    Query(pairs): Pairs,
) -> Result<Response, PageError> {
    let report = find(&state, &visit, id).await?;
    let ask = match pairs.is_empty() {
        true => ask_in(&report),
        false => ask_of(&Fields::of(pairs)),
    };
    let kept = Kept::find(&state, &visit, report).await?;
    let answered = Answered::of(&state, &visit, ask.clone()).await?;
    show(&state, &visit, ask, Some(answered), Some(kept)).await
}

/// The report, with what was typed of when it is mailed, and why that cannot be.
pub(super) async fn unmailed(
    state: &AppState,
    visit: &Visit,
    report: Report,
    (cron, problem): (&str, String),
) -> Result<Response, PageError> {
    let ask = ask_in(&report);
    let kept = Kept {
        cron: cron.to_owned(),
        problem: Some(problem),
        ..Kept::find(state, visit, report).await?
    };
    let answered = Answered::of(state, visit, ask.clone()).await?;
    show(state, visit, ask, Some(answered), Some(kept)).await
}

impl Kept {
    async fn find(state: &AppState, visit: &Visit, report: Report) -> Result<Self, Error> {
        let mailing = reports::mailing::of(&state.db, report.id, visit.person.id).await?;
        let cron = mailing
            .as_ref()
            .map(|mailing| mailing.cron.clone())
            .unwrap_or_default();
        Ok(Kept {
            is_theirs: may_change(visit, &report),
            schedules: choices(SCHEDULES, &cron),
            can_mail: state.post.is_there(),
            report,
            mailing,
            cron: schedules::typed(&cron),
            problem: None,
        })
    }
}

async fn show(
    state: &AppState,
    visit: &Visit,
    ask: Ask,
    answered: Option<Answered>,
    kept: Option<Kept>,
) -> Result<Response, PageError> {
    let projects = visit.projects(state).await?;
    let title = kept
        .as_ref()
        .map_or("Reports", |kept| &kept.report.name)
        .to_owned();
    let is_blank = answered.is_none();
    let is_wrong = answered
        .as_ref()
        .is_some_and(|answered| answered.problem.is_some())
        || kept.as_ref().is_some_and(|kept| kept.problem.is_some());
    let shown = BuilderPage {
        page: visit.page(title, "reports"),
        form: Form::new(ask, &projects),
        answered,
        presets: if is_blank { presets::all() } else { Vec::new() },
        reports: match is_blank {
            true => reports::list(&state.db, visit.organization.id, visit.person.id).await?,
            false => Vec::new(),
        },
        kept,
    };
    let status = if is_wrong {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    page::html_with(status, &shown)
}
