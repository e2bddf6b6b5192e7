//! Ownership rules: whose an event is, by where it happened.
//!
//! ```text
//! # the last rule that fits decides
//! path:src/payments/**  #payments
//! module:shop.cart.*    ada@example.com #shop
//! url:*/checkout/*      #checkout
//! tags.license:ACME-*   kim@example.com
//! ```
//!
//! A rule names a pattern, then who: addresses and `#teams`, of which the first that exists is given the issue.

mod codeowners;
mod glob;

use errand_model::event::{Event, Frame};

pub use codeowners::rules_of as from_codeowners;
use glob::Glob;

/// Rules of one project.
const MAX_RULES: usize = 500;
/// Bytes of all.
const MAX_BYTES: usize = 100_000;
/// Frames that are looked at, the newest call first.
const MAX_FRAMES: usize = 50;

/// The rules of a project.
#[derive(Clone, Debug, Default)]
pub struct Ownership(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    text: String,
    matcher: Matcher,
    owners: Vec<String>,
}

#[derive(Clone, Debug)]
enum Matcher {
    Path(Glob),
    Module(Glob),
    Url(Glob),
    Tag(String, Glob),
}

/// The rule that fits, and whom it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// The rule as it was written.
    pub rule: String,
    /// Addresses and `#teams`, in order.
    pub owners: Vec<String>,
}

/// Why rules cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct OwnershipError {
    /// From 1.
    pub line: usize,
    /// In words.
    pub problem: String,
}

impl Ownership {
    /// Reads rules, one a line.
    ///
    /// # Errors
    /// The first line that is none.
    pub fn read(text: &str) -> Result<Self, OwnershipError> {
        let error = |line, problem: &str| OwnershipError {
            line,
            problem: problem.to_owned(),
        };
        if text.len() > MAX_BYTES {
            return Err(error(1, "the rules have at most 100000 bytes"));
        }
        let mut rules = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if rules.len() == MAX_RULES {
                return Err(error(at + 1, "there are at most 500 rules"));
            }
            rules.push(Rule::read(line).map_err(|problem| error(at + 1, problem))?);
        }
        Ok(Ownership(rules))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The last rule that fits an event.
    pub fn owner(&self, event: &Event<'_>) -> Option<Owned> {
        let rule = self.0.iter().rev().find(|rule| rule.matcher.fits(event))?;
        Some(Owned {
            rule: rule.text.clone(),
            owners: rule.owners.clone(),
        })
    }
}

impl Rule {
    fn read(line: &str) -> Result<Self, &'static str> {
        let mut words = line.split_whitespace();
        let (kind, pattern) = words
            .next()
            .and_then(|matcher| matcher.split_once(':'))
            .ok_or("a rule begins with path:, module:, url: or tags.NAME:")?;
        if pattern.is_empty() {
            return Err("the pattern is missing");
        }
        let glob = Glob::new(pattern);
        let matcher = match (kind, kind.strip_prefix("tags.")) {
            ("path", _) => Matcher::Path(glob),
            ("module", _) => Matcher::Module(glob),
            ("url", _) => Matcher::Url(glob),
            (_, Some(key)) if !key.is_empty() => Matcher::Tag(key.to_owned(), glob),
            _ => return Err("a rule begins with path:, module:, url: or tags.NAME:"),
        };
        let owners: Vec<String> = words.map(str::to_owned).collect();
        if owners.is_empty() {
            return Err("nobody is named: an address or a #team follows the pattern");
        }
        let is_owner =
            |name: &String| name.contains('@') || name.strip_prefix('#').is_some_and(|team| !team.is_empty());
        if !owners.iter().all(is_owner) {
            return Err("who owns it is an address or a #team");
        }
        Ok(Rule {
            text: line.to_owned(),
            matcher,
            owners,
        })
    }
}

impl Matcher {
    fn fits(&self, event: &Event<'_>) -> bool {
        match self {
            Matcher::Path(glob) => frames(event).any(|frame| {
                let names = [&frame.filename, &frame.abs_path];
                names.into_iter().flatten().any(|name| glob.fits_path(name))
            }),
            Matcher::Module(glob) => {
                frames(event).any(|frame| frame.module.as_deref().is_some_and(|module| glob.fits(module)))
            }
            Matcher::Url(glob) => {
                let url = event.request.as_ref().and_then(|request| request.url.as_deref());
                url.is_some_and(|url| glob.fits(url))
            }
            Matcher::Tag(key, glob) => event.tag(key).is_some_and(|value| glob.fits(value)),
        }
    }
}

/// The frames of what was thrown: the program's own, or all where there are none.
fn frames<'e>(event: &'e Event<'_>) -> impl Iterator<Item = &'e Frame<'e>> {
    let thrown = event
        .main_exception()
        .and_then(|thrown| thrown.stacktrace.as_ref());
    let trace = thrown.or(event.stacktrace.as_ref());
    let all = || trace.into_iter().flat_map(|trace| trace.frames.iter().rev());
    let has_own = all().any(|frame| frame.in_app == Some(true));
    all()
        .filter(move |frame| !has_own || frame.in_app == Some(true))
        .take(MAX_FRAMES)
}

#[cfg(test)]
mod tests;
