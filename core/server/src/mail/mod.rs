//! Sends mail: whatever a plugin wants to say to a person goes out here.

mod footer;
mod headers;
mod message;
mod standing;
mod transport;

use std::time::Duration;

use anyhow::{Context as _, Result};
use errand_pipeline::returned;
use errand_plugin_host::MailError;
use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error as SmtpError;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use tokio::time::timeout;

use crate::config;

pub(crate) use message::Letter;
pub(crate) use standing::Standing;

/// How long the server may be silent.
const PATIENCE: Duration = Duration::from_secs(15);

/// The way to the mail server. Connections are kept for a while and shared.
pub(crate) struct Mail {
    from: Mailbox,
    /// Where mail comes back to, if not to the sender.
    bounces: String,
    most_an_hour: u32,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Mail {
    /// By the settings; none where they name no server.
    pub(crate) fn of(settings: &config::Mail) -> Result<Option<Self>> {
        if settings.host.is_empty() {
            return Ok(None);
        }
        Ok(Some(Mail {
            from: settings.sender()?,
            bounces: settings.bounces.clone(),
            most_an_hour: settings.most_an_hour,
            transport: transport::build(settings)?,
        }))
    }

    /// Mails that one recipient gets within an hour.
    pub(crate) fn most_an_hour(&self) -> u32 {
        self.most_an_hour
    }

    /// Where a mail comes back to whose recipient has this token.
    pub(crate) fn returns_to(&self, token: &str) -> Option<Address> {
        returned::address(&self.bounces, token)?.parse().ok()
    }

    /// Whether the server answers and takes the password.
    pub(crate) async fn test(&self) -> Result<bool> {
        let tested = timeout(PATIENCE, self.transport.test_connection()).await;
        Ok(tested.context("it does not answer")??)
    }

    /// Sends a letter and gives its Message-ID.
    pub(crate) async fn send(&self, letter: &Letter<'_>) -> Result<String, MailError> {
        let (id, message) = letter.write(&self.from)?;
        // The transport's own patience ends with the connection: a server may fall silent later.
        match timeout(PATIENCE, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(id),
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => Err(MailError::Unavailable(format!(
                "it did not answer within {} s",
                PATIENCE.as_secs()
            ))),
        }
    }
}

/// 5xx is for good, whatever else is for now: a wrong password too, which an admin mends while the mail waits.
fn failure(error: &SmtpError) -> MailError {
    let text = describe(error);
    let is_login = error
        .status()
        .is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538));
    match error.is_permanent() && !is_login {
        true => MailError::Rejected(text),
        false => MailError::Unavailable(text),
    }
}

fn describe(error: &SmtpError) -> String {
    use std::error::Error as _;
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}
