//! Reads the patterns and networks that people wrote, and says what is wrong with them.

use std::net::IpAddr;

use errand_model::filters::{Filters, OldBrowser};
use ipnet::IpNet;

use crate::group::{Glob, GlobDialect};

/// More patterns of one kind are not taken: each is held against every event.
const MAX_PATTERNS: usize = 200;
/// Longer patterns are not taken.
const MAX_PATTERN: usize = 256;

/// What is wrong with settings of filters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field of [`Filters`].
    pub field: &'static str,
    /// What is wrong.
    pub text: String,
}

/// All that is wrong with `filters`.
pub fn check(filters: &Filters) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut say = |field, text| problems.push(Problem { field, text });
    for (field, texts) in [
        ("releases", &filters.releases),
        ("error_messages", &filters.error_messages),
    ] {
        if let Some(text) = too_many(texts) {
            say(field, text);
        }
        for text in texts {
            if let Err(problem) = glob(text) {
                say(field, format!("'{text}': {problem}."));
            }
        }
    }
    if let Some(text) = too_many(&filters.ip_addresses) {
        say("ip_addresses", text);
    }
    for text in &filters.ip_addresses {
        if network(text).is_none() {
            say(
                "ip_addresses",
                format!("'{text}' is no address, and no network such as 192.0.2.0/24."),
            );
        }
    }
    for slug in &filters.legacy_browsers {
        if OldBrowser::by_slug(slug).is_none() {
            say(
                "legacy_browsers",
                format!("'{slug}' is no browser that is known."),
            );
        }
    }
    problems
}

fn too_many(texts: &[String]) -> Option<String> {
    if texts.len() > MAX_PATTERNS {
        return Some(format!("At most {MAX_PATTERNS} lines."));
    }
    let is_long = texts.iter().any(|text| text.len() > MAX_PATTERN);
    is_long.then(|| format!("A line has at most {MAX_PATTERN} bytes."))
}

/// A pattern whose case does not matter.
pub(super) fn glob(text: &str) -> Result<Glob, String> {
    if text.len() > MAX_PATTERN {
        return Err(format!("a pattern has at most {MAX_PATTERN} bytes"));
    }
    Glob::new(text, GlobDialect::Loosely)
}

/// An address alone, or a network.
pub(super) fn network(text: &str) -> Option<IpNet> {
    let address = text.parse::<IpAddr>().ok().map(IpNet::from);
    address.or_else(|| text.parse().ok())
}
