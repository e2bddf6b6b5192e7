//! `[mail]`: the mail server.

use std::fmt;

use anyhow::{Context as _, Result};
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};

/// `[mail]`
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mail {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: Tls,
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) from: String,
    pub(crate) ca_file: String,
    pub(crate) bounces: String,
    pub(crate) most_an_hour: u32,
    pub(crate) pause_seconds: u32,
}

/// How the way to the server is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tls {
    Starttls,
    Implicit,
    None,
}

impl Default for Mail {
    fn default() -> Self {
        Mail {
            host: String::new(),
            port: 587,
            tls: Tls::Starttls,
            user: String::new(),
            password: String::new(),
            from: "Errand <errand@localhost>".to_owned(),
            ca_file: String::new(),
            bounces: String::new(),
            most_an_hour: 60,
            pause_seconds: 300,
        }
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .field("from", &self.from)
            .field("bounces", &self.bounces)
            .field("most_an_hour", &self.most_an_hour)
            .field("pause_seconds", &self.pause_seconds)
            .finish_non_exhaustive()
    }
}

impl Mail {
    /// Who mail comes from.
    pub(crate) fn sender(&self) -> Result<Mailbox> {
        self.from.parse().with_context(|| {
            format!(
                "mail.from is '{}'; it must be an address such as \"Errand <errand@example.com>\"",
                self.from
            )
        })
    }

    pub(super) fn check(&self) -> Result<()> {
        anyhow::ensure!(
            self.password.is_empty() || self.tls != Tls::None || is_loopback(&self.host),
            "mail.tls is \"none\" and mail.password is set; a password goes to {} only with \"starttls\" or \"implicit\"",
            self.host
        );
        anyhow::ensure!(
            self.bounces.is_empty() || is_bounce_address(&self.bounces),
            "mail.bounces is '{}'; it must be a bare address such as \"bounces@example.com\", with up to 39 characters before the @",
            self.bounces
        );
        anyhow::ensure!(
            self.most_an_hour > 0,
            "mail.most_an_hour is 0; it must be at least 1"
        );
        self.sender().map(|_| ())
    }
}

/// Whether `+` and a token of 24 characters fit before the `@`, where 64 may stand.
fn is_bounce_address(address: &str) -> bool {
    let parsed = address.parse::<lettre::Address>();
    parsed.is_ok_and(|parsed| parsed.user().len() <= 39)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
