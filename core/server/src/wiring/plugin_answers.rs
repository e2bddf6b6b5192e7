//! Answers to plugins' questions. What an installation may see is looked up here, from the installation: never from
//! what the plugin said.

use errand_model::issue::Issue;
use errand_model::{Clock, InstallationId, IssueId, Timestamp};
use errand_plugin_host::{IssueSummary, ServiceError, StatsCounts, StatsFilter};
use errand_store::events::{self, Which};
use errand_store::issues::{self, Intervals};
use errand_store::{Db, Error, installations, organizations, projects};
use serde_json::Value;

/// Hours that are counted at most: 90 days.
const MAX_HOURS: i64 = 90 * 24;

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

/// Events of an issue by the hour, which is how they are counted.
pub(super) async fn count(
    db: &Db,
    clock: &dyn Clock,
    installation: InstallationId,
    filter: &StatsFilter,
    since: Timestamp,
) -> Result<StatsCounts, ServiceError> {
    let unsupported = |what: &str| Err(ServiceError::Unsupported(what.to_owned()));
    let (Some(id), true) = (filter.issue, filter.tags.is_empty()) else {
        return unsupported("the hub counts the events of one issue, without tags");
    };
    let issue = visible(db, installation, id).await?;
    if filter.project.is_some_and(|project| project != issue.project) {
        return Err(ServiceError::NotFound);
    }
    let now = clock.now();
    let since = since.hour();
    let hours = (now.hour().seconds() - since.seconds()) / 3_600 + 1;
    let Some(count) = usize::try_from(hours).ok().filter(|_| hours <= MAX_HOURS) else {
        return unsupported("the hub counts up to 90 days back");
    };
    let intervals = Intervals { count, hours: 1 };
    let mut series = issues::series(db, &[id], intervals, now)
        .await
        .map_err(unavailable)?;
    let hours = series.remove(&id).unwrap_or_default();
    let events: i64 = hours.iter().map(|(_, events)| events).sum();
    Ok(StatsCounts {
        events: u64::try_from(events).unwrap_or_default(),
        users: None,
        since,
    })
}

/// The issue, if it is of the installation's project, or of its organization where it has none of its own.
async fn visible(db: &Db, installation: InstallationId, issue: IssueId) -> Result<Issue, ServiceError> {
    let installation = installations::by_id(db, installation)
        .await
        .map_err(unavailable)?;
    let installation = installation.ok_or(ServiceError::NotFound)?;
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

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in for a closure of map_err"
)]
fn unavailable(error: Error) -> ServiceError {
    tracing::warn!(
        error = &error as &dyn std::error::Error,
        "a plugin's question could not be answered"
    );
    ServiceError::Unavailable(error.to_string())
}
