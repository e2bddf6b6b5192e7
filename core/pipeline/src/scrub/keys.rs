//! Keys whose values are secret by their name.

use std::sync::LazyLock;

use aho_corasick::packed::{self, Searcher};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use errand_model::project::ProjectSettings;
use memchr::memmem::Finder;

/// Sentry's list, with the spellings of headers and query parameters. A key that contains one of these is sensitive.
const DEFAULT: [&str; 14] = [
    "password",
    "secret",
    "passwd",
    "passphrase",
    "api_key",
    "api-key",
    "apikey",
    "auth",
    "credentials",
    "mysql_pwd",
    "privatekey",
    "private_key",
    "private-key",
    "token",
];

/// What is a secret among headers and cookies only: the session is as good as the password there.
const IN_COOKIES: [&str; 4] = ["sess", "csrf", "xsrf", "cookie"];

/// Each default key contains one of these.
const TRIGRAMS: [&str; 6] = ["pas", "cre", "key", "aut", "pwd", "tok"];

static TELLING: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| contains_any(&DEFAULT));
static ESCAPE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\\u"));
static FAST: LazyLock<Option<Searcher>> = LazyLock::new(trigrams);

/// The sensitive keys of a project.
#[derive(Debug)]
pub(super) struct Keys {
    sensitive: AhoCorasick,
    in_cookies: AhoCorasick,
    /// Whether the defaults are all there is, so that the search for trigrams finds every key.
    only_defaults: bool,
    safe: Vec<String>,
}

impl Keys {
    /// None where nothing is sensitive by its key.
    pub(super) fn compile(settings: &ProjectSettings) -> Option<Self> {
        let own = settings.sensitive_fields.iter().map(|field| field.trim());
        let own: Vec<&str> = own.filter(|field| !field.is_empty()).collect();
        let only_defaults = own.is_empty();
        let mut words = own;
        if settings.scrub_defaults {
            words.extend(DEFAULT);
        }
        let sensitive = contains_any(&words)?;
        if settings.scrub_defaults {
            words.extend(IN_COOKIES);
        }
        Some(Keys {
            sensitive,
            in_cookies: contains_any(&words)?,
            only_defaults,
            safe: settings
                .safe_fields
                .iter()
                .map(|field| field.trim().to_lowercase())
                .collect(),
        })
    }

    /// Whether JSON text may hold such a key. An escape could hide one.
    pub(super) fn may_be_in(&self, json: &str) -> bool {
        let found = match FAST.as_ref().filter(|_| self.only_defaults) {
            Some(fast) => fast.find(json).is_some(),
            None => self.sensitive.is_match(json),
        };
        found || ESCAPE.find(json.as_bytes()).is_some()
    }

    /// Whether the value under `key` is to be removed.
    pub(super) fn is_sensitive(&self, key: &str) -> bool {
        self.sensitive.is_match(key) && !self.is_safe(key)
    }

    /// The same, for a header or cookie.
    pub(super) fn is_sensitive_header(&self, name: &str) -> bool {
        let is_session = name.len() >= 3
            && name
                .get(name.len() - 3..)
                .is_some_and(|end| end.eq_ignore_ascii_case("sid"));
        (self.in_cookies.is_match(name) || is_session) && !self.is_safe(name)
    }

    fn is_safe(&self, key: &str) -> bool {
        !self.safe.is_empty() && self.safe.contains(&key.to_lowercase())
    }
}

/// Whether a name is sensitive by the defaults.
pub(super) fn is_telling(name: &str) -> bool {
    TELLING.as_ref().is_some_and(|telling| telling.is_match(name))
}

/// None for no words at all.
fn contains_any(words: &[&str]) -> Option<AhoCorasick> {
    if words.is_empty() {
        return None;
    }
    let mut builder = AhoCorasick::builder();
    builder
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA));
    builder.build(words).ok()
}

/// Finds the trigrams in whatever case, many bytes at a time; none on processors that cannot.
fn trigrams() -> Option<Searcher> {
    let cases = TRIGRAMS.iter().flat_map(|trigram| {
        (0..8_u32).map(move |case| {
            let letters = trigram.bytes().enumerate();
            let byte = |(at, byte): (usize, u8)| {
                if case >> at & 1 == 1 {
                    byte.to_ascii_uppercase()
                } else {
                    byte
                }
            };
            letters.map(byte).collect::<Vec<u8>>()
        })
    });
    packed::Config::new().builder().extend(cases).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_key_holds_a_trigram() {
        for key in DEFAULT {
            assert!(TRIGRAMS.iter().any(|trigram| key.contains(trigram)), "{key}");
        }
    }
}
