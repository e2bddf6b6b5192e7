//! How sessions went, for plugins.

use errand_model::health::{Distinct, Sessions};
use errand_model::{Clock, InstallationId, ProjectId, Timestamp};
use errand_plugin_host::{ServiceError, SessionsCounts, SessionsFilter};
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
    let installation = asking(db, installation).await?;
    let mut projects: Vec<ProjectId> = projects_of(db, &installation)
        .await?
        .iter()
        .map(|project| project.id)
        .collect();
    projects.retain(|id| filter.project.is_none_or(|only| only == *id));
    if filter.project.is_some() && projects.is_empty() {
        return Err(ServiceError::NotFound);
    }
    let [releases, environments] = [&filter.release, &filter.environment]
        .map(|only| only.iter().map(String::as_str).collect::<Vec<_>>());
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
    Ok(SessionsCounts {
        sessions: counts,
        users: users.count(),
        users_crashed: crashed.count(),
        since: since.hour(),
    })
}
