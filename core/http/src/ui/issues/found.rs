//! An issue that the visitor may see, by what its address says.

use errand_model::IssueId;
use errand_model::issue::{Issue, short_id};
use errand_model::project::Project;
use errand_store::events::{self, StoredEvent, Which};
use errand_store::{issues, projects};

use crate::AppState;
use crate::error::Error;
use crate::ui::visit::Visit;

/// An issue that the visitor may see.
pub(crate) struct Found {
    /// The issue.
    pub(crate) issue: Issue,
    /// Its project.
    pub(crate) project: Project,
}

impl Found {
    /// By its id or its short id.
    pub(crate) async fn find(state: &AppState, visit: &Visit, id: &str) -> Result<Self, Error> {
        let missing =
            || Error::not_found("There is no such issue: it may have been deleted, or merged into another.");
        let issue = match id.parse::<IssueId>() {
            Ok(id) => issues::get(&state.db, id).await?,
            Err(_) => {
                let (slug, number) = errand_model::issue::parse_short_id(id).ok_or_else(missing)?;
                issues::by_short_id(&state.db, visit.organization.id, &slug, number).await?
            }
        };
        let issue = issue.ok_or_else(missing)?;
        let project = projects::by_id(&state.db, issue.project).await?;
        let project = project
            .filter(|project| project.organization == visit.organization.id)
            .ok_or_else(missing)?;
        match visit.sees(state, project.id).await? {
            true => Ok(Found { issue, project }),
            false => Err(missing()),
        }
    }

    /// Its short id.
    pub(crate) fn short_id(&self) -> String {
        short_id(&self.project.slug, self.issue.number)
    }

    /// Where its pages are.
    pub(crate) fn url(&self) -> String {
        format!("/issues/{}", self.issue.id)
    }

    /// One of its events: by its id, `oldest` or `latest`.
    pub(crate) async fn event(&self, state: &AppState, event: &str) -> Result<StoredEvent, Error> {
        let issue = self.issue.id;
        let stored = match event {
            "oldest" => events::end_of_issue(&state.db, issue, Which::Oldest).await?,
            "latest" => events::end_of_issue(&state.db, issue, Which::Latest).await?,
            id => match id.parse() {
                Ok(id) => events::get_of_issue(&state.db, issue, id).await?,
                Err(_) => None,
            },
        };
        stored.ok_or_else(|| Error::not_found("The issue has no such event."))
    }
}
