//! `stats`: how much happened, for the installation's projects.

use errand_model::Timestamp;
use errand_model::health::Sessions;

use crate::bindings::v1::errand::plugin::stats::{
    Counts, Error, Filter, Host, Minute, Minutes, NewValue, SessionCounts, SessionFilter, SessionMinute,
    SessionMinutes,
};
use crate::bindings::v1::errand::plugin::types::Issue;
use crate::instance::State;
use crate::nouns;
use crate::services::{PastMinute, ServiceError, SessionsFilter, StatsCounts, StatsFilter, StatsWindow};

/// Tags of a filter.
const MAX_TAGS: usize = 16;
/// How far back frequent issues are found.
const LONGEST_SECONDS: i64 = 86_400;
/// Hours of a series: two weeks.
const MAX_HOURS: u32 = 336;
/// How far back new values are found.
const NEWEST_SECONDS: i64 = 31 * 86_400;
/// Events that make an issue frequent.
const MAX_AT_LEAST: u64 = 10_000;

impl Host for State {
    async fn count(&mut self, filter: Filter, since: u64) -> Result<Counts, Error> {
        self.take_read().map_err(Error::BudgetExhausted)?;
        let (filter, since) = (read(filter)?, self.past(since)?);
        let services = &self.shared.services;
        let counts = services.count(self.installation, &filter, since).await?;
        Ok(shown(&counts))
    }

    async fn count_between(
        &mut self,
        filter: Filter,
        since: u64,
        until: u64,
        with_users: bool,
    ) -> Result<Counts, Error> {
        self.take_read().map_err(Error::BudgetExhausted)?;
        let filter = read(filter)?;
        let (since, until) = self.stretch(since, until)?;
        let window = StatsWindow {
            since,
            until,
            with_users,
        };
        let services = &self.shared.services;
        let counts = services.count_between(self.installation, &filter, window).await?;
        Ok(shown(&counts))
    }

    async fn new_values(
        &mut self,
        project: Option<String>,
        tag: String,
        since: u64,
        until: u64,
    ) -> Result<Vec<NewValue>, Error> {
        self.take_read().map_err(Error::BudgetExhausted)?;
        let project = project.map(|id| id.parse()).transpose().map_err(no_id)?;
        let window = self.stretch(since, until)?;
        if self.shared.clock.now() > window.0.plus_seconds(NEWEST_SECONDS) {
            return Err(Error::Unsupported(
                "new values are found within a month".to_owned(),
            ));
        }
        let services = &self.shared.services;
        let found = services
            .new_values(self.installation, project, &tag, window)
            .await?;
        let new = |new: crate::services::NewValue| NewValue {
            value: new.value,
            first_seen: millis(new.first_seen),
            issue: nouns::issue(&new.issue),
        };
        Ok(found.into_iter().map(new).collect())
    }

    async fn by_minutes(
        &mut self,
        filter: Filter,
        since: u64,
        until: u64,
        with_users: bool,
    ) -> Result<Minutes, Error> {
        self.take_read().map_err(Error::BudgetExhausted)?;
        let filter = read(filter)?;
        let (since, until) = self.stretch(since, until)?;
        if until > since.plus_seconds(NEWEST_SECONDS) {
            return Err(Error::Unsupported("a month is told at most".to_owned()));
        }
        let window = StatsWindow {
            since,
            until,
            with_users,
        };
        let services = &self.shared.services;
        let found = services.by_minutes(self.installation, &filter, window).await?;
        let minute = |minute: PastMinute| Minute {
            at: millis(minute.at),
            issue: minute.issue.to_string(),
            events: minute.events,
            users: minute.users,
        };
        Ok(Minutes {
            minutes: found.minutes.into_iter().map(minute).collect(),
            is_at_least: found.is_at_least,
        })
    }

    async fn sessions_between(
        &mut self,
        filter: SessionFilter,
        since: u64,
        until: u64,
    ) -> Result<SessionCounts, Error> {
        let (since, until) = self.stretch(since, until)?;
        self.sessions_of(filter, (since, Some(until))).await
    }

    async fn sessions_by_minutes(
        &mut self,
        filter: SessionFilter,
        since: u64,
        until: u64,
    ) -> Result<SessionMinutes, Error> {
        self.take_read().map_err(Error::BudgetExhausted)?;
        let window = self.stretch(since, until)?;
        let filter = read_sessions(filter)?;
        let services = &self.shared.services;
        let found = services
            .sessions_by_minutes(self.installation, &filter, window)
            .await?;
        let minute = |(at, sessions): (Timestamp, Sessions)| SessionMinute {
            at: millis(at),
            sessions: number(sessions.started),
            errored: number(sessions.errored),
            abnormal: number(sessions.abnormal),
            crashed: number(sessions.crashed),
        };
        Ok(SessionMinutes {
            since: millis(found.since),
            minutes: found.minutes.into_iter().map(minute).collect(),
        })
    }

