//! How sessions went, for plugins: of late by the minute, before that by the hour.

use errand_model::health::{Distinct, Sessions};
use errand_model::{Clock, InstallationId, ProjectId, Timestamp};
use errand_plugin_host::{ServiceError, SessionsCounts, SessionsFilter, SessionsMinutes};
use errand_store::Db;
use errand_store::health::{self, Wanted};

use super::found::projects_of;
use super::{asking, unavailable};

/// How the sessions went that began since then, and until then if that is over.
pub(in crate::wiring) async fn sessions(
    db: &Db,
    clock: &dyn Clock,
    installation: InstallationId,
    filter: &SessionsFilter,
    (since, until): (Timestamp, Option<Timestamp>),
) -> Result<SessionsCounts, ServiceError> {
    let now = clock.now();
    if now > since.plus_seconds(health::DAYS * 86_400) {
        let message = format!("the hub knows sessions of {} days", health::DAYS);
        return Err(ServiceError::Unsupported(message));
    }
    let projects = projects(db, installation, filter).await?;
    let [releases, environments] = names(filter);
    let wanted = Wanted {
        releases: &releases,
        environments: &environments,
    };
    let window = (since.hour(), until.unwrap_or(now).plus_seconds(60));
    let hours = health::hours(db, &projects, window, wanted, true)
        .await
        .map_err(|error| match error {
            errand_store::Error::Invalid { reason } => ServiceError::Unsupported(reason),
            error => unavailable(error),
        })?;
    let (mut counts, mut users, mut crashed) =
        (Sessions::default(), Distinct::default(), Distinct::default());
    for hour in &hours {
        counts.add(hour.sessions);
        users.merge(&hour.users.all);
        crashed.merge(&hour.users.crashed);
    }
    let mut counted_since = since.hour();
    if since >= health::minutes_since(now) {
        // Programs' clocks may be a little ahead.
        let window = (since, until.unwrap_or(now.plus_seconds(60)));
        let minutes = health::minutes(db, &projects, window, wanted).await;
        counts = Sessions::default();
        for (_, minute) in minutes.map_err(unavailable)? {
            counts.add(minute);
        }
        counted_since = since.minute();
    }
    Ok(SessionsCounts {
        sessions: counts,
        users: users.count(),
        users_crashed: crashed.count(),
        since: counted_since,
    })
}

/// How the sessions went that began from then to then, minute by minute.
pub(in crate::wiring) async fn sessions_by_minutes(
    db: &Db,
    clock: &dyn Clock,
    installation: InstallationId,
    filter: &SessionsFilter,
    window: (Timestamp, Timestamp),
) -> Result<SessionsMinutes, ServiceError> {
    let projects = projects(db, installation, filter).await?;
    let [releases, environments] = names(filter);
    let wanted = Wanted {
        releases: &releases,
        environments: &environments,
    };
    let minutes = health::minutes(db, &projects, window, wanted).await;
    Ok(SessionsMinutes {
        since: health::minutes_since(clock.now()),
        minutes: minutes.map_err(unavailable)?,
    })
}

async fn projects(
    db: &Db,
    installation: InstallationId,
    filter: &SessionsFilter,
) -> Result<Vec<ProjectId>, ServiceError> {
    let installation = asking(db, installation).await?;
    let mut projects: Vec<ProjectId> = projects_of(db, &installation)
        .await?
        .iter()
        .map(|project| project.id)
        .collect();
    projects.retain(|id| filter.project.is_none_or(|only| only == *id));
    match filter.project.is_some() && projects.is_empty() {
        true => Err(ServiceError::NotFound),
        false => Ok(projects),
    }
}

fn names(filter: &SessionsFilter) -> [Vec<&str>; 2] {
    [&filter.release, &filter.environment].map(|only| only.iter().map(String::as_str).collect())
}
