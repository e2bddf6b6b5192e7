//! What happened, minute by minute: for who goes through history.

use errand_model::{InstallationId, ProjectId};
use errand_plugin_host::{PastMinute, PastMinutes, ServiceError, StatsFilter, StatsWindow};
use errand_store::Db;
use errand_store::recent::{self, Minute, Stretch};

use super::found::projects_of;
use super::{asking, unavailable};

/// Events that are counted: a tenth of a second.
const COUNTED: i64 = 200_000;
/// Events that are looked into: half a second.
const LOOKED_INTO: i64 = 20_000;

/// What happened from then to then, by the filter.
pub(in crate::wiring) async fn by_minutes(
    db: &Db,
    installation: InstallationId,
    filter: &StatsFilter,
    window: StatsWindow,
) -> Result<PastMinutes, ServiceError> {
    if filter.issue.is_some() {
        let why = "history is told of projects, not of one issue";
        return Err(ServiceError::Unsupported(why.to_owned()));
    }
    let installation = asking(db, installation).await?;
    let mut projects: Vec<ProjectId> = projects_of(db, &installation)
        .await?
        .iter()
        .map(|project| project.id)
        .collect();
    projects.retain(|id| filter.project.is_none_or(|only| only == *id));
    if projects.is_empty() {
        return Ok(PastMinutes::default());
    }
    let stretch = Stretch::between(window.since, window.until);
    let found = match window.with_users || !filter.tags.is_empty() {
        true => recent::seen_by_minutes(db, &projects, &filter.tags, stretch, LOOKED_INTO).await,
        false => recent::by_minutes(db, &projects, stretch, COUNTED).await,
    };
    let (minutes, is_at_least) = found.map_err(unavailable)?;
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
