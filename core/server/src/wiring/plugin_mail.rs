//! Mail that plugins send: to whom, and through what.

use errand_model::issue::Assignee;
use errand_model::{InstallationId, UserId};
use errand_plugin_host::{Mail as Outgoing, MailError, MailFuture, Mailer, Recipient};
use errand_store::people::Person;
use errand_store::{Db, installations, people, teams};
use lettre::Address;
use lettre::message::Mailbox;

use crate::mail::{Letter, Mail};

/// The hub's mail server and the people it knows.
pub(crate) struct PluginMail {
    pub(crate) db: Db,
    pub(crate) mail: Mail,
}

impl PluginMail {
    async fn mailbox(&self, to: &Recipient) -> Result<Mailbox, MailError> {
        match to {
            Recipient::Address(address) => address
                .parse::<Address>()
                .map(|address| Mailbox::new(None, address))
                .map_err(|error| MailError::Invalid(format!("'{address}' is no address: {error}"))),
            Recipient::Person(id) => mailbox_of(people::by_id(&self.db, *id).await),
            Recipient::Known(address) => mailbox_of(people::by_email(&self.db, address).await),
        }
    }

    async fn people_of(&self, installation: InstallationId, of: Assignee) -> Result<Vec<UserId>, MailError> {
        match of {
            Assignee::User(id) => {
                let person = people::by_id(&self.db, id).await.map_err(unavailable)?;
                Ok(vec![person.ok_or(MailError::Nobody)?.id])
            }
            Assignee::Team(id) => {
                let installation = installations::by_id(&self.db, installation)
                    .await
                    .map_err(unavailable)?;
                let team = teams::by_id(&self.db, id).await.map_err(unavailable)?;
                let is_ours = team
                    .zip(installation)
                    .is_some_and(|(team, installation)| team.organization == installation.organization);
                if !is_ours {
                    return Err(MailError::Nobody);
                }
                let members = teams::members(&self.db, id).await.map_err(unavailable)?;
                Ok(members.into_iter().map(|person| person.id).collect())
            }
        }
    }
}

fn mailbox_of(found: errand_store::Result<Option<Person>>) -> Result<Mailbox, MailError> {
    let person = found.map_err(unavailable)?.ok_or(MailError::Nobody)?;
    let address = person
        .email
        .parse::<Address>()
        .map_err(|error| MailError::Invalid(format!("the address of {} is none: {error}", person.name)))?;
    Ok(Mailbox::new(Some(person.name), address))
}

impl Mailer for PluginMail {
    fn people<'a>(&'a self, installation: InstallationId, of: Assignee) -> MailFuture<'a, Vec<UserId>> {
        Box::pin(self.people_of(installation, of))
    }

    fn send<'a>(&'a self, installation: InstallationId, mail: &'a Outgoing) -> MailFuture<'a, String> {
        Box::pin(async move {
            let letter = Letter {
                to: self.mailbox(&mail.to).await?,
                mail,
                sender: installation.to_string(),
            };
            self.mail.send(&letter).await
        })
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in for a closure of map_err"
)]
fn unavailable(error: errand_store::Error) -> MailError {
    MailError::Unavailable(super::storage_failed(&error))
}
