//! `stats`: how much happened, for the installation's projects.

use errand_model::Timestamp;

use crate::bindings::v1::errand::plugin::stats::{Counts, Error, Filter, Host};
use crate::instance::State;
use crate::services::{ServiceError, StatsFilter};

/// Tags of a filter.
const MAX_TAGS: usize = 16;

impl Host for State {
    async fn count(&mut self, filter: Filter, since: u64) -> Result<Counts, Error> {
        self.take_read().map_err(Error::BudgetExhausted)?;
        let invalid = |what: &str| Error::Invalid(what.to_owned());
        if filter.tags.len() > MAX_TAGS {
            return Err(invalid("too many tags"));
        }
        let no_id = |_| invalid("an id is none");
        let filter = StatsFilter {
            issue: filter.issue.map(|id| id.parse()).transpose().map_err(no_id)?,
            project: filter.project.map(|id| id.parse()).transpose().map_err(no_id)?,
            tags: filter.tags,
        };
        let micros = i64::try_from(since)
            .ok()
            .and_then(|since| since.checked_mul(1_000));
        let since = Timestamp::from_micros(micros.ok_or_else(|| invalid("'since' lies too far off"))?);
        if since > self.shared.clock.now() {
            return Err(invalid("'since' lies in the future"));
        }
        let counts = self
            .shared
            .services
            .count(self.installation, &filter, since)
            .await?;
        Ok(Counts {
            events: counts.events,
            users: counts.users,
            since: u64::try_from(counts.since.millis()).unwrap_or(0),
        })
    }
}

impl From<ServiceError> for Error {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::NotFound => Error::Invalid("there is no such issue or project here".to_owned()),
            ServiceError::Invalid(message) => Error::Invalid(message),
            ServiceError::Unsupported(message) => Error::Unsupported(message),
            // What the storage says is for the hub's own log.
            ServiceError::Unavailable(_) => Error::Unavailable("the hub's storage fails".to_owned()),
        }
    }
}
