//! `issues`: an installation's issues as they stand now.

use errand_model::{EventId, IssueId, Timestamp};
use serde_json::Value;

use crate::bindings::v1::errand::plugin::issues::{Error, Host, Linked, LinkedPage, Page};
use crate::bindings::v1::errand::plugin::types::{Issue, Ticket};
use crate::instance::State;
use crate::nouns;
use crate::services::ServiceError;

/// Bytes of an event that a plugin gets at once.
const MAX_EVENT: usize = 1 << 20;
/// Issues on a page.
const MAX_PAGE: u32 = 100;

impl Host for State {
    async fn get(&mut self, id: String) -> Result<Issue, Error> {
        let id = self.issue_id(&id)?;
        let issue = self.shared.services.issue(self.installation, id).await?;
        Ok(nouns::issue(&issue))
    }

    async fn latest_event(&mut self, id: String, fields: Vec<String>) -> Result<Option<String>, Error> {
        let id = self.issue_id(&id)?;
        let event = self.shared.services.latest_event(self.installation, id).await?;
        picked(event, &fields)
    }

    async fn event_at(&mut self, id: String, at: u64, fields: Vec<String>) -> Result<Option<String>, Error> {
        let id = self.issue_id(&id)?;
        let micros = i64::try_from(at).ok().and_then(|at| at.checked_mul(1_000));
        let too_far = || Error::Invalid("'at' lies too far off".to_owned());
        let at = Timestamp::from_micros(micros.ok_or_else(too_far)?);
        let services = &self.shared.services;
        let event = services.event_at(self.installation, id, at).await?;
        picked(event, &fields)
    }

    async fn links(&mut self, id: String) -> Result<Vec<Ticket>, Error> {
        let id = self.issue_id(&id)?;
        let tickets = self.shared.services.links(self.installation, id).await?;
        Ok(tickets.into_iter().map(nouns::ticket).collect())
    }

    async fn find_by_link(&mut self, system: String, id: String) -> Result<Vec<Issue>, Error> {
        self.take_read().map_err(Error::BudgetExhausted)?;
        let services = &self.shared.services;
        let found = services.find_by_link(self.installation, &system, &id).await?;
        Ok(found.iter().map(nouns::issue).collect())
    }

    async fn find_by_event(&mut self, event: String) -> Result<Issue, Error> {
        self.take_read().map_err(Error::BudgetExhausted)?;
        let event: EventId = event
            .parse()
            .map_err(|_| Error::Invalid("an event's id has 32 hexadecimal digits".to_owned()))?;
        let issue = self
            .shared
            .services
            .find_by_event(self.installation, event)
            .await?;
        Ok(nouns::issue(&issue))
    }

    async fn open_tickets(
        &mut self,
        system: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<LinkedPage, Error> {
        self.take_read().map_err(Error::BudgetExhausted)?;
        let limit = limit.clamp(1, MAX_PAGE);
        let services = &self.shared.services;
        let page = services
            .open_tickets(self.installation, &system, after.as_deref(), limit)
            .await?;
        let linked = |(issue, ticket): (IssueId, errand_model::ticket::Ticket)| Linked {
            issue: issue.to_string(),
            ticket: nouns::ticket(ticket),
        };
        Ok(LinkedPage {
            linked: page.linked.into_iter().map(linked).collect(),
            next: page.next,
        })
    }

    async fn search(&mut self, query: String, after: Option<String>, limit: u32) -> Result<Page, Error> {
        self.take_read().map_err(Error::BudgetExhausted)?;
        let limit = limit.clamp(1, MAX_PAGE);
        let services = &self.shared.services;
        let page = services
            .search(self.installation, &query, after.as_deref(), limit)
            .await?;
        Ok(Page {
            issues: page.issues.iter().map(nouns::issue).collect(),
            next: page.next,
        })
    }
}

/// An event with these of its fields, as text.
fn picked(event: Option<Value>, fields: &[String]) -> Result<Option<String>, Error> {
    let Some(mut event) = event else {
        return Ok(None);
    };
    if let Value::Object(object) = &mut event
        && !fields.is_empty()
    {
        object.retain(|key, _| fields.iter().any(|field| field == key));
    }
    let text = event.to_string();
    if text.len() > MAX_EVENT {
        return Err(Error::Invalid(format!(
            "the event has {} bytes: name the fields that are needed",
            text.len()
        )));
    }
    Ok(Some(text))
}

impl State {
    fn issue_id(&mut self, id: &str) -> Result<IssueId, Error> {
        self.take_read().map_err(Error::BudgetExhausted)?;
        id.parse()
            .map_err(|_| Error::Invalid("the id is no issue's".to_owned()))
    }

    /// One question less for this call; or why not.
    pub(super) fn take_read(&mut self) -> Result<(), String> {
        let left = self.reads_left.checked_sub(1);
        self.reads_left = left.ok_or_else(|| format!("a call may ask {} times", self.shared.limits.reads))?;
        Ok(())
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
