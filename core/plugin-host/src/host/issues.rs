//! `issues`: an installation's issues as they stand now.

use errand_model::IssueId;
use serde_json::Value;

use crate::bindings::v1::errand::plugin::issues::{Error, Host};
use crate::bindings::v1::errand::plugin::types::Issue;
use crate::calls::nouns;
use crate::instance::State;
use crate::services::ServiceError;

/// Bytes of an event that a plugin gets at once.
const MAX_EVENT: usize = 1 << 20;

impl Host for State {
    async fn get(&mut self, id: String) -> Result<Issue, Error> {
        let id = self.issue_id(&id)?;
        let issue = self.shared.services.issue(self.installation, id).await?;
        Ok(nouns::issue(&issue))
    }

    async fn latest_event(&mut self, id: String, fields: Vec<String>) -> Result<Option<String>, Error> {
        let id = self.issue_id(&id)?;
        let event = self.shared.services.latest_event(self.installation, id).await?;
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
            ServiceError::Unsupported(message) => Error::Invalid(message),
            // What the storage says is for the hub's own log.
            ServiceError::Unavailable(_) => Error::Unavailable("the hub's storage fails".to_owned()),
        }
    }
}
