//! Mail that plugins send: to whom, how much of it, and through what.

use std::sync::Arc;

use errand_model::issue::Assignee;
use errand_model::{Clock, InstallationId, UserId};
use errand_pipeline::returned;
use errand_plugin_host::{Mail as Outgoing, MailError, MailFuture, Mailer, Recipient};
use errand_store::mail::{self, Admission, Reason, Refusal};
use errand_store::people::Person;
use errand_store::{Db, installations, people, teams};
use lettre::Address;
use lettre::message::Mailbox;

use crate::mail::{Letter, Mail, Standing};

/// The hub's mail server and the people it knows.
pub(crate) struct PluginMail {
    pub(crate) db: Db,
    pub(crate) mail: Mail,
    pub(crate) clock: Arc<dyn Clock>,
    /// Where the hub is.
    pub(crate) url: String,
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
            let to = self.mailbox(&mail.to).await?;
            let recipient = self.admit(installation, &to).await?;
            let letter = Letter {
                to,
                mail,
                sender: installation.to_string(),
                standing: Some(self.standing(installation, &recipient).await?),
            };
            let sent = self.mail.send(&letter).await;
            if let Err(error) = &sent {
                self.settle(&recipient, error).await?;
            }
            sent
        })
    }
}

impl PluginMail {
    /// Lets a mail go, if its recipient takes it.
    async fn admit(&self, installation: InstallationId, to: &Mailbox) -> Result<mail::Recipient, MailError> {
        let (address, most) = (to.email.to_string(), self.mail.most_an_hour());
        let mut tx = self.db.begin().await.map_err(unavailable)?;
        let admission = mail::admit(&mut tx, self.clock.now(), installation, &address, most).await;
        let admission = admission.map_err(unavailable)?;
        tx.commit().await.map_err(unavailable)?;
        match admission {
            Admission::Go(recipient) => Ok(recipient),
            Admission::TooMany => Err(MailError::TooMany(format!(
                "held back: {address} had {most} mails within the hour, and the next mail says so"
            ))),
            Admission::Refused(refusal) => Err(MailError::Unwanted(unwanted(&refusal))),
        }
    }

    async fn standing(
        &self,
        installation: InstallationId,
        recipient: &mail::Recipient,
    ) -> Result<Standing, MailError> {
        let known = installations::by_id(&self.db, installation)
            .await
            .map_err(unavailable)?;
        let hub = self.url.trim_end_matches('/');
        Ok(Standing {
            name: known.map(|installation| installation.name).unwrap_or_default(),
            list: installation.to_string(),
            hub: hub.to_owned(),
            stop: format!("{hub}/mail/stop/{}", recipient.stop(installation)),
            token: recipient.token.clone(),
            returns_to: self.mail.returns_to(&recipient.token),
            held: recipient.held,
        })
    }

    /// What did not go does not count; where there is no mailbox, nothing goes any more.
    async fn settle(&self, recipient: &mail::Recipient, error: &MailError) -> Result<(), MailError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await.map_err(unavailable)?;
        mail::give_back(&mut tx, now, recipient)
            .await
            .map_err(unavailable)?;
        if let MailError::Rejected(said) = error
            && said.split([' ', ':', '(', ')']).any(returned::is_no_mailbox)
        {
            let refusal = Refusal {
                address: recipient.address.clone(),
                installation: None,
                reason: Reason::Bounced,
                details: said.clone(),
                at: now,
            };
            mail::refuse(&mut tx, &refusal).await.map_err(unavailable)?;
        }
        tx.commit().await.map_err(unavailable)
    }
}

fn unwanted(refusal: &Refusal) -> String {
    let Refusal { address, details, .. } = refusal;
    let why = match refusal.reason {
        Reason::Bounced => format!("mail does not arrive there ({details})"),
        Reason::Complained => "its owner called our mail unwanted".to_owned(),
        Reason::Unsubscribed => "its owner asked for no more of this mail".to_owned(),
        Reason::ByHand => "an administrator said so".to_owned(),
    };
    format!("{address} is not written to: {why}; the page Mail lets it be written to again")
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in for a closure of map_err"
)]
fn unavailable(error: errand_store::Error) -> MailError {
    MailError::Unavailable(super::storage_failed(&error))
}
