//! A letter, written out as the mail that goes over the wire.

use errand_plugin_host::MailError;
use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use sha2::{Digest as _, Sha256};

/// What is to be sent, and to whom.
pub(crate) struct Letter<'a> {
    pub(crate) to: Mailbox,
    pub(crate) mail: &'a errand_plugin_host::Mail,
    /// Whose keys and threads these are: two installations do not meet in one thread.
    pub(crate) sender: String,
}

impl Letter<'_> {
    /// The mail and its Message-ID, which is the same whenever the same letter is written.
    pub(super) fn write(&self, from: &Mailbox) -> Result<(String, Message), MailError> {
        let domain = from.email.domain();
        let id = self.id("mail", &format!("{}\n{}", self.mail.key, self.to.email), domain);
        let mut message = Message::builder()
            .from(from.clone())
            .to(self.to.clone())
            .subject(&self.mail.subject)
            .message_id(Some(id.clone()))
            // Out-of-office answers and the like stay away.
            .header(AutoSubmitted);
        if let Some(thread) = &self.mail.thread {
            // A mail that was never sent is the root of them all: so each can come first, or be lost.
            let root = self.id("thread", thread, domain);
            message = message.in_reply_to(root.clone()).references(root);
        }
        let text = SinglePart::plain(self.mail.text.clone());
        let message = match &self.mail.html {
            None => message.singlepart(text),
            Some(html) => message.multipart(self.with_html(text, html)?),
        };
        let message = message.map_err(|error| MailError::Invalid(error.to_string()))?;
        Ok((id, message))
    }

    fn with_html(&self, text: SinglePart, html: &str) -> Result<MultiPart, MailError> {
        let html = SinglePart::html(html.to_owned());
        let alternatives = MultiPart::alternative().singlepart(text);
        if self.mail.images.is_empty() {
            return Ok(alternatives.singlepart(html));
        }
        let mut related = MultiPart::related().singlepart(html);
        for image in &self.mail.images {
            let kind = ContentType::parse(&image.content_type)
                .map_err(|_| MailError::Invalid(format!("'{}' is no type of image", image.content_type)))?;
            related =
                related.singlepart(Attachment::new_inline(image.id.clone()).body(image.body.clone(), kind));
        }
        Ok(alternatives.multipart(related))
    }

    fn id(&self, kind: &str, key: &str, domain: &str) -> String {
        let digest = Sha256::digest(format!("{kind}\n{}\n{key}", self.sender));
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("<{kind}.{hex}@{domain}>")
    }
}

/// `Auto-Submitted: auto-generated`
#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use errand_model::UserId;
    use errand_plugin_host::{Mail, Recipient};

    use super::*;

    fn mail() -> Mail {
        Mail {
            to: Recipient::Person(UserId(1)),
            subject: "Grüße: «x»".to_owned(),
            text: "plain".to_owned(),
            html: Some("<p>rich</p>".to_owned()),
            images: Vec::new(),
            thread: Some("issue 5".to_owned()),
            key: "key".to_owned(),
        }
    }

    fn written(mail: &Mail, sender: &str) -> String {
        let letter = Letter {
            to: "Ada <ada@example.com>".parse().expect("an address"),
            mail,
            sender: sender.to_owned(),
        };
        let from = "Errand <errand@hub.example.com>".parse().expect("an address");
        let (id, message) = letter.write(&from).expect("a mail");
        let text = String::from_utf8(message.formatted()).expect("ASCII");
        assert!(text.contains(&format!("Message-ID: {id}\r\n")), "{text}");
        text
    }

    fn header<'a>(mail: &'a str, name: &str) -> Option<&'a str> {
        mail.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    #[test]
    fn the_same_letter_has_the_same_id_and_a_thread_one_root() {
        let (first, again) = (written(&mail(), "a"), written(&mail(), "a"));
        assert_eq!(header(&first, "Message-ID"), header(&again, "Message-ID"));
        let later = Mail {
            key: "later".to_owned(),
            ..mail()
        };
        let later = written(&later, "a");
        assert_ne!(header(&first, "Message-ID"), header(&later, "Message-ID"));
        assert!(header(&first, "References").is_some());
        assert_eq!(header(&first, "References"), header(&later, "References"));
        assert_ne!(
            header(&first, "References"),
            header(&written(&mail(), "b"), "References")
        );
        assert_eq!(header(&first, "Auto-Submitted"), Some("auto-generated"));
    }

    #[test]
    fn text_comes_before_html_and_images_are_within() {
        let text = written(&mail(), "a");
        assert!(text.contains("multipart/alternative"), "{text}");
        assert!(text.find("text/plain") < text.find("text/html"), "{text}");
        let picture = errand_plugin_host::Image {
            id: "chart".to_owned(),
            content_type: "image/png".to_owned(),
            body: vec![137, 80, 78, 71],
        };
        let with_picture = Mail {
            images: vec![picture],
            ..mail()
        };
        let text = written(&with_picture, "a");
        assert!(
            text.contains("multipart/related") && text.contains("Content-ID: <chart>"),
            "{text}"
        );
    }
}
