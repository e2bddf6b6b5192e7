//! Mail of the hub's own, to people about their accounts.

use errand_http::post::{AccountMail, Post};
use errand_plugin_host::{Mail as Outgoing, Recipient};
use futures_util::future::BoxFuture;
use lettre::message::Mailbox;

use crate::mail::{Letter, Mail};

/// The hub's mail server; none where none is set.
pub(crate) struct HubPost(pub(crate) Option<Mail>);

impl Post for HubPost {
    fn is_there(&self) -> bool {
        self.0.is_some()
    }

    fn send(&self, mail: AccountMail) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            let server = self.0.as_ref().ok_or("no mail server is set")?;
            let address = mail
                .to
                .parse()
                .map_err(|why| format!("the address is none: {why}"))?;
            let text = mail.text.reveal().clone();
            let outgoing = Outgoing {
                to: Recipient::Address(mail.to),
                subject: mail.subject.to_owned(),
                // Each is a mail of its own: what it says holds a secret that no other has.
                key: text.clone(),
                text,
                html: None,
                images: Vec::new(),
                thread: None,
            };
            let letter = Letter {
                to: Mailbox::new(None, address),
                mail: &outgoing,
                sender: "accounts".to_owned(),
                standing: None,
            };
            server
                .send(&letter)
                .await
                .map(|_| ())
                .map_err(|why| why.to_string())
        })
    }
}
