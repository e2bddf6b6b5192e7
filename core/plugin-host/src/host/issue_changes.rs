//! `issue-changes`: what a call wants to change of issues, staged until the call is acknowledged.

use errand_model::issue::Priority;
use errand_model::staged::{Archive, Edit, More, Outsider, Resolve, StagedChange, check_comment};
use errand_model::{IssueId, Timestamp};

use super::kv::check_key;
use crate::bindings::v1::errand::plugin::issue_changes::{
    ArchiveUntil, Error, Growth, Host, Resolution, Terms,
};
use crate::bindings::v1::errand::plugin::types as wit;
use crate::instance::State;
use crate::nouns;
use crate::services::ServiceError;

/// Bytes of a comment's key.
const MAX_KEY: usize = 200;
/// Bytes of a name, a release, a commit.
const MAX_NAME: usize = 255;

impl Host for State {
    async fn resolve(&mut self, issue: String, how: Resolution, terms: Terms) -> Result<(), Error> {
        let how = match how {
            Resolution::AtOnce => Resolve::Now,
            Resolution::InRelease(version) => Resolve::InRelease(named("a release", version)?),
            Resolution::InNextRelease => Resolve::InNextRelease,
            Resolution::InCommit(commit) => Resolve::InCommit(named("a commit", commit)?),
        };
        self.stage(&issue, Edit::Resolve { how }, terms).await
    }

    async fn unresolve(&mut self, issue: String, terms: Terms) -> Result<(), Error> {
        self.stage(&issue, Edit::Unresolve, terms).await
    }

    async fn archive(&mut self, issue: String, until: ArchiveUntil, terms: Terms) -> Result<(), Error> {
        let until = archive(until)?;
        until.check().map_err(Error::Invalid)?;
        self.stage(&issue, Edit::Archive { until }, terms).await
    }

    async fn assign(&mut self, issue: String, to: Option<String>, terms: Terms) -> Result<(), Error> {
        let assignee = match to {
            None => None,
            Some(name) => {
                let name = named("whom it is assigned to", name)?;
                self.take_read().map_err(Error::BudgetExhausted)?;
                let found = self.shared.services.assignee(self.installation, &name).await?;
                let nobody = || {
                    Error::Invalid(format!(
                        "'{name}' is nobody here: user:12, team:3, team:slug or an e-mail address is allowed"
                    ))
                };
                Some(found.ok_or_else(nobody)?)
            }
        };
        self.stage(&issue, Edit::Assign { assignee }, terms).await
    }

    async fn set_priority(&mut self, issue: String, to: wit::Priority, terms: Terms) -> Result<(), Error> {
        let priority = match to {
            wit::Priority::Low => Priority::Low,
            wit::Priority::Medium => Priority::Medium,
            wit::Priority::High => Priority::High,
        };
        self.stage(&issue, Edit::Prioritize { priority }, terms).await
    }

    async fn comment(&mut self, issue: String, key: String, text: String, terms: Terms) -> Result<(), Error> {
        check_key(&key).map_err(Error::Invalid)?;
        if key.len() > MAX_KEY {
            return Err(Error::Invalid(format!(
                "a comment's key has up to {MAX_KEY} bytes"
            )));
        }
        let text = self.secrets.scrub(&text);
        check_comment(&text).map_err(Error::Invalid)?;
        self.stage(&issue, Edit::Comment { key, text }, terms).await
    }

    async fn link(&mut self, issue: String, ticket: wit::Ticket, terms: Terms) -> Result<(), Error> {
        let mut ticket = nouns::read_ticket(ticket).map_err(Error::Invalid)?;
        for text in [
            &mut ticket.name,
            &mut ticket.url,
            &mut ticket.title,
            &mut ticket.state,
        ] {
            *text = self.secrets.scrub(text);
        }
        ticket.check().map_err(Error::Invalid)?;
        self.stage(&issue, Edit::Link { ticket }, terms).await
    }

    async fn unlink(&mut self, issue: String, system: String, id: String, terms: Terms) -> Result<(), Error> {
        let (system, id) = (named("a system", system)?, named("an id", id)?);
        self.stage(&issue, Edit::Unlink { system, id }, terms).await
    }
}

impl State {
    /// Keeps a change for when the call is acknowledged, if the issue is the installation's business.
    pub(super) async fn stage(&mut self, issue: &str, edit: Edit, terms: Terms) -> Result<(), Error> {
        self.room_for_change().map_err(Error::BudgetExhausted)?;
        let id: IssueId = issue
            .parse()
            .map_err(|_| Error::Invalid("the id is no issue's".to_owned()))?;
        let expect = self.visible(id, terms.expect).await?;
        let on_behalf_of = match terms.on_behalf_of {
            Some(outsider) => Some(Outsider {
                id: outsider.id.map(|id| named("an id", id)).transpose()?,
                name: named("a name", self.secrets.scrub(&outsider.name))?,
            }),
            None => None,
        };
        self.record.changes.push(StagedChange {
            issue: id,
            expect,
            on_behalf_of,
            acting_as: self.acting_as.clone(),
            edit,
        });
        Ok(())
    }

    /// Whether another change may be staged; or why not.
    fn room_for_change(&self) -> Result<(), String> {
        let most = self.shared.limits.changes;
        match self.record.changes.len() < most {
            true => Ok(()),
            false => Err(format!("a call may change issues {most} times")),
        }
    }

    /// The revision to expect, where one is expected. An issue is looked for once in a call; that it stands where it
    /// is expected is asked each time.
    async fn visible(&mut self, issue: IssueId, expect: Option<u64>) -> Result<Option<i64>, Error> {
        if expect.is_none() && self.record.changes.iter().any(|staged| staged.issue == issue) {
            return Ok(None);
        }
        let found = self.shared.services.issue(self.installation, issue).await?;
        let stands_at = u64::try_from(found.revision).unwrap_or_default();
        match expect {
            Some(expected) if expected != stands_at => Err(Error::Conflict(stands_at)),
            Some(_) => Ok(Some(found.revision)),
            None => Ok(None),
        }
    }
}

/// A short text without control characters.
pub(super) fn named(what: &str, text: String) -> Result<String, Error> {
    if text.is_empty() || text.len() > MAX_NAME || text.chars().any(char::is_control) {
        return Err(Error::Invalid(format!(
            "{what} has 1 to {MAX_NAME} bytes and no control characters"
        )));
    }
    Ok(text)
}

fn archive(until: ArchiveUntil) -> Result<Archive, Error> {
    let date = match until.date {
        Some(date) => {
            let micros = i64::try_from(date).ok().and_then(|date| date.checked_mul(1_000));
            let too_far = || Error::Invalid("the date lies too far off".to_owned());
            Some(Timestamp::from_micros(micros.ok_or_else(too_far)?))
        }
        None => None,
    };
    Ok(Archive {
        escalating: until.is_escalating,
        date,
        events: until.events.map(more),
        users: until.users.map(more),
    })
}

fn more(growth: Growth) -> More {
    More {
        count: i64::try_from(growth.count).unwrap_or(i64::MAX),
        window_minutes: growth.window_minutes.map(i64::from),
    }
}

impl From<ServiceError> for Error {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::NotFound => Error::NotFound,
            ServiceError::Unsupported(message) | ServiceError::Invalid(message) => Error::Invalid(message),
            // What the storage says is for the hub's own log.
            ServiceError::Unavailable(_) => Error::Unavailable("the hub's storage fails".to_owned()),
        }
    }
}
