//! How much happened: from the events themselves where they are few, else from what is counted by the hour.

use errand_model::issue::Issue;
use errand_model::outcome::{Category, Outcome};
use errand_model::{Clock, InstallationId, IssueId, ProjectId, Timestamp};
use errand_plugin_host::{IssueSummary, NewValue, ServiceError, StatsCounts, StatsFilter, StatsWindow};
use errand_store::issues::{self, Intervals};
use errand_store::recent::{self, Place, Stretch};
use errand_store::{Db, stats, tags};

use super::found::{projects_of, summaries};
use super::{asking, unavailable, visible};

/// Hours that are counted at most: 90 days.
const MAX_HOURS: i64 = 90 * 24;
/// Events that are counted one by one: a few milliseconds in an index.
const COUNTED: i64 = 10_000;
/// Events that are looked into: some fifty milliseconds.
const LOOKED_INTO: i64 = 2_000;
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
    match (found(db, installation, filter).await?, filter.tags.is_empty()) {
        (Found::Issue(issue), true) => of_issue(db, &issue, since, now).await,
        (Found::Projects(projects), true) => by_the_hour(db, &projects, since, now).await,
        (found, false) => looked_into(db, found.place(), filter, Stretch::since(since)).await,
    }
}

/// What happened from then to then, by the filter.
pub(in crate::wiring) async fn count_between(
    db: &Db,
    clock: &dyn Clock,
    installation: InstallationId,
    filter: &StatsFilter,
    window: StatsWindow,
) -> Result<StatsCounts, ServiceError> {
    within_reach(window.since, clock.now())?;
    let found = found(db, installation, filter).await?;
    let stretch = Stretch::between(window.since, window.until);
    let seen = match window.with_users || !filter.tags.is_empty() {
        true => Some(looked_into(db, found.place(), filter, stretch).await?),
        false => None,
    };
    if let Some(seen) = seen.filter(|seen| !filter.tags.is_empty() || !seen.is_at_least) {
        return Ok(seen);
    }
    // More than is looked into is counted all the same.
    let events = match &found {
        Found::Projects(projects) if projects.is_empty() => 0,
        found => recent::count(db, found.place(), stretch, COUNTED)
            .await
            .map_err(unavailable)?,
    };
    let users = seen.and_then(|seen| i64::try_from(seen.users?).ok());
    Ok(counts(
        events,
        users,
        window.since,
        events == COUNTED || seen.is_some(),
    ))
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

/// Whose events a filter is about.
enum Found {
    Issue(Box<Issue>),
    Projects(Vec<ProjectId>),
}

impl Found {
    fn place(&self) -> Place<'_> {
        match self {
            Found::Issue(issue) => Place::Issue(issue.id),
            Found::Projects(projects) => Place::Projects(projects),
        }
    }
}

async fn found(db: &Db, installation: InstallationId, filter: &StatsFilter) -> Result<Found, ServiceError> {
    if let Some(issue) = filter.issue {
        let issue = visible(db, installation, issue).await?;
        if filter.project.is_some_and(|project| project != issue.project) {
            return Err(ServiceError::NotFound);
        }
        return Ok(Found::Issue(Box::new(issue)));
    }
    let installation = asking(db, installation).await?;
    let seen = projects_of(db, &installation).await?;
    let mut projects: Vec<ProjectId> = seen.iter().map(|project| project.id).collect();
    projects.retain(|id| filter.project.is_none_or(|only| only == *id));
    if filter.project.is_some() && projects.is_empty() {
        return Err(ServiceError::NotFound);
    }
    Ok(Found::Projects(projects))
}

fn within_reach(since: Timestamp, now: Timestamp) -> Result<(), ServiceError> {
    match now > since.plus_seconds(MAX_HOURS * 3_600) {
        true => Err(ServiceError::Unsupported(
            "the hub counts up to 90 days back".to_owned(),
        )),
        false => Ok(()),
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
        None if events <= LOOKED_INTO => {
            let seen = recent::seen(db, Place::Issue(issue.id), &[], stretch, LOOKED_INTO).await;
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
    stretch: Stretch,
) -> Result<StatsCounts, ServiceError> {
    let seen = recent::seen(db, place, &filter.tags, stretch, LOOKED_INTO)
        .await
        .map_err(unavailable)?;
    Ok(counts(
        seen.events,
        Some(seen.users),
        stretch.since,
        seen.is_capped,
    ))
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
