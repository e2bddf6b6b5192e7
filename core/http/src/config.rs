//! What can be set for the HTTP surfaces.

use std::time::Duration;

use errand_model::single_sign_on::Client;

use crate::ingest::config::IngestConfig;

/// Settings of every surface.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// Where people and SDKs reach the hub: `https://errors.example.com`, perhaps with a path.
    pub public_url: String,
    /// Addresses of proxies whose `X-Forwarded-For` is believed. Loopback is always believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// How people sign in.
    pub sign_in: SignInConfig,
    /// The provider of single sign-on, where the hub's settings name one: then no page changes it.
    pub single_sign_on: Option<Client>,
    /// Caps and limits of what SDKs send.
    pub ingest: IngestConfig,
    /// Where mail comes back to that does not arrive; empty where that is the sender.
    pub mail_bounces: String,
    /// The largest body that the API and the pages take, in bytes.
    pub body_bytes: usize,
    /// How long the API and the pages may take to answer.
    pub timeout: Duration,
}

impl Default for HttpConfig {
    fn default() -> Self {
        HttpConfig {
            public_url: "http://127.0.0.1:9000".to_owned(),
            trusted_proxies: Vec::new(),
            sign_in: SignInConfig::default(),
            single_sign_on: None,
            ingest: IngestConfig::default(),
            mail_bounces: String::new(),
            body_bytes: 1024 * 1024,
            timeout: Duration::from_secs(30),
        }
    }
}

impl HttpConfig {
    /// Whether people reach the hub by https, so that cookies may be kept from anything else.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// How people sign in.
#[derive(Clone, Debug)]
pub struct SignInConfig {
    /// How long a link to sign in works.
    pub link_lifetime: Duration,
    /// How long a session lasts.
    pub session_lifetime: Duration,
}

impl Default for SignInConfig {
    fn default() -> Self {
        SignInConfig {
            link_lifetime: Duration::from_secs(24 * 3600),
            session_lifetime: Duration::from_secs(30 * 24 * 3600),
        }
    }
}
