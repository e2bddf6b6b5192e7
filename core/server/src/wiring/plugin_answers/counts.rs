//! How much happened: from the events themselves where they are few, else from what is counted by the hour.

use errand_model::issue::Issue;
use errand_model::outcome::{Category, Outcome};
use errand_model::{Clock, InstallationId, IssueId, ProjectId, Timestamp};
use errand_plugin_host::{IssueSummary, ServiceError, StatsCounts, StatsFilter};
use errand_store::issues::{self, Intervals};
use errand_store::recent::{self, Place};
use errand_store::{Db, stats};

use super::found::{projects_of, summaries};
use super::{asking, unavailable, visible};

/// Hours that are counted at most: 90 days.
const MAX_HOURS: i64 = 90 * 24;
/// Events that are counted one by one: a few milliseconds in an index.
const COUNTED: i64 = 10_000;
/// Events that are looked into: some fifty milliseconds.
const LOOKED_INTO: i64 = 2_000;
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
    if now > since.plus_seconds(MAX_HOURS * 3_600) {
        let message = "the hub counts up to 90 days back".to_owned();
        return Err(ServiceError::Unsupported(message));
    }
    if let Some(issue) = filter.issue {
        let issue = visible(db, installation, issue).await?;
        if filter.project.is_some_and(|project| project != issue.project) {
            return Err(ServiceError::NotFound);
        }
        return match filter.tags.is_empty() {
            true => of_issue(db, &issue, since, now).await,
            false => looked_into(db, Place::Issue(issue.id), filter, since).await,
        };
    }
    let installation = asking(db, installation).await?;
    let seen = projects_of(db, &installation).await?;
    let mut projects: Vec<ProjectId> = seen.iter().map(|project| project.id).collect();
    projects.retain(|id| filter.project.is_none_or(|only| only == *id));
    if filter.project.is_some() && projects.is_empty() {
        return Err(ServiceError::NotFound);
    }
    match filter.tags.is_empty() {
        true => by_the_hour(db, &projects, since, now).await,
        false => looked_into(db, Place::Projects(&projects), filter, since).await,
    }
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
    db: &Db,
    issue: &Issue,
    since: Timestamp,
    now: Timestamp,
) -> Result<StatsCounts, ServiceError> {
    let events = recent::count(db, issue.id, since, COUNTED)
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
        None if events <= LOOKED_INTO => {
            let seen = recent::seen(db, Place::Issue(issue.id), &[], since, LOOKED_INTO).await;
            Some(seen.map_err(unavailable)?.users)
        }
        None => None,
    };
    Ok(counts(events, users, since, false))
}

/// From the events, as far as they are looked into.
async fn looked_into(
    db: &Db,
    place: Place<'_>,
    filter: &StatsFilter,
    since: Timestamp,
) -> Result<StatsCounts, ServiceError> {
    let seen = recent::seen(db, place, &filter.tags, since, LOOKED_INTO)
        .await
        .map_err(unavailable)?;
    Ok(counts(seen.events, Some(seen.users), since, seen.is_capped))
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

fn counts(events: i64, users: Option<i64>, since: Timestamp, is_at_least: bool) -> StatsCounts {
    let number = |count: i64| u64::try_from(count).unwrap_or_default();
    StatsCounts {
        events: number(events),
        users: users.map(number),
        since,
        is_at_least,
    }
}
