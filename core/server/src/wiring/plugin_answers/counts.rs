//! How much happened since then: from the events themselves where they are few, else from facts and from what is counted by the
//! hour.

use errand_model::issue::Issue;
use errand_model::outcome::{Category, Outcome};
use errand_model::{Clock, InstallationId, IssueId, ProjectId, Timestamp};
use errand_plugin_host::{IssueSummary, NewValue, ServiceError, StatsCounts, StatsFilter};
use errand_store::issues::{self, Intervals};
use errand_store::recent::{self, Place, Stretch};
use errand_store::{Db, stats, tags};

use super::found::{projects_of, summaries};
use super::measured::{Measured, counts, within_reach};
use super::{asking, unavailable, visible};

/// Events that are counted one by one: a few milliseconds in an index.
const COUNTED: i64 = 10_000;
/// New values that are answered.
const NEW_VALUES: i64 = 100;
/// Frequent issues that are answered.
const FREQUENT: i64 = 100;

/// What happened since then, by the filter.
pub(in crate::wiring) async fn count(
    db: &Db,
    clock: &dyn Clock,
    installation: InstallationId,
    filter: &StatsFilter,
    since: Timestamp,
) -> Result<StatsCounts, ServiceError> {
    let now = clock.now();
    within_reach(since, now)?;
    let measured = Measured::of(db, clock, installation, filter).await?;
    match (&measured.issue, filter.tags.is_empty()) {
        (_, false) => measured.count((since, until(now))).await,
        (Some(issue), true) => of_issue(&measured, issue, since, now).await,
        (None, true) => {
            let projects: Vec<ProjectId> = measured.projects.iter().map(|project| project.id).collect();
            by_the_hour(db, &projects, since, now).await
        }
    }
}

/// Programs' clocks may be a little ahead.
fn until(now: Timestamp) -> Timestamp {
    now.plus_seconds(60)
}

/// Values that a tag had from then to then for the first time.
pub(in crate::wiring) async fn new_values(
    db: &Db,
    url: &str,
    installation: InstallationId,
    (project, tag): (Option<ProjectId>, &str),
    window: (Timestamp, Timestamp),
) -> Result<Vec<NewValue>, ServiceError> {
    let installation = asking(db, installation).await?;
    let mut projects = projects_of(db, &installation).await?;
    projects.retain(|one| project.is_none_or(|only| only == one.id));
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = tags::new_values(db, &ids, tag, window, NEW_VALUES).await;
    let found = found.map_err(unavailable)?;
    let mut of_issues: Vec<IssueId> = found.iter().map(|new| new.issue).collect();
    of_issues.sort_unstable();
    of_issues.dedup();
    let issues = issues::by_ids(db, &of_issues).await.map_err(unavailable)?;
    let issues = summaries(db, url, &installation, &projects, issues).await?;
    let with_issue = |new: tags::NewValue| {
        let issue = issues.iter().find(|issue| issue.id == new.issue)?;
        Some(NewValue {
            value: new.value,
            first_seen: new.first_seen,
            issue: issue.clone(),
        })
    };
    Ok(found.into_iter().filter_map(with_issue).collect())
}

/// Unresolved issues of which at least so many events came in since then.
pub(in crate::wiring) async fn frequent(
    db: &Db,
    url: &str,
    installation: InstallationId,
    project: Option<ProjectId>,
    (since, at_least): (Timestamp, u64),
) -> Result<Vec<IssueSummary>, ServiceError> {
    let installation = asking(db, installation).await?;
    let mut projects = projects_of(db, &installation).await?;
    projects.retain(|one| project.is_none_or(|only| only == one.id));
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let at_least = i64::try_from(at_least).unwrap_or(i64::MAX);
    let found = recent::frequent(db, &ids, since, at_least, FREQUENT).await;
    summaries(db, url, &installation, &projects, found.map_err(unavailable)?).await
}

/// Events of an issue in each of the last hours, the oldest first.
pub(in crate::wiring) async fn hourly(
    db: &Db,
    clock: &dyn Clock,
    installation: InstallationId,
    (issue, hours): (IssueId, u32),
) -> Result<Vec<u64>, ServiceError> {
    let issue = visible(db, installation, issue).await?.id;
    let intervals = Intervals {
        count: usize::try_from(hours).unwrap_or_default(),
        hours: 1,
    };
    let mut series = issues::series(db, &[issue], intervals, clock.now())
        .await
        .map_err(unavailable)?;
    let hours = series.remove(&issue).unwrap_or_default();
    let events = hours
        .into_iter()
        .map(|(_, events)| u64::try_from(events).unwrap_or_default());
    Ok(events.collect())
}

/// Exactly, where there are not too many; else by the hour.
async fn of_issue(
    measured: &Measured<'_>,
    issue: &Issue,
    since: Timestamp,
    now: Timestamp,
) -> Result<StatsCounts, ServiceError> {
    let db = measured.db;
    let stretch = Stretch::since(since);
    let events = recent::count(db, Place::Issue(issue.id), stretch, COUNTED)
        .await
        .map_err(unavailable)?;
    let users_of_all = (since <= issue.first_seen).then_some(issue.users_seen);
    if events == COUNTED {
        let hours = (now.hour().seconds() - since.hour().seconds()) / 3_600 + 1;
        let intervals = Intervals {
            count: usize::try_from(hours).unwrap_or_default(),
            hours: 1,
        };
        let series = issues::series(db, &[issue.id], intervals, now).await;
        let hours = series.map_err(unavailable)?.remove(&issue.id).unwrap_or_default();
        let events = hours.iter().map(|(_, events)| events).sum();
        return Ok(counts(events, users_of_all, since.hour(), false));
    }
    let users = match users_of_all {
        Some(users) => Some(users),
        None => {
            let users = measured.count((since, until(now))).await?.users;
            users.and_then(|users| i64::try_from(users).ok())
        }
    };
    Ok(counts(events, users, since, false))
}

/// What was taken in, which is counted by the hour.
async fn by_the_hour(
    db: &Db,
    projects: &[ProjectId],
    since: Timestamp,
    now: Timestamp,
) -> Result<StatsCounts, ServiceError> {
    let wanted = stats::Wanted {
        categories: vec![
            Category::Error,
            Category::Default,
            Category::Security,
            Category::Feedback,
        ],
        outcomes: vec![Outcome::Accepted],
    };
    let window = (since.hour(), now.plus_seconds(1));
    let rows = match projects.is_empty() {
        true => Vec::new(),
        false => stats::outcomes(db, projects, window, &wanted)
            .await
            .map_err(unavailable)?,
    };
    let events = rows.iter().map(|row| row.quantity).sum();
    Ok(counts(events, None, since.hour(), false))
}
