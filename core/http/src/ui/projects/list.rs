//! All projects at a glance.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use errand_model::issue::Status;
use errand_model::outcome::{Category, Outcome};
use errand_model::project::Project;
use errand_model::search::{Filter, Query, Sort, Term};
use errand_model::{ProjectId, Timestamp};
use errand_store::issues::{self, Search};
use errand_store::stats::{self, OutcomeHour, Wanted};

use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::page::{self, Page};
use crate::ui::parts::{Bars, filters};
use crate::ui::visit::Visit;

/// Unresolved issues are counted so far.
const COUNTED: u32 = 1_000;

#[derive(Template)]
#[template(path = "projects/list.html")]
struct ProjectsPage {
    page: Page,
    cards: Vec<Card>,
}

/// One project.
struct Card {
    slug: String,
    name: String,
    initials: String,
    bars: Bars,
    events: i64,
    unresolved: String,
    last: Option<Timestamp>,
}

/// The page.
pub(super) async fn page(State(state): State<AppState>, visit: Visit) -> Result<Response, PageError> {
    let projects = visit.projects(&state).await?;
    let hours = hours(&state, &projects, visit.now).await?;
    let mut cards = Vec::with_capacity(projects.len());
    for project in &projects {
        cards.push(card(&state, &visit, project, &hours).await?);
    }
    page::html(&ProjectsPage {
        page: visit.page("Projects", "projects"),
        cards,
    })
}

/// What came in within the last day.
async fn hours(state: &AppState, projects: &[Project], now: Timestamp) -> Result<Vec<OutcomeHour>, Error> {
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = Wanted {
        categories: vec![
            Category::Default,
            Category::Error,
            Category::Security,
            Category::Feedback,
        ],
        outcomes: vec![Outcome::Accepted],
    };
    let range = (first_hour(now), now.plus_seconds(1));
    Ok(stats::outcomes(&state.db, &ids, range, &wanted).await?)
}

/// The first of the 24 hours that end now.
fn first_hour(now: Timestamp) -> Timestamp {
    now.hour().plus_seconds(-23 * 3_600)
}

async fn card(
    state: &AppState,
    visit: &Visit,
    project: &Project,
    hours: &[OutcomeHour],
) -> Result<Card, Error> {
    let mut values = vec![0; 24];
    let first = first_hour(visit.now).micros();
    for hour in hours.iter().filter(|hour| hour.project_id == project.id.0) {
        let at = usize::try_from((hour.hour - first) / 3_600_000_000).ok();
        at.and_then(|at| values.get_mut(at))
            .into_iter()
            .for_each(|value| *value += hour.quantity);
    }
    let search = |query| Search {
        organization: visit.organization.id,
        projects: std::slice::from_ref(project),
        query,
        viewer: Some(visit.person.id),
    };
    let unresolved = Term {
        negated: false,
        filter: Filter::Status(Status::Unresolved),
    };
    let (unresolved, everything) = (
        Query {
            terms: vec![unresolved],
        },
        Query::default(),
    );
    let hits = issues::count(&state.db, &search(&unresolved), COUNTED).await?;
    let newest = issues::list(&state.db, &search(&everything), Sort::LastSeen, None, 1).await?;
    Ok(Card {
        slug: project.slug.clone(),
        name: project.name.clone(),
        initials: page::initials(&project.name),
        events: values.iter().sum(),
        bars: Bars::small(values, "24 hours"),
        unresolved: format!("{}{}", hits.count, if hits.is_capped { "+" } else { "" }),
        last: newest.rows.first().map(|issue| issue.last_seen),
    })
}
