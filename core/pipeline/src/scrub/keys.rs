//! Keys whose values are secret by their name.

use errand_model::project::ProjectSettings;
use regex::{Regex, RegexBuilder};

/// Sentry's list, with the spellings of headers and query parameters. A key that contains one of these is sensitive.
const DEFAULT: &str =
    "password|secret|passwd|passphrase|api[_-]?key|auth|credentials|mysql_pwd|private[_-]?key|token";

/// What is a secret among headers and cookies only: the session is as good as the password there.
const IN_COOKIES: &str = "sess|csrf|xsrf|sid$|cookie";

/// The sensitive keys of a project.
#[derive(Debug)]
pub(super) struct Keys {
    sensitive: Regex,
    in_cookies: Regex,
    safe: Vec<String>,
}

impl Keys {
    /// None where nothing is sensitive by its key.
    pub(super) fn compile(settings: &ProjectSettings) -> Result<Option<Self>, regex::Error> {
        let own = settings.sensitive_fields.iter().map(|field| field.trim());
        let own: Vec<String> = own.filter(|field| !field.is_empty()).map(regex::escape).collect();
        let mut alternatives = own.join("|");
        if settings.scrub_defaults {
            let separator = if alternatives.is_empty() { "" } else { "|" };
            alternatives = format!("{DEFAULT}{separator}{alternatives}");
        }
        if alternatives.is_empty() {
            return Ok(None);
        }
        let build = |pattern: &str| {
            RegexBuilder::new(pattern)
                .case_insensitive(true)
                .size_limit(1 << 20)
                .build()
        };
        let in_cookies = match settings.scrub_defaults {
            true => format!("{alternatives}|{IN_COOKIES}"),
            false => alternatives.clone(),
        };
        Ok(Some(Keys {
            sensitive: build(&alternatives)?,
            in_cookies: build(&in_cookies)?,
            safe: settings
                .safe_fields
                .iter()
                .map(|field| field.trim().to_lowercase())
                .collect(),
        }))
    }

    /// Whether JSON text may hold such a key. An escape could hide one.
    pub(super) fn may_be_in(&self, json: &str) -> bool {
        self.sensitive.is_match(json) || memchr::memmem::find(json.as_bytes(), b"\\u").is_some()
    }

    /// Whether the value under `key` is to be removed.
    pub(super) fn is_sensitive(&self, key: &str) -> bool {
        self.sensitive.is_match(key) && !self.is_safe(key)
    }

    /// The same, for a header or cookie.
    pub(super) fn is_sensitive_header(&self, name: &str) -> bool {
        self.in_cookies.is_match(name) && !self.is_safe(name)
    }

    fn is_safe(&self, key: &str) -> bool {
        !self.safe.is_empty() && self.safe.contains(&key.to_lowercase())
    }
}
