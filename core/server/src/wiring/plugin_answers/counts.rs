//! How much happened.

use errand_model::{Clock, InstallationId, Timestamp};
use errand_plugin_host::{ServiceError, StatsCounts, StatsFilter};
use errand_store::Db;
use errand_store::issues::{self, Intervals};

use super::{unavailable, visible};

/// Hours that are counted at most: 90 days.
const MAX_HOURS: i64 = 90 * 24;

/// Events of an issue by the hour, which is how they are counted.
pub(in crate::wiring) async fn count(
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
