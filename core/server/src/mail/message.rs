//! A letter, written out as the mail that goes over the wire.

use errand_plugin_host::MailError;
use lettre::Message;
use lettre::address::Envelope;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MessageBuilder, MultiPart, SinglePart};
use sha2::{Digest as _, Sha256};

use super::footer;
use super::headers::{
    AutoResponseSuppress, AutoSubmitted, ListId, ListUnsubscribe, ListUnsubscribePost, harmless,
};
use super::standing::Standing;

/// What is to be sent, and to whom.
pub(crate) struct Letter<'a> {
    pub(crate) to: Mailbox,
    pub(crate) mail: &'a errand_plugin_host::Mail,
    /// Whose keys and threads these are: two installations do not meet in one thread.
    pub(crate) sender: String,
    /// For what comes without being asked for each time: how the recipient has it stopped.
    pub(crate) standing: Option<Standing>,
}

impl Letter<'_> {
    /// The mail and its Message-ID, which is the same whenever the same letter is written.
    pub(super) fn write(&self, from: &Mailbox) -> Result<(String, Message), MailError> {
        let domain = from.email.domain();
        let id = self.message_id(domain);
        let name = self.to.name.as_deref().map(harmless);
        let mut message = Message::builder()
            .from(from.clone())
            .to(Mailbox::new(name, self.to.email.clone()))
            .subject(harmless(&self.mail.subject))
            .message_id(Some(id.clone()))
            // Out-of-office answers and the like stay away.
            .header(AutoSubmitted)
            .header(AutoResponseSuppress);
        if let Some(thread) = &self.mail.thread {
            // A mail that was never sent is the root of them all: so each can come first, or be lost.
            let root = self.id("thread", thread, domain);
            message = message.in_reply_to(root.clone()).references(root);
        }
        if let Some(standing) = &self.standing {
            message = self.stand(message, standing, domain)?;
        }
        let text = SinglePart::plain(footer::text(&self.mail.text, self.standing.as_ref()));
        let message = match &self.mail.html {
            None => message.singlepart(text),
            Some(html) => {
                let html = footer::html(html, self.standing.as_ref());
                message.multipart(self.with_html(text, html)?)
            }
        };
        let message = message.map_err(|error| MailError::Invalid(error.to_string()))?;
        Ok((id, message))
    }

    /// How it is stopped (RFC 2919, 2369, 8058), and where it comes back to.
    fn stand(
        &self,
        message: MessageBuilder,
        standing: &Standing,
        domain: &str,
    ) -> Result<MessageBuilder, MailError> {
        let mut message = message
            .header(ListId(format!("<{}.errand.{domain}>", standing.list)))
            .header(ListUnsubscribe(format!("<{}>", standing.stop)));
        // Readers press the button for their user by themselves, and only over https.
        if standing.stop.starts_with("https://") {
            message = message.header(ListUnsubscribePost);
        }
        match &standing.returns_to {
            None => Ok(message),
            Some(address) => {
                let to = vec![self.to.email.clone()];
                Envelope::new(Some(address.clone()), to)
                    .map(|envelope| message.envelope(envelope))
                    .map_err(|error| MailError::Invalid(error.to_string()))
            }
        }
    }

    fn with_html(&self, text: SinglePart, html: String) -> Result<MultiPart, MailError> {
        let html = SinglePart::html(html);
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

    /// A mail that comes back is known by it too.
    fn message_id(&self, domain: &str) -> String {
        let key = format!("{}\n{}", self.mail.key, self.to.email);
        match &self.standing {
            None => self.id("mail", &key, domain),
            Some(standing) => self.id("mail", &key, &format!("{}@{domain}", standing.token)),
        }
    }

    /// `<kind.digest@domain>`; `at` may have more before the `@`.
    fn id(&self, kind: &str, key: &str, at: &str) -> String {
        let digest = Sha256::digest(format!("{kind}\n{}\n{key}", self.sender));
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let separator = if at.contains('@') { '.' } else { '@' };
        format!("<{kind}.{hex}{separator}{at}>")
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
            standing: None,
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

    fn standing(stop: &str) -> Standing {
        Standing {
            name: "Shop <b>".to_owned(),
            list: "7".to_owned(),
            hub: "https://hub.example.com".to_owned(),
            stop: stop.to_owned(),
            token: "0123456789abcdef01234567".to_owned(),
            returns_to: "bounces+0123456789abcdef01234567@hub.example.com".parse().ok(),
            held: 3,
        }
    }

    fn standing_mail(to: &str, subject: &str, stop: &str) -> (Message, String) {
        let mail = Mail {
            subject: subject.to_owned(),
            ..mail()
        };
        let letter = Letter {
            to: Mailbox::new(
                Some(to.to_owned()),
                "ada@example.com".parse().expect("an address"),
            ),
            mail: &mail,
            sender: "7".to_owned(),
            standing: Some(standing(stop)),
        };
        let from = "Errand <errand@hub.example.com>".parse().expect("an address");
        let (_, message) = letter.write(&from).expect("a mail");
        let text = String::from_utf8(message.formatted()).expect("ASCII");
        (message, text)
    }

    #[test]
    fn a_standing_order_says_how_it_is_stopped_and_comes_back_to_its_own_address() {
        let stop = "https://hub.example.com/mail/stop/x";
        let (message, text) = standing_mail("Ada", "x", stop);
        assert_eq!(
            header(&text, "List-Unsubscribe"),
            Some("<https://hub.example.com/mail/stop/x>")
        );
        assert_eq!(
            header(&text, "List-Unsubscribe-Post"),
            Some("List-Unsubscribe=One-Click")
        );
        assert_eq!(header(&text, "List-Id"), Some("<7.errand.hub.example.com>"));
        let id = header(&text, "Message-ID").expect("an id");
        assert!(id.ends_with(".0123456789abcdef01234567@hub.example.com>"), "{id}");
        let from = message.envelope().from().map(ToString::to_string);
        assert_eq!(
            from.as_deref(),
            Some("bounces+0123456789abcdef01234567@hub.example.com")
        );
        assert!(text.contains(stop) && text.contains("Shop &lt;b&gt;"), "{text}");
        let (_, plain) = standing_mail("Ada", "x", "http://hub/mail/stop/x");
        assert_eq!(
            header(&plain, "List-Unsubscribe-Post"),
            None,
            "one click is for https alone"
        );
    }

    #[test]
    fn hostile_subjects_and_names_add_no_header_and_turn_nothing_around() {
        let evil = "a\r\nBcc: all@example.com\r\n\r\nbody \u{202e}txt.exe";
        let (message, text) = standing_mail(evil, &format!("{evil}{}", "é".repeat(900)), "https://hub/x");
        let head = text.split("\r\n\r\n").next().unwrap_or_default();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        assert!(!head.lines().any(|line| line.len() > 998), "{head}");
        assert_eq!(message.envelope().to().len(), 1);
        let (_, plain) = standing_mail("Ada", "a\u{202e}b", "https://hub/x");
        assert_eq!(header(&plain, "Subject"), Some("ab"));
    }
}
