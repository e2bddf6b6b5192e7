//! Answers to plugins' questions. What an installation may see is looked up here, from the installation: never from
//! what the plugin said.

mod counts;
mod found;
mod health;
mod measured;
mod people;

use errand_model::issue::Issue;
use errand_model::ticket::Ticket;
use errand_model::{InstallationId, IssueId, Timestamp};
use errand_plugin_host::{IssueSummary, ServiceError};
use errand_store::events::{self, Which};
use errand_store::installations::Installation;
use errand_store::{Db, Error, installations, issues, organizations, projects};
use serde_json::Value;

pub(super) use counts::{count, frequent, hourly, new_values};
pub(super) use found::{Asked, find_by_event, find_by_link, open_tickets, search};
pub(super) use health::{sessions, sessions_by_minutes};
pub(super) use measured::{by_minutes, count_between};
pub(super) use people::{addressee, assignee, targets};

/// An issue as it stands.
pub(super) async fn issue(
    db: &Db,
    url: &str,
    installation: InstallationId,
    issue: IssueId,
) -> Result<IssueSummary, ServiceError> {
    let issue = visible(db, installation, issue).await?;
    let project = projects::by_id(db, issue.project).await.map_err(unavailable)?;
    let project = project.ok_or(ServiceError::NotFound)?;
    let organization = organizations::by_id(db, project.organization)
        .await
        .map_err(unavailable)?;
    let organization = organization.ok_or(ServiceError::NotFound)?.slug;
    Ok(IssueSummary::new(&issue, &project, &organization, url))
}

/// The latest event of an issue.
pub(super) async fn latest_event(
    db: &Db,
    installation: InstallationId,
    issue: IssueId,
) -> Result<Option<Value>, ServiceError> {
    let issue = visible(db, installation, issue).await?;
    let event = events::end_of_issue(db, issue.id, Which::Latest)
        .await
        .map_err(unavailable)?;
    event
        .map(|event| serde_json::from_slice(&event.payload))
        .transpose()
        .map_err(|error| ServiceError::Unavailable(error.to_string()))
}

/// The latest event of an issue that had come in by then.
pub(super) async fn event_at(
    db: &Db,
    installation: InstallationId,
    issue: IssueId,
    at: Timestamp,
) -> Result<Option<Value>, ServiceError> {
    let issue = visible(db, installation, issue).await?;
    let event = events::of_issue_at(db, issue.id, at).await.map_err(unavailable)?;
    event
        .map(|event| serde_json::from_slice(&event.payload))
        .transpose()
        .map_err(|error| ServiceError::Unavailable(error.to_string()))
}

/// The tickets of an issue.
pub(super) async fn links(
    db: &Db,
    installation: InstallationId,
    issue: IssueId,
) -> Result<Vec<Ticket>, ServiceError> {
    let issue = visible(db, installation, issue).await?;
    let links = issues::links(db, issue.id).await.map_err(unavailable)?;
    Ok(links.into_iter().map(|link| link.ticket).collect())
}

/// The issue, if it is of the installation's project, or of its organization where it has none of its own.
async fn visible(db: &Db, installation: InstallationId, issue: IssueId) -> Result<Issue, ServiceError> {
    let installation = asking(db, installation).await?;
    let issue = issues::get(db, issue).await.map_err(unavailable)?;
    let issue = issue.ok_or(ServiceError::NotFound)?;
    let is_own = match installation.project {
        Some(project) => project == issue.project,
        None => {
            let project = projects::by_id(db, issue.project).await.map_err(unavailable)?;
            project.is_some_and(|project| project.organization == installation.organization)
        }
    };
    if is_own {
        Ok(issue)
    } else {
        Err(ServiceError::NotFound)
    }
}

/// Who asks.
async fn asking(db: &Db, installation: InstallationId) -> Result<Installation, ServiceError> {
    let installation = installations::by_id(db, installation)
        .await
        .map_err(unavailable)?;
    installation.ok_or(ServiceError::NotFound)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in for a closure of map_err"
)]
fn unavailable(error: Error) -> ServiceError {
    ServiceError::Unavailable(super::storage_failed(&error))
}
