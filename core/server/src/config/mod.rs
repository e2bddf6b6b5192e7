//! The hub's settings. `config.default.toml` is their documentation; a test holds the two together.

mod load;
mod mail;
mod single_sign_on;

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use errand_plugin_host::{PublicKey, Trust};
use serde::{Deserialize, Serialize};

pub(crate) use load::{Sources, load};
pub(crate) use mail::{Mail, Tls};
pub(crate) use single_sign_on::Provider;

/// The commented default file.
#[cfg(test)]
pub(crate) const DEFAULT_FILE: &str = include_str!("../../config.default.toml");

/// All settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) server: Server,
    pub(crate) database: Database,
    pub(crate) secrets: Secrets,
    pub(crate) ingest: Ingest,
    pub(crate) queue: Queue,
    pub(crate) plugins: Plugins,
    pub(crate) mail: Mail,
    pub(crate) single_sign_on: Provider,
    pub(crate) log: Log,
}

/// `[server]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: String,
    pub(crate) max_connections: usize,
    pub(crate) trusted_proxies: Vec<String>,
    pub(crate) shutdown_seconds: u64,
    pub(crate) node: u8,
}

impl Default for Server {
    fn default() -> Self {
        Server {
            listen: SocketAddr::from(([127, 0, 0, 1], 8000)),
            public_url: String::new(),
            max_connections: 10_000,
            trusted_proxies: Vec::new(),
            shutdown_seconds: 20,
            node: 0,
        }
    }
}

/// `[database]`
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Database {
    pub(crate) url: String,
    pub(crate) max_connections: u32,
}

impl Default for Database {
    fn default() -> Self {
        Database {
            url: String::new(),
            max_connections: 16,
        }
    }
}

/// The URL may hold a password.
impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

/// `[secrets]`
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Secrets {
    pub(crate) key_file: String,
    pub(crate) keys: String,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets")
            .field("key_file", &self.key_file)
            .finish_non_exhaustive()
    }
}

/// `[ingest]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Ingest {
    pub(crate) max_request_bytes: usize,
    pub(crate) max_envelope_bytes: usize,
    pub(crate) max_attachment_bytes: usize,
    pub(crate) max_in_flight_bytes: usize,
    pub(crate) body_timeout_seconds: u64,
}

impl Default for Ingest {
    fn default() -> Self {
        Ingest {
            max_request_bytes: 50 << 20,
            max_envelope_bytes: 100 << 20,
            max_attachment_bytes: 50 << 20,
            max_in_flight_bytes: 64 << 20,
            body_timeout_seconds: 30,
        }
    }
}

/// `[queue]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Queue {
    pub(crate) max_bytes: u64,
    pub(crate) memory_bytes: usize,
    pub(crate) segment_bytes: u64,
}

impl Default for Queue {
    fn default() -> Self {
        Queue {
            max_bytes: 4 << 30,
            memory_bytes: 32 << 20,
            segment_bytes: 64 << 20,
        }
    }
}

/// `[plugins]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Plugins {
    pub(crate) allow_networks: Vec<String>,
    pub(crate) max_concurrent: usize,
    pub(crate) trust: PluginTrust,
    pub(crate) trusted_keys: Vec<String>,
}

/// Whom plugins are taken from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PluginTrust {
    #[default]
    Anybody,
    Warn,
    Only,
}

impl Plugins {
    /// As whoever runs plugins takes it.
    pub(crate) fn trust(&self) -> Result<Trust, String> {
        let keys: Vec<PublicKey> = self
            .trusted_keys
            .iter()
            .map(|key| key.parse())
            .collect::<Result<_, _>>()?;
        Ok(match self.trust {
            PluginTrust::Anybody => Trust::Anybody,
            PluginTrust::Warn => Trust::Warn(keys),
            PluginTrust::Only => Trust::Only(keys),
        })
    }
}

impl Default for Plugins {
    fn default() -> Self {
        Plugins {
            allow_networks: Vec::new(),
            max_concurrent: 16,
            trust: PluginTrust::default(),
            trusted_keys: Vec::new(),
        }
    }
}

/// `[log]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) filter: String,
    pub(crate) format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Log {
            filter: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

/// Who reads the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Config {
    /// Where people and SDKs reach the hub, without a slash at the end.
    pub(crate) fn public_url(&self) -> String {
        if !self.server.public_url.is_empty() {
            return self.server.public_url.trim_end_matches('/').to_owned();
        }
        let listen = self.server.listen;
        // A browser cannot be sent to "every address".
        match listen.ip().is_unspecified() {
            true => format!("http://localhost:{}", listen.port()),
            false => format!("http://{listen}"),
        }
    }

    /// The database: the URL that was given, else SQLite in the data folder.
    pub(crate) fn database(&self, data: &Path) -> anyhow::Result<errand_store::Location> {
        match self.database.url.as_str() {
            "" => Ok(errand_store::Location::Sqlite(data.join("errand.db"))),
            url => Ok(errand_store::Location::parse(url)?),
        }
    }

    /// Values that are of the right type and still make no sense.
    fn check(&self) -> anyhow::Result<()> {
        let url = &self.server.public_url;
        anyhow::ensure!(
            url.is_empty() || url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")),
            "server.public_url is '{url}'; it must be empty or a URL such as \"https://errors.example.com\""
        );
        anyhow::ensure!(
            self.server.node < 64,
            "server.node is {}; it must be 0 to 63",
            self.server.node
        );
        for (name, networks) in [
            ("server.trusted_proxies", &self.server.trusted_proxies),
            ("plugins.allow_networks", &self.plugins.allow_networks),
        ] {
            for network in networks {
                anyhow::ensure!(
                    network.parse::<ipnet::IpNet>().is_ok(),
                    "{name} holds '{network}'; each entry must be a network such as \"10.0.0.0/8\""
                );
            }
        }
        if let Err(error) = self.plugins.trust() {
            anyhow::bail!("plugins.trusted_keys: {error}");
        }
        anyhow::ensure!(
            self.queue.segment_bytes >= 1 << 20 && self.queue.max_bytes >= 2 * self.queue.segment_bytes,
            "queue.segment_bytes is {} and queue.max_bytes {}; a segment must be 1 MiB or more, and two must fit",
            self.queue.segment_bytes,
            self.queue.max_bytes
        );
        self.mail.check()?;
        self.single_sign_on.check()?;
        anyhow::ensure!(
            tracing_subscriber::EnvFilter::try_new(&self.log.filter).is_ok(),
            "log.filter is '{}'; it must be a level (error, warn, info, debug, trace) or pairs such as \
             \"info,errand_engine=debug\"",
            self.log.filter
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests;
