//! A release: what is new in it, what it fixes, and where it went.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::issue::{Issue, short_id};
use errand_model::project::Project;
use errand_store::issues;
use errand_store::releases::{self, Deploy, Part, Release};

use super::health::{self, Health};
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::issues::{Badge, Headline};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::projects::Heading;
use crate::ui::visit::Visit;

/// Issues that are shown of each kind.
const ISSUES: u32 = 25;
/// Deploys that are shown.
const DEPLOYS: u32 = 50;

#[derive(Template)]
#[template(path = "releases/release.html")]
struct ReleasePage {
    page: Page,
    project: Heading,
    release: Release,
    deploys: Vec<Deploy>,
    health: Option<Health>,
    new_issues: i64,
    new: Vec<Line>,
    fixed: Vec<Line>,
}

/// One issue.
struct Line {
    url: String,
    short_id: String,
    headline: Headline,
    badge: Badge,
    events: i64,
    users: i64,
    /// Where its fix was deployed to.
    deployed: Option<String>,
}

impl Line {
    fn of(issue: &Issue, project: &Project) -> Self {
        Line {
            url: format!("/issues/{}", issue.id),
            short_id: short_id(&project.slug, issue.number),
            headline: Headline::of(issue),
            badge: Badge::of(issue),
            events: issue.times_seen,
            users: issue.users_seen,
            deployed: issue
                .deployed
                .as_ref()
                .map(|deployed| deployed.environment.clone()),
        }
    }
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path((slug, version)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let project = visit.project(&state, &slug).await?;
    let release = releases::named(&state.db, &[project.id], &[&version])
        .await?
        .pop();
    let release = release.ok_or_else(|| Error::not_found("There is no such release in this project."))?;
    let new_issues = releases::new_issues(&state.db, &[project.id], &[&version]).await?;
    let deploys = releases::deploys(&state.db, project.organization, &version, None, DEPLOYS).await?;
    let health = health::of_release(&state, &project, &version, visit.now).await?;
    page::html(&ReleasePage {
        page: visit.page(version, "projects"),
        health,
        new_issues: new_issues.first().map_or(0, |new| new.count),
        new: lines(&state, &project, &release, Part::New).await?,
        fixed: lines(&state, &project, &release, Part::Fixed).await?,
        project: Heading::of(&project),
        release,
        deploys: deploys.rows,
    })
}

async fn lines(
    state: &AppState,
    project: &Project,
    release: &Release,
    part: Part,
) -> Result<Vec<Line>, Error> {
    let ids = releases::issues_of(&state.db, &[project.id], &release.version, part, ISSUES).await?;
    let issues = issues::by_ids(&state.db, &ids).await?;
    Ok(issues.iter().map(|issue| Line::of(issue, project)).collect())
}
