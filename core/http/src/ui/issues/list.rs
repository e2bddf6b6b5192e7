//! The stream of issues: searched, sorted, page by page.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use errand_model::issue::{Issue, short_id};
use errand_model::project::Project;
use errand_model::search::{Query as Terms, Sort};
use errand_model::{IssueId, Level, Timestamp};
use errand_pipeline::search;
use errand_store::issues::{self, Intervals, series};

use super::headline::{Badge, Headline};
use super::live;
use super::people::{AssigneeChoice, Roster};
use super::query::{self, Address, HELP, Params, Problem, SORTS, Tab, search_of};
use super::searches::Searches;
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::choice::{Choice, choices};
use crate::ui::page::{self, Badge as PersonBadge, Page};
use crate::ui::paging::{self, neighbours};
use crate::ui::parts::{Bars, filters};
use crate::ui::visit::Visit;

/// Issues on a page.
const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "issues/list.html")]
struct IssuesPage {
    page: Page,
    project: Option<Project>,
    slug: String,
    projects: Vec<Choice>,
    query: String,
    sort: String,
    sorts: Vec<Choice>,
    problem: Option<Problem>,
    help: &'static [(&'static str, &'static str)],
    tabs: Vec<Tab>,
    searches: Searches,
    rows: Vec<Row>,
    choices: Vec<AssigneeChoice>,
    is_hub_empty: bool,
    is_default_query: bool,
    prev: Option<String>,
    next: Option<String>,
    /// Where the page is told of new issues, and where they are shown.
    told_by: String,
    first: String,
}

/// One issue.
struct Row {
    id: IssueId,
    url: String,
    short_id: String,
    headline: Headline,
    culprit: String,
    level: Level,
    badge: Option<Badge>,
    project: String,
    comments: i64,
    bars: Bars,
    events: i64,
    users: i64,
    first_seen: Timestamp,
    last_seen: Timestamp,
    assignee: Option<PersonBadge>,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Query(params): Query<Params>,
) -> Result<Response, PageError> {
    let projects = visit.projects(&state).await?;
    let project = projects.iter().find(|project| project.slug == params.project);
    if project.is_none() && !params.project.is_empty() {
        return Err(Error::not_found("There is no such project.").into());
    }
    let searches = Searches::read(&state, &visit).await?;
    let params = searches.begun(params);
    let query = params.query.as_deref().unwrap_or(query::DEFAULT).trim();
    let address = Address {
        project: &params.project,
        query,
        sort: &params.sort,
    };
    // Before the issues are read: what comes meanwhile is told as new rather than not at all.
    let newest = issues::newest(&state.db).await?;
    let searched = project.map_or(projects.as_slice(), std::slice::from_ref);
    let (found, problem) = match find(&state, &visit, searched, query, &params).await? {
        Ok(found) => (found, None),
        Err(problem) => (
            Found {
                rows: Vec::new(),
                prev: None,
                next: None,
            },
            Some(problem),
        ),
    };
    let roster = Roster::read(&state, visit.organization.id).await?;
    let (prev, next) = neighbours(&format!("{}&", address.url()), &found);
    let names = projects
        .iter()
        .map(|project| (project.slug.as_str(), project.name.as_str()));
    let sort = if params.sort.is_empty() {
        "date"
    } else {
        &params.sort
    };
    page::html(&IssuesPage {
        page: visit.page(project.map_or("Issues", |project| &project.name), "issues"),
        projects: choices(names, &params.project),
        sort: params.sort.clone(),
        sorts: choices(SORTS, sort),
        tabs: query::tabs(&address, &searches.all),
        searches: searches.at(query, &params.sort),
        told_by: live::of_list(&params.project, query, newest),
        first: address.url(),
        is_default_query: query == query::DEFAULT,
        is_hub_empty: found.rows.is_empty() && !has_any(&state, &visit, searched).await?,
        rows: rows(&state, &visit, (&projects, &roster), &found.rows).await?,
        choices: roster.choices(visit.person.id),
        project: project.cloned(),
        slug: params.project.clone(),
        query: query.to_owned(),
        problem,
        help: HELP,
        prev,
        next,
    })
}

type Found = errand_model::page::Page<Issue>;

/// The issues that match, or why the search cannot be read.
async fn find(
    state: &AppState,
    visit: &Visit,
    projects: &[Project],
    text: &str,
    params: &Params,
) -> Result<Result<Found, Problem>, Error> {
    let terms = match search::parse(text, visit.now) {
        Ok(terms) => terms,
        Err(error) => return Ok(Err(Problem::of(&error))),
    };
    let sort = search::parse_sort(&params.sort).unwrap_or(Sort::LastSeen);
    let cursor = paging::cursor(&params.cursor)?;
    match issues::list(&state.db, &search_of(visit, projects, &terms), sort, cursor, ROWS).await {
        Ok(page) => Ok(Ok(page)),
        Err(errand_store::Error::Invalid { reason }) => Ok(Err(Problem::plain(reason))),
        Err(error) => Err(error.into()),
    }
}

/// Whether any issue ever came.
async fn has_any(state: &AppState, visit: &Visit, projects: &[Project]) -> Result<bool, Error> {
    let everything = Terms::default();
    let hits = issues::count(&state.db, &search_of(visit, projects, &everything), 1).await?;
    Ok(hits.count > 0)
}

async fn rows(
    state: &AppState,
    visit: &Visit,
    (projects, roster): (&[Project], &Roster),
    issues: &[Issue],
) -> Result<Vec<Row>, Error> {
    let ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
    let mut hours = match ids.is_empty() {
        true => Default::default(),
        false => series(&state.db, &ids, Intervals::DAY, visit.now).await?,
    };
    let row = |issue: &Issue| {
        let project = projects.iter().find(|project| project.id == issue.project);
        let slug = project.map_or("", |project| project.slug.as_str());
        let hours = hours.remove(&issue.id).unwrap_or_default();
        let badge = Badge::of(issue);
        Row {
            id: issue.id,
            url: format!("/issues/{}", issue.id),
            short_id: short_id(slug, issue.number),
            headline: Headline::of(issue),
            culprit: issue.culprit.clone(),
            level: issue.level,
            badge: (!badge.class.is_empty()).then_some(badge),
            project: project.map(|project| project.name.clone()).unwrap_or_default(),
            comments: issue.comments,
            bars: Bars::small(hours.iter().map(|(_, events)| *events).collect(), "24 hours"),
            events: issue.times_seen,
            users: issue.users_seen,
            first_seen: issue.first_seen,
            last_seen: issue.last_seen,
            assignee: issue.assignee.map(|assignee| roster.badge(assignee)),
        }
    };
    Ok(issues.iter().map(row).collect())
}
