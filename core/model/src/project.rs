//! Organizations, projects, and the keys that let SDKs in.

use serde::{Deserialize, Serialize};

use crate::filters::Filters;
use crate::{EventId, KeyId, OrganizationId, ProjectId, Timestamp};

/// Whoever shares a hub: everything else belongs to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name in URLs.
    pub slug: String,
    /// What to call it.
    pub name: String,
    /// Since when.
    pub created: Timestamp,
}

/// A program whose errors are kept apart from others'.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    /// Its id; stands in its DSNs.
    pub id: ProjectId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its name in URLs; unique in its organization.
    pub slug: String,
    /// What to call it.
    pub name: String,
    /// `python`, `javascript-react`, …: decides icons and snippets, nothing else.
    pub platform: Option<String>,
    /// Since when.
    pub created: Timestamp,
    /// What can be set.
    pub settings: ProjectSettings,
}

/// What can be set for a project. Stored as JSON: fields may be added with a default, never renamed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProjectSettings {
    /// Stack-trace rules in Sentry's syntax, after the built-in ones.
    pub stack_trace_rules: String,
    /// Fingerprint rules in Sentry's syntax.
    pub fingerprint_rules: String,
    /// Whether the default scrubbing (passwords, tokens, card numbers) is on.
    pub scrub_defaults: bool,
    /// Whether IP addresses are dropped.
    pub scrub_ip_addresses: bool,
    /// Further field names to scrub.
    pub sensitive_fields: Vec<String>,
    /// Fields never to scrub.
    pub safe_fields: Vec<String>,
    /// Rules of scrubbing, one a line (core/pipeline/src/scrub/rules).
    pub scrub_rules: String,
    /// What makes their hashes this project's own.
    pub scrub_salt: String,
    /// Origins from which browsers may send; `*` for any.
    pub allowed_origins: Vec<String>,
    /// Limit of this project over all its keys.
    pub rate_limit: Option<RateLimit>,
    /// How much may come in altogether.
    pub volume: Volume,
    /// Which events are not taken.
    pub filters: Filters,
    /// Environments in which customers are: what is deployed there has reached them.
    pub production_environments: Vec<String>,
    /// Who is given new issues, by where they happened (core/pipeline/src/ownership).
    pub ownership_rules: String,
}

impl ProjectSettings {
    /// Makes hashes the project's own, once: the same text has the same hash for as long as the project is.
    pub fn salt(&mut self) {
        if self.scrub_salt.is_empty() {
            self.scrub_salt = EventId::random().to_string();
        }
    }

    /// Whether customers are in `environment`, whatever the case of its letters.
    pub fn is_production(&self, environment: &str) -> bool {
        let named = |name: &String| name.to_lowercase() == environment.to_lowercase();
        self.production_environments.iter().any(named)
    }
}

impl Default for ProjectSettings {
    fn default() -> Self {
        ProjectSettings {
            stack_trace_rules: String::new(),
            fingerprint_rules: String::new(),
            scrub_defaults: true,
            scrub_ip_addresses: false,
            sensitive_fields: Vec::new(),
            safe_fields: Vec::new(),
            scrub_rules: String::new(),
            scrub_salt: String::new(),
            allowed_origins: vec!["*".to_owned()],
            rate_limit: None,
            volume: Volume::default(),
            filters: Filters::default(),
            production_environments: ["production", "prod", "live"].map(str::to_owned).to_vec(),
            ownership_rules: String::new(),
        }
    }
}

/// How many events a project may send, beyond its rate limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Volume {
    /// On a day, in UTC.
    pub daily: Option<u32>,
    /// In thirty days.
    pub monthly: Option<u32>,
    /// Whether of a flood, many times what is usual, only a part is let in.
    pub spikes: bool,
}

/// That many events in that many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Events.
    pub count: u32,
    /// Seconds.
    pub window: u32,
}

/// A key that lets SDKs send to one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectKey {
    /// Its id.
    pub id: KeyId,
    /// Its project.
    pub project: ProjectId,
    /// What to call it.
    pub label: String,
    /// 32 hexadecimal digits; no secret, browsers carry it.
    pub public_key: String,
    /// For SDKs of old that want one. Never checked.
    pub secret_key: String,
    /// Whether it lets anybody in.
    pub is_active: bool,
    /// Its own limit.
    pub rate_limit: Option<RateLimit>,
    /// Since when.
    pub created: Timestamp,
}

impl ProjectKey {
    /// The DSN to paste, for a hub reached at `base` (`https://errors.example.com`, perhaps with a path).
    pub fn dsn(&self, base: &str) -> String {
        let base = base.trim_end_matches('/');
        let (scheme, rest) = base.split_once("://").unwrap_or(("http", base));
        format!("{scheme}://{}@{rest}/{}", self.public_key, self.project)
    }
}

/// The most characters of the name of a project, a team or a key: longer ones do not fit anywhere.
pub const MAX_NAME: usize = 64;

/// What is wrong with such a name.
pub fn name_problem(name: &str) -> Option<&'static str> {
    match name.chars().count() {
        0 => Some("A name is missing."),
        length if length > MAX_NAME => Some("A name has at most 64 characters."),
        _ if name.chars().any(char::is_control) => Some("A name is one line of text."),
        _ => None,
    }
}
