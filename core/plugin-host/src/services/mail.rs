//! Mail, as plugins hand it to the hub.

use std::pin::Pin;

use errand_model::issue::Assignee;
use errand_model::{InstallationId, UserId};

/// Who gets a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// Somebody whom the hub knows.
    Person(UserId),
    /// Somebody whom the hub knows by this address; nobody, if it does not.
    Known(String),
    /// An address that an admin wrote into the installation's settings.
    Address(String),
}

/// A picture within the HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// What the HTML calls it, after `cid:`.
    pub id: String,
    /// `image/png`, `image/jpeg` or `image/gif`.
    pub content_type: String,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// A mail to one recipient. Sizes and characters are checked before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Who gets it.
    pub to: Recipient,
    /// Its subject, one line.
    pub subject: String,
    /// What everybody can read.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// What the HTML shows.
    pub images: Vec<Image>,
    /// What stands together in a mailbox, within the installation.
    pub thread: Option<String>,
    /// The same in every attempt.
    pub key: String,
}

/// Why a mail was not sent.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum MailError {
    /// There is no such person or team.
    #[error("there is no such person or team")]
    Nobody,
    /// It cannot be made a mail of.
    #[error("{0}")]
    Invalid(String),
    /// The hub has no mail server.
    #[error("the hub's configuration names no mail server")]
    Unconfigured,
    /// The recipient wants no more of it, or nothing arrives there.
    #[error("{0}")]
    Unwanted(String),
    /// The recipient had as much within the hour as one gets.
    #[error("{0}")]
    TooMany(String),
    /// The server refuses it for good.
    #[error("the mail server refuses: {0}")]
    Rejected(String),
    /// The server is not there, or asks to come later.
    #[error("the mail server cannot take it now: {0}")]
    Unavailable(String),
}

/// What came of it, later.
pub type MailFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, MailError>> + Send + 'a>>;

/// Whoever sends mail for plugins.
pub trait Mailer: Send + Sync {
    /// The people that an assignee stands for, as far as the installation may know them.
    fn people<'a>(&'a self, installation: InstallationId, of: Assignee) -> MailFuture<'a, Vec<UserId>>;

    /// Sends a mail and gives its Message-ID.
    fn send<'a>(&'a self, installation: InstallationId, mail: &'a Mail) -> MailFuture<'a, String>;
}

/// A hub without a mail server.
#[derive(Clone, Copy, Debug)]
pub struct NoMail;

impl Mailer for NoMail {
    fn people<'a>(&'a self, _: InstallationId, _: Assignee) -> MailFuture<'a, Vec<UserId>> {
        Box::pin(async { Err(MailError::Unconfigured) })
    }

    fn send<'a>(&'a self, _: InstallationId, _: &'a Mail) -> MailFuture<'a, String> {
        Box::pin(async { Err(MailError::Unconfigured) })
    }
}
