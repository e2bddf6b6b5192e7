//! What a rule looks for. All of it takes time linear in what it reads.

use std::net::IpAddr;
use std::ops::Range;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use crate::scrub::keys;
use crate::scrub::values::kinds;

/// The longest regular expression, and how large it may become.
const MAX_REGEX: usize = 256;
const MAX_COMPILED: usize = 1 << 18;

static EMAIL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+").ok());
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[0-9A-Fa-f:.]{3,45}").ok());
static UUID: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}\b").ok());
static MAC: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b").ok());
static HOME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)(?:/home/|/users/|\\users\\)([^/\\\s"']+)"#).ok());

/// What is looked for.
#[derive(Debug)]
pub(super) enum Pattern {
    Anything,
    PasswordFields,
    Named(&'static Named),
    Own(Regex),
}

/// A pattern that has a name.
#[derive(Debug)]
pub(super) struct Named {
    name: &'static str,
    find: fn(&str) -> Vec<Range<usize>>,
}

static NAMED: [Named; 11] = [
    Named {
        name: "credit card numbers",
        find: kinds::cards,
    },
    Named {
        name: "bank account numbers",
        find: kinds::accounts,
    },
    Named {
        name: "us social security numbers",
        find: kinds::social_security,
    },
    Named {
        name: "pem keys",
        find: kinds::private_keys,
    },
    Named {
        name: "auth in urls",
        find: kinds::url_credentials,
    },
    Named {
        name: "bearer tokens",
        find: kinds::bearers,
    },
    Named {
        name: "email addresses",
        find: |text| whole(&EMAIL, text),
    },
    Named {
        name: "ip addresses",
        find: addresses,
    },
    Named {
        name: "uuids",
        find: |text| whole(&UUID, text),
    },
    Named {
        name: "mac addresses",
        find: |text| whole(&MAC, text),
    },
    Named {
        name: "usernames in filepaths",
        find: |text| HOME.as_ref().map(|regex| groups(regex, text)).unwrap_or_default(),
    },
];

impl Pattern {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(own) = text.strip_prefix('/').and_then(|text| text.strip_suffix('/')) {
            return own_regex(own).map(Pattern::Own);
        }
        let name = text.to_lowercase();
        match name.as_str() {
            "anything" => return Ok(Pattern::Anything),
            "password fields" => return Ok(Pattern::PasswordFields),
            _ => {}
        }
        let named = NAMED.iter().find(|named| named.name == name);
        named.map(Pattern::Named).ok_or_else(|| {
            let names: Vec<_> = NAMED.iter().map(|named| named.name).collect();
            format!(
                "'{text}' is no pattern: anything, password fields, {}, or a regular expression as /…/",
                names.join(", ")
            )
        })
    }

    /// The parts of a text that are meant, in order, none over another.
    pub(super) fn find(&self, text: &str, path: &[String]) -> Vec<Range<usize>> {
        match self {
            Pattern::Anything if text.is_empty() => Vec::new(),
            Pattern::Anything => all(text),
            Pattern::PasswordFields if path.iter().any(|key| keys::is_telling(key)) => all(text),
            Pattern::PasswordFields => Vec::new(),
            Pattern::Named(named) => (named.find)(text),
            Pattern::Own(regex) => groups(regex, text),
        }
    }
}

fn own_regex(text: &str) -> Result<Regex, String> {
    if text.len() > MAX_REGEX {
        return Err(format!("a regular expression has at most {MAX_REGEX} bytes"));
    }
    let regex = RegexBuilder::new(text).size_limit(MAX_COMPILED).build();
    let regex = regex.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the regular expression becomes too large".to_owned(),
        error => {
            // Its own picture of where it stopped has several lines; the last says what is wrong.
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            format!(
                "the regular expression cannot be read: {}",
                last.trim_start_matches("error: ")
            )
        }
    })?;
    match regex.is_match("") {
        true => Err("the regular expression fits nothing at all, too".to_owned()),
        false => Ok(regex),
    }
}

fn all(text: &str) -> Vec<Range<usize>> {
    vec![Range {
        start: 0,
        end: text.len(),
    }]
}

fn whole(regex: &LazyLock<Option<Regex>>, text: &str) -> Vec<Range<usize>> {
    let found = regex.as_ref().map(|regex| regex.find_iter(text));
    found.into_iter().flatten().map(|found| found.range()).collect()
}

/// The first group of each match, or all of it where there is no group.
fn groups(regex: &Regex, text: &str) -> Vec<Range<usize>> {
    let of_match = |found: regex::Captures<'_>| {
        let part = found
            .get(1)
            .or_else(|| found.get(0).filter(|_| regex.captures_len() == 1));
        part.map(|part| part.range())
    };
    regex.captures_iter(text).filter_map(of_match).collect()
}

fn addresses(text: &str) -> Vec<Range<usize>> {
    let mut found = whole(&ADDRESS, text);
    found.retain_mut(|range| {
        // A sentence may end behind an address.
        let part = text.get(range.clone()).unwrap_or_default();
        let trimmed = part.trim_end_matches(['.', ':']);
        let is_bounded = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
        let before = range.start.checked_sub(1).and_then(|at| text.as_bytes().get(at));
        let fits = [part, trimmed]
            .into_iter()
            .find(|part| part.parse::<IpAddr>().is_ok());
        if let Some(fits) = fits {
            range.end = range.start + fits.len();
        }
        fits.is_some() && is_bounded(before) && is_bounded(text.as_bytes().get(range.end))
    });
    found
}
