//! What is stored, what is kept of it, and what was dropped.

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use errand_model::project::Project;
use errand_model::{ProjectId, Timestamp};
use errand_store::facts::{self, Extent};
use errand_store::leases::{self, Progress};
use errand_store::retention::{self, Dropped, Keep, Of, Rules};
use errand_store::storage::{self, OfProject, Used};

use crate::AppState;
use crate::error::PageError;
use crate::ui::forms::{Fields, SignedForm};
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Where it is.
const PATH: &str = "/storage";

/// Lines of what was dropped.
const DROPPED: i64 = 60;
/// What forms speak of, in bytes.
const MEGABYTE: i64 = 1_000_000;
/// Longer, and larger, is forever and everything.
const MOST_DAYS: i64 = 36_500;
const MOST_MEGABYTES: i64 = 1_000_000_000;

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new().route(PATH, get(page).post(change))
}

#[derive(Template)]
#[template(path = "storage/storage.html")]
struct StoragePage {
    page: Page,
    used: Used,
    events: i64,
    bytes: i64,
    hub: KeepView,
    lines: Vec<Line>,
    facts: FactsView,
    dropped: Vec<Drop>,
    progress: Option<Progress>,
}

/// What reports count from.
struct FactsView {
    stored: Extent,
    keep: KeepView,
    most_days: i64,
    forgotten: Vec<Drop>,
}

/// What is kept, as fields show it.
struct KeepView {
    days: String,
    megabytes: String,
}

impl KeepView {
    fn of(keep: Keep) -> Self {
        let text = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        KeepView {
            days: text(keep.days),
            megabytes: text(keep.bytes.map(|bytes| bytes / MEGABYTE)),
        }
    }
}

/// A project.
struct Line {
    id: i64,
    name: String,
    slug: String,
    events: i64,
    bytes: i64,
    keep: KeepView,
}

/// What was dropped of a project on a day.
struct Drop {
    name: String,
    day: Timestamp,
    why: &'static str,
    count: i64,
    bytes: i64,
    last: Timestamp,
}

async fn page(State(state): State<AppState>, visit: Visit) -> Result<Response, PageError> {
    let projects = visit.projects(&state).await?;
    let stored = storage::of_projects(&state.db).await?;
    let rules = retention::rules(&state.db).await?;
    let names: HashMap<i64, &str> = projects.iter().map(|one| (one.id.0, one.name.as_str())).collect();
    let dropped = retention::dropped(&state.db, DROPPED).await?;
    page::html(&StoragePage {
        page: visit.page("Storage", "storage"),
        used: state.db.used().await?,
        events: stored.iter().map(|of| of.events).sum(),
        bytes: stored.iter().map(|of| of.bytes).sum(),
        hub: KeepView::of(rules.hub),
        lines: lines(&projects, &stored, &rules),
        facts: facts_view(&state, rules.facts, &names).await?,
        dropped: dropped.iter().map(|one| dropped_of(one, &names)).collect(),
        progress: leases::progress(&state.db, "retention").await?,
    })
}

async fn facts_view(
    state: &AppState,
    keep: Keep,
    names: &HashMap<i64, &str>,
) -> Result<FactsView, PageError> {
    let forgotten = retention::forgotten(&state.db, DROPPED).await?;
    Ok(FactsView {
        stored: facts::extent(&state.db).await?,
        keep: KeepView::of(Keep {
            days: keep.days.map(|days| days.min(facts::DAYS)),
            ..keep
        }),
        most_days: facts::DAYS,
        forgotten: forgotten.iter().map(|one| dropped_of(one, names)).collect(),
    })
}

/// All projects, the largest first.
fn lines(projects: &[Project], stored: &[OfProject], rules: &Rules) -> Vec<Line> {
    let line = |project: &Project| {
        let of = stored.iter().find(|of| of.project == project.id);
        Line {
            id: project.id.0,
            name: project.name.clone(),
            slug: project.slug.clone(),
            events: of.map_or(0, |of| of.events),
            bytes: of.map_or(0, |of| of.bytes),
            keep: KeepView::of(rules.of(project.id)),
        }
    };
    let mut lines: Vec<Line> = projects.iter().map(line).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.bytes));
    lines
}

fn dropped_of(one: &Dropped, names: &HashMap<i64, &str>) -> Drop {
    let name = names.get(&one.project_id).copied().unwrap_or("A project");
    Drop {
        name: name.to_owned(),
        day: Timestamp::from_micros(one.day),
        why: match one.reason.as_str() {
            "age" => "older than events are kept",
            "project-size" => "the project took more than it may",
            "facts-age" => "older than facts are kept",
            "facts-size" => "facts took more than they may, and these were the oldest",
            _ => "the hub was full, and the project took the most",
        },
        count: one.count,
        bytes: one.bytes,
        last: Timestamp::from_micros(one.last),
    }
}

/// Sets what is kept: of facts, or of the events of the hub, or of the project that the form names.
async fn change(
    State(state): State<AppState>,
    visit: Visit,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let projects = visit.projects(&state).await?;
    let asked = match form.text("of") {
        "facts" => read(&form, facts::DAYS).map(|keep| (Of::Facts, "facts".to_owned(), keep)),
        _ => whose(&form, &projects).and_then(|(of, whose)| Ok((of, whose, read(&form, MOST_DAYS)?))),
    };
    let (of, whose, keep) = match asked {
        Ok(asked) => asked,
        Err(problem) => return Ok(redirect_with(PATH, &Flash::error(problem))),
    };
    let days = keep.days.or((of == Of::Facts).then_some(facts::DAYS));
    let words = |number: Option<i64>, unit: &str| number.map(|number| format!("{number} {unit}"));
    let kept: Vec<String> = [words(days, "days"), words(keep.bytes, "bytes")]
        .into_iter()
        .flatten()
        .collect();
    let kept = match kept.is_empty() {
        true => "without bound".to_owned(),
        false => kept.join(" and "),
    };
    let mut tx = state.db.begin().await?;
    retention::set(&mut tx, of, keep).await?;
    visit.note(format!("{whose} are kept: {kept}"));
    tx.commit().await?;
    Ok(redirect_with(
        PATH,
        &Flash::ok(format!("Saved. From now on {whose} are kept: {kept}.")),
    ))
}

/// Whose events are meant, and in words.
fn whose(form: &Fields, projects: &[Project]) -> Result<(Of, String), String> {
    if form.text("project").is_empty() {
        return Ok((Of::Hub, "events of all projects".to_owned()));
    }
    let id = form.parse::<i64>("project").map(ProjectId);
    let project = projects.iter().find(|project| Some(project.id) == id);
    let project = project.ok_or("There is no such project.")?;
    Ok((Of::Project(project.id), format!("events of {}", project.name)))
}

fn read(form: &Fields, most_days: i64) -> Result<Keep, String> {
    let number = |name, most: i64| match form.text(name) {
        "" => Ok(None),
        _ => match form.parse::<i64>(name) {
            Some(number) if (1..=most).contains(&number) => Ok(Some(number)),
            _ => Err(format!(
                "Days and megabytes are whole numbers from 1, or empty for no bound; days up to {most_days}."
            )),
        },
    };
    Ok(Keep {
        days: number("days", most_days)?,
        bytes: number("megabytes", MOST_MEGABYTES)?.map(|megabytes| megabytes * MEGABYTE),
    })
}
