//! `people`: who people and teams of the hub are, and acting in a person's name.

use errand_model::alert::Addressee;
use errand_model::issue::Assignee;
use errand_model::staged::Person;

use super::issue_changes::named;
use crate::bindings::v1::errand::plugin::issue_changes as changes;
use crate::bindings::v1::errand::plugin::people::{Error, Host, Party};
use crate::instance::State;
use crate::services::ServiceError;

impl Host for State {
    async fn find(&mut self, who: String) -> Result<Option<Party>, Error> {
        let found = self.party(who).await?;
        Ok(found.map(|found| Party {
            id: found.who.to_string(),
            name: found.name,
            emails: found.emails,
        }))
    }

    async fn act_as(&mut self, who: String) -> Result<(), Error> {
        let found = self.party(who).await?;
        match found.map(|found| (found.who, found.name)) {
            Some((Assignee::User(id), name)) => {
                self.acting_as = Some(Person { id, name });
                Ok(())
            }
            Some((Assignee::Team(_), _)) => {
                Err(Error::Invalid("a team does nothing: name a person".to_owned()))
            }
            None => Err(Error::Invalid(
                "that is nobody here: user:12 or an e-mail address is allowed".to_owned(),
            )),
        }
    }
}

impl State {
    async fn party(&mut self, who: String) -> Result<Option<Addressee>, Error> {
        self.take_read().map_err(Error::BudgetExhausted)?;
        let who = named("who somebody is", who)?;
        let services = &self.shared.services;
        match services.assignee(self.installation, &who).await? {
            Some(who) => Ok(services.addressee(self.installation, who).await?),
            None => Ok(None),
        }
    }
}

impl From<changes::Error> for Error {
    fn from(error: changes::Error) -> Self {
        match error {
            changes::Error::Invalid(message) => Error::Invalid(message),
            changes::Error::BudgetExhausted(message) => Error::BudgetExhausted(message),
            changes::Error::Unavailable(message) => Error::Unavailable(message),
            // Neither comes of a name.
            changes::Error::NotFound | changes::Error::Conflict(_) => {
                Error::Invalid("that is nobody here".to_owned())
            }
        }
    }
}

impl From<ServiceError> for Error {
    fn from(error: ServiceError) -> Self {
        changes::Error::from(error).into()
    }
}
