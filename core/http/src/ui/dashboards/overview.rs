//! How projects are: events, users, new issues, crash-free sessions, and the issues that hit most users.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use errand_model::ProjectId;
use errand_model::health::Sessions;
use errand_model::project::Project;
use errand_pipeline::report::{Ask, SPANS};
use errand_pipeline::search;
use errand_store::health::{self, Wanted};
use errand_store::issues::{self, Hits, Search};
use serde::Deserialize;

use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::choice::{Choice, choices};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::reports::{Answered, address};
use crate::ui::visit::Visit;

/// New issues that are counted at most.
const COUNTED: u32 = 10_000;
/// Stretches of time that can be chosen.
const CHOSEN: [&str; 4] = ["24h", "7d", "30d", "90d"];

#[derive(Template)]
#[template(path = "dashboards/overview.html")]
struct OverviewPage {
    page: Page,
    projects: Vec<Choice>,
    spans: Vec<Choice>,
    new_issues: Hits,
    /// Of a thousand, how many did not crash; none where there were no sessions.
    crash_free: Option<String>,
    sessions: i64,
    users: Widget,
    widgets: Vec<Widget>,
}

/// One answer, and where it is asked.
struct Widget {
    title: &'static str,
    answered: Answered,
    address: String,
    is_wide: bool,
}

impl Widget {
    async fn of(state: &AppState, visit: &Visit, title: &'static str, ask: Ask) -> Result<Self, Error> {
        let address = address(&ask);
        let is_wide = !ask.step.is_empty();
        let answered = Answered::of(state, visit, ask).await?;
        Ok(Widget {
            title,
            answered,
            address,
            is_wide,
        })
    }

    fn total(&self) -> i64 {
        self.answered
            .shown
            .as_ref()
            .map_or(0, |shown| shown.table.total.value())
    }
}

/// The address.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Params {
    #[serde(default)]
    project: String,
    #[serde(default)]
    span: String,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Query(params): Query<Params>,
) -> Result<Response, PageError> {
    let all = visit.projects(&state).await?;
    if !params.project.is_empty() && !all.iter().any(|project| project.slug == params.project) {
        return Err(Error::not_found("There is no such project.").into());
    }
    let span = CHOSEN
        .into_iter()
        .find(|span| *span == params.span)
        .unwrap_or("7d");
    let chosen: Vec<Project> = all
        .iter()
        .filter(|project| params.project.is_empty() || project.slug == params.project)
        .cloned()
        .collect();
    let ask = |measure: &str, by: &[&str], step: &str| asked(&params.project, span, (measure, by, step));
    let by_what = if chosen.len() > 1 { "project" } else { "level" };
    let widgets = vec![
        Widget::of(&state, &visit, "Events", ask("events", &[by_what], "auto")).await?,
        Widget::of(
            &state,
            &visit,
            "Issues that hit most users",
            ask("users", &["issue"], ""),
        )
        .await?,
        Widget::of(
            &state,
            &visit,
            "Users by browser",
            ask("users", &["browser.name"], ""),
        )
        .await?,
        Widget::of(
            &state,
            &visit,
            "Events by release",
            ask("events", &["release"], ""),
        )
        .await?,
    ];
    let sessions = sessions(&state, &visit, &chosen, span).await?;
    let projects = all
        .iter()
        .map(|project| (project.slug.clone(), project.name.clone()));
    let everything = [(String::new(), "All projects".to_owned())];
    page::html(&OverviewPage {
        page: visit.page("Overview", "reports"),
        projects: choices(everything.into_iter().chain(projects), &params.project),
        spans: choices(SPANS.into_iter().filter(|(span, _)| CHOSEN.contains(span)), span),
        new_issues: new_issues(&state, &visit, &chosen, span).await?,
        crash_free: sessions
            .crash_free()
            .map(|share| format!("{:.2} %", share * 100.0)),
        sessions: sessions.started,
        users: Widget::of(&state, &visit, "Users", ask("users", &[], "")).await?,
        widgets,
    })
}

/// One question of the page.
fn asked(project: &str, span: &str, (measure, by, step): (&str, &[&str], &str)) -> Ask {
    let projects = Some(project.to_owned()).filter(|slug| !slug.is_empty());
    Ask {
        measure: measure.to_owned(),
        by: by.iter().map(|key| (*key).to_owned()).collect(),
        span: span.to_owned(),
        step: step.to_owned(),
        projects: projects.into_iter().collect(),
        ..Ask::default()
    }
}

async fn new_issues(
    state: &AppState,
    visit: &Visit,
    projects: &[Project],
    span: &str,
) -> Result<Hits, Error> {
    let query = search::parse(&format!("firstSeen:-{span}"), visit.now)
        .map_err(|problem| Error::bad_request(problem.to_string()))?;
    let search = Search {
        organization: visit.organization.id,
        projects,
        query: &query,
        viewer: Some(visit.person.id),
    };
    Ok(issues::count(&state.db, &search, COUNTED).await?)
}

async fn sessions(
    state: &AppState,
    visit: &Visit,
    projects: &[Project],
    span: &str,
) -> Result<Sessions, Error> {
    let ask = Ask {
        span: span.to_owned(),
        ..Ask::default()
    };
    let span = ask.question(visit.now).map_err(Error::bad_request)?.span;
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    let window = (span.since.hour(), span.until);
    let rows = health::hours(&state.db, &ids, window, Wanted::default(), false).await?;
    let mut sum = Sessions::default();
    rows.iter().for_each(|row| sum.add(row.sessions));
    Ok(sum)
}