    async fn hourly(&mut self, issue: String, hours: u32) -> Result<Vec<u64>, Error> {
        self.take_read().map_err(Error::BudgetExhausted)?;
        let issue = issue
            .parse()
            .map_err(|_| Error::Invalid("the id is no issue's".to_owned()))?;
        if !(1..=MAX_HOURS).contains(&hours) {
            return Err(Error::Invalid(format!("'hours' is 1 to {MAX_HOURS}")));
        }
        let services = &self.shared.services;
        Ok(services.hourly(self.installation, issue, hours).await?)
    }

    async fn frequent(
        &mut self,
        project: Option<String>,
        since: u64,
        at_least: u64,
    ) -> Result<Vec<Issue>, Error> {
        self.take_read().map_err(Error::BudgetExhausted)?;
        let project = project.map(|id| id.parse()).transpose().map_err(no_id)?;
        let since = self.past(since)?;
        if self.shared.clock.now() > since.plus_seconds(LONGEST_SECONDS) {
            return Err(Error::Unsupported(
                "frequent issues are found within a day".to_owned(),
            ));
        }
        if !(1..=MAX_AT_LEAST).contains(&at_least) {
            return Err(Error::Invalid(format!("'at-least' is 1 to {MAX_AT_LEAST}")));
        }
        let services = &self.shared.services;
        let found = services
            .frequent(self.installation, project, since, at_least)
            .await?;
        Ok(found.iter().map(nouns::issue).collect())
    }

    async fn sessions(&mut self, filter: SessionFilter, since: u64) -> Result<SessionCounts, Error> {
        let since = self.past(since)?;
        self.sessions_of(filter, (since, None)).await
    }
}

impl State {
    async fn sessions_of(
        &mut self,
        filter: SessionFilter,
        window: (Timestamp, Option<Timestamp>),
    ) -> Result<SessionCounts, Error> {
        self.take_read().map_err(Error::BudgetExhausted)?;
        let filter = read_sessions(filter)?;
        let services = &self.shared.services;
        let counts = services.sessions(self.installation, &filter, window).await?;
        Ok(SessionCounts {
            sessions: number(counts.sessions.started),
            errored: number(counts.sessions.errored),
            abnormal: number(counts.sessions.abnormal),
            crashed: number(counts.sessions.crashed),
            users: number(counts.users),
            users_crashed: number(counts.users_crashed),
            since: number(counts.since.millis()),
        })
    }
}

/// A filter of a guest.
fn read(filter: Filter) -> Result<StatsFilter, Error> {
    if filter.tags.len() > MAX_TAGS {
        return Err(Error::Invalid("too many tags".to_owned()));
    }
    Ok(StatsFilter {
        issue: filter.issue.map(|id| id.parse()).transpose().map_err(no_id)?,
        project: filter.project.map(|id| id.parse()).transpose().map_err(no_id)?,
        tags: filter.tags,
    })
}

fn read_sessions(filter: SessionFilter) -> Result<SessionsFilter, Error> {
    Ok(SessionsFilter {
        project: filter.project.map(|id| id.parse()).transpose().map_err(no_id)?,
        release: filter.release,
        environment: filter.environment,
    })
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

fn no_id<E>(_: E) -> Error {
    Error::Invalid("an id is none".to_owned())
}

fn shown(counts: &StatsCounts) -> Counts {
    Counts {
        events: counts.events,
        users: counts.users,
        since: millis(counts.since),
        is_at_least: counts.is_at_least,
    }
}

fn millis(at: Timestamp) -> u64 {
    number(at.millis())
}

impl State {
    /// A stretch that has begun; what of it lies ahead is left out.
    fn stretch(&self, since: u64, until: u64) -> Result<(Timestamp, Timestamp), Error> {
        if since >= until {
            return Err(Error::Invalid("the window ends before it begins".to_owned()));
        }
        let since = self.past(since)?;
        let until = self.past(until).unwrap_or_else(|_| self.shared.clock.now());
        Ok((since, until))
    }

    /// A time that has been.
    fn past(&self, since: u64) -> Result<Timestamp, Error> {
        let invalid = |what: &str| Error::Invalid(what.to_owned());
        let micros = i64::try_from(since)
            .ok()
            .and_then(|since| since.checked_mul(1_000));
        let since = Timestamp::from_micros(micros.ok_or_else(|| invalid("'since' lies too far off"))?);
        match since > self.shared.clock.now() {
            true => Err(invalid("'since' lies in the future")),
            false => Ok(since),
        }
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
