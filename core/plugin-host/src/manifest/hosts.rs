//! Which hosts a plugin may send requests to.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

/// A manifest's word on where requests may go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", untagged)]
pub enum HostRule {
    /// `hooks.example.com`, `*.example.com`, `https://example.com:8443`. Without a scheme, https is meant.
    Pattern(HostPattern),
    /// The scheme, host and port of the URL in this setting, or of each URL in it where it is a map.
    Setting {
        /// The setting's key.
        setting: String,
    },
}

/// By hand, because what serde says of an untagged enum helps nobody.
impl TryFrom<Value> for HostRule {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        match &value {
            Value::String(text) => return HostPattern::try_from(text.clone()).map(HostRule::Pattern),
            Value::Object(object) if object.len() == 1 => object.get("setting").and_then(Value::as_str),
            _ => None,
        }
        .map(|setting| HostRule::Setting {
            setting: setting.to_owned(),
        })
        .ok_or_else(|| format!("{value} is no host (allowed: a host pattern, or {{\"setting\": \"<key>\"}})"))
    }
}

impl HostRule {
    /// What it allows under these settings; nothing while the setting holds no URL.
    pub(crate) fn patterns(&self, config: &Value) -> Vec<HostPattern> {
        let of_url = |value: &Value| HostPattern::of(&Url::parse(value.as_str()?).ok()?);
        match self {
            HostRule::Pattern(pattern) => vec![pattern.clone()],
            HostRule::Setting { setting } => match config.get(setting) {
                Some(Value::Object(entries)) => entries.values().filter_map(of_url).collect(),
                value => value.and_then(of_url).into_iter().collect(),
            },
        }
    }
}

/// A scheme, a host or all below it, and a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostPattern {
    scheme: String,
    /// In lower-case ASCII, without a dot at its end.
    host: String,
    includes_only_subdomains: bool,
    port: u16,
}

impl HostPattern {
    /// Exactly where a URL leads.
    pub(crate) fn of(url: &Url) -> Option<Self> {
        Some(HostPattern {
            scheme: url.scheme().to_owned(),
            host: normal_host(url.host_str()?),
            includes_only_subdomains: false,
            port: url.port_or_known_default()?,
        })
    }

    /// Whether it allows everything that another does.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let is_same = self.host == other.host;
        let is_below = || {
            let rest = other.host.strip_suffix(self.host.as_str());
            rest.is_some_and(|rest| rest.ends_with('.'))
        };
        let covers_host = match self.includes_only_subdomains {
            true => is_below() || (is_same && other.includes_only_subdomains),
            false => is_same && !other.includes_only_subdomains,
        };
        covers_host && self.scheme == other.scheme && self.port == other.port
    }

    /// Whether a request there is allowed.
    pub(crate) fn allows(&self, url: &Url) -> bool {
        let Some(host) = url.host_str().map(normal_host) else {
            return false;
        };
        let is_host = if self.includes_only_subdomains {
            host.strip_suffix(self.host.as_str())
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|sub| !sub.is_empty())
        } else {
            host == self.host
        };
        is_host && url.scheme() == self.scheme && url.port_or_known_default() == Some(self.port)
    }
}

fn normal_host(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

impl TryFrom<String> for HostPattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("https", &text));
        let (includes_only_subdomains, rest) = match rest.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let wrong = || {
            format!(
                "'{text}' is no host pattern (allowed: example.com, *.example.com, http://example.com:8080)"
            )
        };
        if !matches!(scheme, "http" | "https") || rest.contains('*') {
            return Err(wrong());
        }
        let url = Url::parse(&format!("{scheme}://{rest}")).map_err(|_| wrong())?;
        let has_only_host = url.path() == "/"
            && !rest.ends_with('/')
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        // Everything below a public suffix such as `com` is nobody's to ask for.
        let is_too_wide = includes_only_subdomains && !url.host_str().is_some_and(|host| host.contains('.'));
        if !has_only_host || is_too_wide {
            return Err(wrong());
        }
        let mut pattern = HostPattern::of(&url).ok_or_else(wrong)?;
        pattern.includes_only_subdomains = includes_only_subdomains;
        Ok(pattern)
    }
}

impl From<HostPattern> for String {
    fn from(pattern: HostPattern) -> String {
        let star = if pattern.includes_only_subdomains {
            "*."
        } else {
            ""
        };
        format!("{}://{star}{}:{}", pattern.scheme, pattern.host, pattern.port)
    }
}
