//! Mail in the hub's name.
//!
//! ```ignore
//! for person in mail::people("team:3")? {
//!     mail::to(&person)
//!         .subject("A new issue")
//!         .text("…")
//!         .thread(&event.issue.id)
//!         .key(&call.idempotency_key)
//!         .send()?;
//! }
//! ```

use crate::bindings::errand::plugin::mail as wit;
use crate::{Failure, Problem};

/// A picture that the HTML shows as `cid:` and its id.
pub type Image = wit::Image;

/// The people that an assignee (`user:12`, `team:3`) stands for, each as `user:12`.
///
/// # Errors
/// [`Failure`] if there is no such person or team, or the hub has no mail server.
pub fn people(of: &str) -> Result<Vec<String>, Failure> {
    Ok(wit::people(of)?)
}

/// A mail to somebody (`user:12`), or to an address that stands in the settings.
pub fn to(recipient: impl Into<String>) -> Mail {
    Mail {
        to: recipient.into(),
        message: wit::Message {
            subject: String::new(),
            text: String::new(),
            html: None,
            images: Vec::new(),
            thread: None,
            key: String::new(),
        },
    }
}

/// A mail in the making.
#[derive(Clone, Debug)]
#[must_use = "send it"]
pub struct Mail {
    to: String,
    message: wit::Message,
}

impl Mail {
    /// Its subject. Line breaks and control characters, which a title may hold, become spaces; what is too long is cut.
    pub fn subject(mut self, subject: &str) -> Self {
        const MAX_CHARS: usize = 180;
        let line: String = subject
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(MAX_CHARS + 1)
            .collect();
        self.message.subject = match line.chars().count() > MAX_CHARS {
            true => line.chars().take(MAX_CHARS).chain(['…']).collect(),
            false => line,
        };
        self
    }

    /// What everybody can read.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.message.text = text.into();
        self
    }

    /// The same for those who see more. Texts of others have to be escaped: see [`escape`].
    pub fn html(mut self, html: impl Into<String>) -> Self {
        self.message.html = Some(html.into());
        self
    }

    /// A picture that the HTML shows as `cid:` and its id.
    pub fn image(mut self, image: Image) -> Self {
        self.message.images.push(image);
        self
    }

    /// What it stands together with in a mailbox: the issue's id, for instance.
    pub fn thread(mut self, thread: impl Into<String>) -> Self {
        self.message.thread = Some(thread.into());
        self
    }

    /// The same in every attempt: mostly [`Call::idempotency_key`](crate::Call::idempotency_key).
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.message.key = key.into();
        self
    }

    /// Sends it and gives its id.
    ///
    /// # Errors
    /// [`Failure`], by what the mail server answers.
    pub fn send(self) -> Result<String, Failure> {
        Ok(wit::send(&self.to, &self.message)?)
    }
}

/// A text as HTML shows it.
pub fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            // Marks that reorder text would let a title hide what stands beside it.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() && !matches!(c, '\n' | '\t') => html.push(' '),
            c => html.push(c),
        }
    }
    html
}

impl From<wit::Error> for Failure {
    fn from(error: wit::Error) -> Self {
        match error {
            wit::Error::Unavailable(why) => Failure::retry(why),
            wit::Error::Unconfigured => Failure::Config(Problem {
                field: None,
                message: "the hub has no mail server: [mail] in its configuration names one".to_owned(),
            }),
            // Somebody who is gone is no reason to tell nobody.
            wit::Error::Denied(why)
            | wit::Error::Invalid(why)
            | wit::Error::BudgetExhausted(why)
            | wit::Error::Rejected(why) => Failure::permanent(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_harmless() {
        assert_eq!(
            escape("<b>\"x\" & 'y'\u{202e}\u{7}"),
            "&lt;b&gt;&quot;x&quot; &amp; &#39;y&#39; "
        );
        let mail = to("user:1").subject("a\r\nBcc: all@example.com");
        assert_eq!(mail.message.subject, "a  Bcc: all@example.com");
        assert!(to("user:1").subject(&"ü".repeat(1_000)).message.subject.len() < 400);
    }
}
