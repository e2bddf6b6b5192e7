//! How much happened in a stretch of time, and minute by minute of what is past: from facts, as reports have it.

use errand_model::issue::Issue;
use errand_model::project::Project;
use errand_model::question::Span;
use errand_model::search::Query;
use errand_model::{Clock, InstallationId, OrganizationId, Timestamp};
use errand_plugin_host::{PastMinute, PastMinutes, ServiceError, StatsCounts, StatsFilter, StatsWindow};
use errand_store::facts::{self, Asker, Minute, Watched};
use errand_store::{Db, Error};

use super::found::projects_of;
use super::{asking, unavailable, visible};

/// How far back it is counted, in seconds: 90 days.
const FURTHEST: i64 = 90 * 86_400;
/// Minutes and users that history is told with: what a plugin has room for.
const TOLD: usize = 200_000;

/// What is counted, and of it what an installation may hear.
pub(super) struct Measured<'a> {
    pub(super) db: &'a Db,
    pub(super) projects: Vec<Project>,
    pub(super) issue: Option<Issue>,
    organization: OrganizationId,
    query: Query,
}

impl<'a> Measured<'a> {
    pub(super) async fn of(
        db: &'a Db,
        clock: &dyn Clock,
        installation: InstallationId,
        filter: &StatsFilter,
    ) -> Result<Self, ServiceError> {
        let asking = asking(db, installation).await?;
        let issue = match filter.issue {
            Some(issue) => Some(visible(db, installation, issue).await?),
            None => None,
        };
        let mut projects = projects_of(db, &asking).await?;
        projects.retain(|project| {
            let of_issue = issue.as_ref().is_none_or(|issue| issue.project == project.id);
            of_issue && filter.project.is_none_or(|only| only == project.id)
        });
        if projects.is_empty() && (filter.project.is_some() || issue.is_some()) {
            return Err(ServiceError::NotFound);
        }
        Ok(Measured {
            db,
            projects,
            issue,
            organization: asking.organization,
            query: query(&filter.tags, clock.now())?,
        })
    }

    fn watched(&self) -> Watched<'_> {
        Watched {
            asker: Asker {
                organization: self.organization,
                projects: &self.projects,
                viewer: None,
            },
            filter: &self.query,
            issue: self.issue.as_ref().map(|issue| issue.id),
        }
    }

    /// From then to then.
    pub(super) async fn count(
        &self,
        (since, until): (Timestamp, Timestamp),
    ) -> Result<StatsCounts, ServiceError> {
        let found = facts::count(self.db, self.watched(), Span { since, until }).await;
        let found = found.map_err(refused)?;
        Ok(counts(found.events, Some(found.users), since, false))
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
    let measured = Measured::of(db, clock, installation, filter).await?;
    measured.count((window.since, window.until)).await
}

/// What happened from then to then minute by minute, by the filter.
pub(in crate::wiring) async fn by_minutes(
    db: &Db,
    clock: &dyn Clock,
    installation: InstallationId,
    filter: &StatsFilter,
    window: StatsWindow,
) -> Result<PastMinutes, ServiceError> {
    let measured = Measured::of(db, clock, installation, filter).await?;
    let span = Span {
        since: window.since,
        until: window.until,
    };
    let found = facts::minutes(db, measured.watched(), span, window.with_users, TOLD).await;
    let (minutes, is_at_least) = found.map_err(refused)?;
    let minute = |minute: Minute| PastMinute {
        at: minute.at,
        issue: minute.issue,
        events: minute.events,
        users: minute.users,
    };
    Ok(PastMinutes {
        minutes: minutes.into_iter().map(minute).collect(),
        is_at_least,
    })
}

/// Keys and values mean what they mean in searches and reports.
fn query(tags: &[(String, String)], now: Timestamp) -> Result<Query, ServiceError> {
    let terms = tags
        .iter()
        .map(|(key, value)| format!("{key}:\"{}\"", value.replace('"', "\\\"")));
    let text = terms.collect::<Vec<_>>().join(" ");
    errand_pipeline::search::parse(&text, now).map_err(|error| ServiceError::Invalid(error.to_string()))
}

pub(super) fn within_reach(since: Timestamp, now: Timestamp) -> Result<(), ServiceError> {
    match now > since.plus_seconds(FURTHEST) {
        true => Err(ServiceError::Unsupported(
            "the hub counts up to 90 days back".to_owned(),
        )),
        false => Ok(()),
    }
}

/// What asks too much is told so.
fn refused(error: Error) -> ServiceError {
    match error {
        Error::Invalid { reason } => ServiceError::Unsupported(reason),
        error => unavailable(error),
    }
}

/// As plugins are told it.
pub(super) fn counts(events: i64, users: Option<i64>, since: Timestamp, is_at_least: bool) -> StatsCounts {
    let number = |count: i64| u64::try_from(count).unwrap_or_default();
    StatsCounts {
        events: number(events),
        users: users.map(number),
        since,
        is_at_least,
    }
}
