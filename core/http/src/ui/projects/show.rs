//! How to set a project up: its DSN, what to paste where, and whether events come in.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::project::ProjectKey;
use errand_model::search::{Query, Sort};
use errand_store::issues::{self, Search};
use errand_store::keys;

use super::Heading;
use super::snippets::{Snippet, snippets};
use crate::AppState;
use crate::error::PageError;
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "projects/show.html")]
struct ProjectPage {
    page: Page,
    project: Heading,
    dsn: Option<String>,
    snippets: Vec<Snippet>,
    first_issue: Option<Newest>,
    told_by: String,
}

/// The newest issue.
struct Newest {
    url: String,
    title: String,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let project = visit.project(&state, &slug).await?;
    let keys = keys::list(&state.db, project.id).await?;
    let dsn = keys
        .iter()
        .find(|key| key.is_active)
        .map(|key: &ProjectKey| key.dsn(&state.config.public_url));
    let search = Search {
        organization: visit.organization.id,
        projects: std::slice::from_ref(&project),
        query: &Query::default(),
        viewer: Some(visit.person.id),
    };
    let newest = issues::list(&state.db, &search, Sort::LastSeen, None, 1).await?;
    let told_by = super::told_by(&project.slug, newest.rows.first());
    let first_issue = newest.rows.into_iter().next().map(|issue| Newest {
        url: format!("/issues/{}", issue.id),
        title: issue.title,
    });
    let shown_dsn = dsn.as_deref().unwrap_or("YOUR_DSN");
    page::html(&ProjectPage {
        page: visit.page(format!("Set up {}", project.name), "projects"),
        snippets: snippets(shown_dsn, project.platform.as_deref()),
        project: Heading::of(&project),
        dsn,
        first_issue,
        told_by,
    })
}
