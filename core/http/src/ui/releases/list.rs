//! The releases of a project, the last heard of first.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use errand_model::Timestamp;
use errand_model::project::Project;
use errand_store::releases::{self, Deploy, Release, Wanted};

use super::health::{self, Rate};
use super::url;
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::page::{self, Page};
use crate::ui::paging::{At, neighbours};
use crate::ui::parts::filters;
use crate::ui::projects::Heading;
use crate::ui::visit::Visit;

/// Releases on a page.
const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "releases/list.html")]
struct ReleasesPage {
    page: Page,
    project: Heading,
    rows: Vec<Row>,
    prev: Option<String>,
    next: Option<String>,
}

/// One release.
struct Row {
    version: String,
    url: String,
    is_archived: bool,
    heard: Timestamp,
    last_seen: Option<Timestamp>,
    new_issues: i64,
    deploy: Option<Deploy>,
    /// The share of its sessions that did not crash.
    crash_free: Option<Rate>,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
    Query(at): Query<At>,
) -> Result<Response, PageError> {
    let project = visit.project(&state, &slug).await?;
    let found = releases::list(&state.db, &[project.id], Wanted::default(), at.cursor()?, ROWS).await?;
    let (prev, next) = neighbours("?", &found);
    page::html(&ReleasesPage {
        page: visit.page(format!("Releases of {}", project.name), "projects"),
        rows: rows(
            &state,
            &project,
            found.rows.into_iter().flatten().collect(),
            visit.now,
        )
        .await?,
        project: Heading::of(&project),
        prev,
        next,
    })
}

async fn rows(
    state: &AppState,
    project: &Project,
    found: Vec<Release>,
    now: Timestamp,
) -> Result<Vec<Row>, Error> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let versions: Vec<&str> = found.iter().map(|release| release.version.as_str()).collect();
    let new_issues = releases::new_issues(&state.db, &[project.id], &versions).await?;
    let deploys = releases::deploys_of(&state.db, project.organization, &versions).await?;
    let health = health::of_releases(state, project, &versions, now).await?;
    let row = |release: &Release| {
        let version = release.version.as_str();
        let deploy = deploys.iter().find(|deploys| deploys.last.version == version);
        Row {
            url: url(&project.slug, version),
            is_archived: release.is_archived,
            heard: release.heard,
            last_seen: release.last_seen,
            new_issues: new_issues
                .iter()
                .find(|new| new.version == version)
                .map_or(0, |new| new.count),
            deploy: deploy.map(|deploys| deploys.last.clone()),
            crash_free: health
                .iter()
                .find(|(of, _)| of == version)
                .map(|(_, rate)| rate.clone()),
            version: version.to_owned(),
        }
    };
    Ok(found.iter().map(row).collect())
}
