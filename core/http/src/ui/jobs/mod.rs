//! What takes long: how far it is; and erasing a person's data, which is such work.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use errand_model::erasure::{NamedBy, Person};
use errand_store::erasure::{self, Found, Scope};
use errand_store::leases::{self, Progress};
use errand_store::tasks::{self, Task};

use crate::AppState;
use crate::erasing::ask;
use crate::error::PageError;
use crate::ui::choice::Choice;
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Where it is.
const PATH: &str = "/jobs";
/// Tasks that are shown.
const SHOWN: i64 = 50;

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new().route(PATH, get(page).post(change))
}

#[derive(Template)]
#[template(path = "jobs/jobs.html")]
struct JobsPage {
    page: Page,
    tasks: Vec<TaskView>,
    retention: Option<Progress>,
    ways: Vec<Choice>,
    value: String,
    found: Option<Found>,
}

/// A task as it is shown.
struct TaskView {
    task: Task,
    state: &'static str,
    /// In a hundred; none where it is not known how much there is.
    percent: Option<i64>,
}

impl TaskView {
    fn new(task: Task) -> Self {
        let (state, percent) = match task.state {
            tasks::State::Open if task.done == 0 => ("waiting", None),
            tasks::State::Open => {
                let share = task.done.saturating_mul(100).checked_div(task.total);
                ("running", share.map(|share| share.min(99)))
            }
            tasks::State::Done => ("done", Some(100)),
            tasks::State::Failed => ("failed", None),
        };
        TaskView { task, state, percent }
    }
}

const fn words(by: NamedBy) -> &'static str {
    match by {
        NamedBy::Id => "User id",
        NamedBy::Email => "E-mail address",
        NamedBy::Username => "User name",
        NamedBy::Ip => "IP address",
        NamedBy::Identifier => "Licence, order or other field of support",
    }
}

async fn jobs(state: &AppState, visit: &Visit, person: Option<&Person>) -> Result<JobsPage, PageError> {
    let way = |by: NamedBy| Choice {
        slug: by.as_str().to_owned(),
        name: words(by).to_owned(),
        is_chosen: person.is_some_and(|person| person.by == by),
    };
    let tasks = tasks::list(&state.db, visit.organization.id, SHOWN).await?;
    let retention = leases::progress(&state.db, "retention").await?;
    Ok(JobsPage {
        page: visit.page("Jobs", "jobs"),
        tasks: tasks.into_iter().map(TaskView::new).collect(),
        retention: retention.filter(|progress| !progress.text.is_empty()),
        ways: NamedBy::ALL.into_iter().map(way).collect(),
        value: person.map(|person| person.value.clone()).unwrap_or_default(),
        found: None,
    })
}

async fn page(State(state): State<AppState>, visit: Visit) -> Result<Response, PageError> {
    page::html(&jobs(&state, &visit, None).await?)
}

/// Says how much there is of a person, or has it erased.
async fn change(
    State(state): State<AppState>,
    visit: Visit,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let by = NamedBy::parse(form.text("by"));
    let Some(person) = by.and_then(|by| Person::new(by, form.text("value"))) else {
        let said = "Say who it is: a value of at most 300 bytes, and what it is.";
        return Ok(redirect_with(PATH, &Flash::error(said)));
    };
    let scope = Scope::of(&state.db, visit.organization.id, person.clone()).await?;
    let found = erasure::find(&state.db, &scope).await?;
    if form.text("action") != "erase" {
        visit.note(format!("looked for the data of {}", person.masked()));
        let mut shown = jobs(&state, &visit, Some(&person)).await?;
        shown.found = Some(found);
        return page::html(&shown);
    }
    visit.note(format!("had the data of {} erased", person.masked()));
    ask(&state, visit.organization.id, &person, found, &visit.actor()).await?;
    Ok(redirect_with(
        PATH,
        &Flash::ok("It is being erased. This page says how far it is."),
    ))
}
