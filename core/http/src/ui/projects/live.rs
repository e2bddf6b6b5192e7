//! Tells the page of a project that an event came: the first one is waited for.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use errand_model::issue::Issue;
use errand_model::project::Project;
use errand_model::search::{Query as Terms, Sort};
use errand_store::issues::{self, Search};
use serde::Deserialize;

use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::live::{self, Look, Looker, Told};
use crate::ui::visit::Visit;

/// What a page shows of a project: its newest issue.
#[derive(Debug, Deserialize)]
pub(super) struct Shown {
    seen: Option<String>,
}

/// Where a page is told that a project has another newest issue than this one, or that this one has more events.
pub(crate) fn of_project(slug: &str, newest: Option<&Issue>) -> String {
    format!("/projects/{slug}/live?seen={}", marker(newest))
}

fn marker(newest: Option<&Issue>) -> String {
    newest.map_or_else(String::new, |issue| format!("{}-{}", issue.id, issue.times_seen))
}

/// Tells that.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
    Query(shown): Query<Shown>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let look = OfProject {
        project: visit.project(&state, &slug).await?,
        looker: Looker::new(&state, &headers),
        last: None,
    };
    Ok(live::answer(&state, &visit, shown.seen, look))
}

struct OfProject {
    looker: Looker,
    project: Project,
    last: Option<String>,
}

impl Look for OfProject {
    async fn look(&mut self) -> Result<Told, Error> {
        let state = &self.looker.state;
        let search = Search {
            organization: self.project.organization,
            projects: std::slice::from_ref(&self.project),
            query: &Terms::default(),
            viewer: None,
        };
        let newest = issues::list(&state.db, &search, Sort::LastSeen, None, 1).await?;
        let now = marker(newest.rows.first());
        if self.last.as_ref() != Some(&now) {
            // They may have left its team meanwhile.
            let visit = self.looker.visit().await?;
            visit.project(state, &self.project.slug).await?;
            self.last = Some(now.clone());
        }
        Ok(Told {
            news: None,
            state: Some(now),
        })
    }
}
