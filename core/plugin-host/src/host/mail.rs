//! `mail`: to people of the hub, and to addresses that an admin wrote into the installation's settings.

use errand_model::issue::Assignee;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::attempt::RequestRecord;
use crate::bindings::v1::errand::plugin::mail::{Error, Host, Image, Message};
use crate::instance::State;
use crate::services;
use crate::services::{Mail, MailError, Recipient};

/// Bytes of a subject, of each form of the body, and of all images together.
const MAX_SUBJECT: usize = 998;
const MAX_BODY: usize = 512 << 10;
const MAX_IMAGES: usize = 1 << 20;
/// Characters of a key, of a thread's name, and of an image's.
const MAX_NAME: usize = 200;
const IMAGE_TYPES: [&str; 3] = ["image/png", "image/jpeg", "image/gif"];

impl Host for State {
    async fn people(&mut self, of: String) -> Result<Vec<String>, Error> {
        self.take_read().map_err(Error::BudgetExhausted)?;
        let of: Assignee = of
            .parse()
            .map_err(|_| Error::Invalid("people are 'user:12' or 'team:3'".to_owned()))?;
        let people = self.shared.mailer.people(self.installation, of).await?;
        Ok(people
            .into_iter()
            .map(|person| Assignee::User(person).to_string())
            .collect())
    }

    async fn send(&mut self, to: String, message: Message) -> Result<String, Error> {
        let limit = self.shared.limits.requests;
        if self.record.requests.len() >= limit {
            return Err(Error::BudgetExhausted(format!(
                "a call may make {limit} requests and mails"
            )));
        }
        let started = Instant::now();
        let mut record = RequestRecord {
            method: "MAIL".to_owned(),
            url: format!("mailto:{}", self.secrets.scrub(&shown(&to))),
            status: None,
            error: None,
            ms: 0,
            sent_bytes: size(&message) as u64,
            received_bytes: 0,
            body: self.rehearsed(Some(message.text.as_bytes())),
        };
        let result = match self.checked(&to, message) {
            Ok(_) if self.is_dry_run => {
                record.error = Some("dry run: not sent".to_owned());
                Ok("dry-run".to_owned())
            }
            Ok(mail) => self.send_in_time(&mail).await,
            Err(error) => Err(error),
        };
        record.ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if let Err(error) = &result {
            record.error = Some(self.secrets.scrub(&describe(error)));
        }
        self.record.requests.push(record);
        result
    }
}

impl State {
    async fn send_in_time(&mut self, mail: &Mail) -> Result<String, Error> {
        let sent = self.shared.mailer.send(self.installation, mail);
        match timeout_at(self.requests_until, sent).await {
            Ok(sent) => sent.map_err(Error::from),
            // It may have been taken: the next attempt has the same key.
            Err(_) => Err(Error::Unavailable("the mail server took too long".to_owned())),
        }
    }

    fn checked(&self, to: &str, message: Message) -> Result<Mail, Error> {
        let invalid = |what: &str| Err(Error::Invalid(what.to_owned()));
        if message.subject.len() > MAX_SUBJECT || message.subject.chars().any(char::is_control) {
            return invalid("a subject is one line of at most 998 bytes");
        }
        let html = message.html.as_deref().unwrap_or_default();
        if message.text.len() > MAX_BODY || html.len() > MAX_BODY {
            return invalid("text and HTML may have 512 KiB each");
        }
        let names = message.thread.iter().chain([&message.key]);
        let names = names.chain(message.images.iter().map(|image| &image.id));
        if message.key.is_empty() || names.into_iter().any(|name| !is_name(name)) {
            return invalid("a key, a thread and an image's id are up to 200 printable characters");
        }
        let bytes: usize = message.images.iter().map(|image| image.body.len()).sum();
        let is_shown = |image: &Image| IMAGE_TYPES.contains(&image.content_type.as_str());
        if bytes > MAX_IMAGES || !message.images.iter().all(is_shown) {
            return invalid("images are PNG, JPEG or GIF, of 1 MiB together");
        }
        Ok(Mail {
            to: self.recipient(to)?,
            subject: message.subject,
            text: message.text,
            html: message.html,
            images: message.images.into_iter().map(services::Image::from).collect(),
            thread: message.thread,
            key: message.key,
        })
    }

    fn recipient(&self, to: &str) -> Result<Recipient, Error> {
        if let Ok(Assignee::User(person)) = to.parse() {
            return Ok(Recipient::Person(person));
        }
        let to = to.trim();
        let is_set = self.settings.values().any(|value| names(value, to));
        match (to.contains('@'), is_set) {
            (true, true) => Ok(Recipient::Address(to.to_owned())),
            (true, false) => Ok(Recipient::Known(to.to_owned())),
            (false, _) => Err(Error::Invalid(format!(
                "{} is no 'user:12' and no address",
                shown(to)
            ))),
        }
    }
}

/// Whether an admin wrote this address, alone or in a list.
fn names(setting: &Value, address: &str) -> bool {
    let is_between = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>');
    match setting {
        Value::String(text) => text
            .split(is_between)
            .any(|word| word.eq_ignore_ascii_case(address)),
        Value::Array(values) => values.iter().any(|value| names(value, address)),
        Value::Object(values) => values.values().any(|value| names(value, address)),
        _ => false,
    }
}

fn is_name(text: &str) -> bool {
    text.chars().count() <= MAX_NAME && !text.chars().any(char::is_control)
}

fn size(message: &Message) -> usize {
    let images: usize = message.images.iter().map(|image| image.body.len()).sum();
    message.text.len() + message.html.as_ref().map_or(0, String::len) + images
}

/// An address for the record: short, and on one line.
fn shown(to: &str) -> String {
    crate::record::sanitize(&to.chars().take(254).collect::<String>())
}

fn describe(error: &Error) -> String {
    match error {
        Error::Denied(why)
        | Error::Invalid(why)
        | Error::BudgetExhausted(why)
        | Error::Rejected(why)
        | Error::Unavailable(why) => why.clone(),
        Error::Unconfigured => MailError::Unconfigured.to_string(),
    }
}

impl From<Image> for services::Image {
    fn from(image: Image) -> Self {
        services::Image {
            id: image.id,
            content_type: image.content_type,
            body: image.body,
        }
    }
}

impl From<MailError> for Error {
    fn from(error: MailError) -> Self {
        match error {
            MailError::Nobody => {
                Error::Denied("it is nobody whom the hub knows, and no address of the settings".to_owned())
            }
            MailError::Invalid(why) => Error::Invalid(why),
            MailError::Unconfigured => Error::Unconfigured,
            MailError::Unwanted(why) => Error::Rejected(why),
            MailError::TooMany(why) => Error::BudgetExhausted(why),
            MailError::Rejected(_) => Error::Rejected(error.to_string()),
            MailError::Unavailable(_) => Error::Unavailable(error.to_string()),
        }
    }
}
