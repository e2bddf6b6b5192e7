//! A project's own rules of scrubbing, as text: `[Mask] [Email addresses] from [$message]`, one a line, in the words of Sentry's
//! advanced data scrubbing.
//!
//! An event is walked once as JSON, and every value on the way is offered to every rule; only where a project has rules does
//! it cost that. To add a pattern, see `pattern.rs`; a name for places, `selector.rs`; what no rule may touch, `reach.rs`.

mod parse;
mod pattern;
mod reach;
mod selector;

use std::fmt;

use pattern::Pattern;
use selector::Selector;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::FILTERED;

/// More rules are not taken: each is held against every value.
pub(super) const MAX_RULES: usize = 50;
/// Longer lines are not taken.
pub(super) const MAX_LINE: usize = 512;
/// So long may all of them be together, remarks included.
const MAX_TEXT: usize = 32_768;

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleProblem {
    /// Which, from 1.
    pub line: usize,
    /// What is wrong.
    pub text: String,
}

impl fmt::Display for RuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.text)
    }
}

/// What is done to what a rule finds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Method {
    /// A star for each character.
    Mask,
    /// It goes.
    Remove,
    /// A number that is the same wherever the text is the same.
    Hash,
    /// Other words.
    Replace(String),
}

/// One line.
#[derive(Debug)]
struct Rule {
    method: Method,
    pattern: Pattern,
    selector: Selector,
}

/// The rules of a project.
#[derive(Debug, Default)]
pub(super) struct Rules {
    rules: Vec<Rule>,
    salt: String,
}

/// What becomes of a value.
enum Fate {
    Stays,
    Goes,
    Is(Value),
}

impl Rules {
    /// Reads the lines that can be read; [`problems`] tells of the others before they are saved.
    pub(super) fn compile(text: &str, salt: &str) -> Self {
        let rules = parse::lines(text).filter_map(|(_, line)| parse::rule(line).ok());
        Rules {
            rules: rules.take(MAX_RULES).collect(),
            salt: salt.to_owned(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Scrubs an event's JSON.
    pub(super) fn apply(&self, event: &mut Value) {
        if let Value::Object(fields) = event {
            let mut path = Vec::new();
            self.object(fields, &mut path);
        }
    }

    fn object(&self, fields: &mut Map<String, Value>, path: &mut Vec<String>) {
        let mut gone = Vec::new();
        for (key, value) in fields.iter_mut() {
            path.push(key.to_lowercase());
            if reach::is_reached(path) && self.value(value, path) {
                gone.push(key.clone());
            }
            path.pop();
        }
        for key in gone {
            fields.remove(&key);
        }
    }

    /// Whether the value is to go.
    fn value(&self, value: &mut Value, path: &mut Vec<String>) -> bool {
        match value {
            Value::Object(fields) => {
                self.object(fields, path);
                false
            }
            Value::Array(items) => {
                self.list(items, path);
                false
            }
            leaf => match self.fate(leaf, path) {
                Fate::Stays => false,
                Fate::Goes => true,
                Fate::Is(other) => {
                    *leaf = other;
                    false
                }
            },
        }
    }

    fn list(&self, items: &mut Vec<Value>, path: &mut Vec<String>) {
        let are_pairs = reach::holds_pairs(path);
        let mut at = 0;
        items.retain_mut(|item| {
            let name = match item {
                Value::Array(pair) if are_pairs && pair.len() == 2 => {
                    pair[0].as_str().unwrap_or_default().to_lowercase()
                }
                _ => at.to_string(),
            };
            at += 1;
            path.push(name);
            let goes = match item {
                Value::Array(pair) if are_pairs && pair.len() == 2 => self.value(&mut pair[1], path),
                // What stands in a list keeps its place.
                item if reach::is_reached(path) => {
                    if self.value(item, path) {
                        *item = Value::Null;
                    }
                    false
                }
                _ => false,
            };
            path.pop();
            !goes
        });
    }

    /// One rule after the other: each sees what those before it left.
    fn fate(&self, leaf: &Value, path: &[String]) -> Fate {
        let mut now: Option<String> = None;
        let is_text = leaf.is_string();
        for rule in &self.rules {
            if !rule.selector.fits(path, is_text) {
                continue;
            }
            let text = match (&now, leaf) {
                (Some(text), _) => text.clone(),
                (None, Value::String(text)) => text.clone(),
                (None, Value::Null) => return Fate::Stays,
                (None, other) => other.to_string(),
            };
            let found = rule.pattern.find(&text, path);
            if found.is_empty() {
                continue;
            }
            let is_all = found.len() == 1 && found[0] == (0..text.len());
            if is_all && rule.method == Method::Remove {
                return Fate::Goes;
            }
            now = Some(rewritten(&text, &found, |part| rule.method.of(part, &self.salt)));
        }
        now.map_or(Fate::Stays, |text| Fate::Is(Value::String(text)))
    }
}

/// The text with each of the parts as `to` says. The parts are in order and do not overlap.
fn rewritten(text: &str, parts: &[std::ops::Range<usize>], to: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for part in parts {
        out.push_str(text.get(copied..part.start).unwrap_or_default());
        out.push_str(&to(text.get(part.clone()).unwrap_or_default()));
        copied = part.end;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}

impl Method {
    fn of(&self, part: &str, salt: &str) -> String {
        match self {
            Method::Mask => "*".repeat(part.chars().count()),
            Method::Remove => String::new(),
            Method::Hash => {
                let digest = Sha256::new().chain_update(salt).chain_update(part).finalize();
                digest.iter().take(10).map(|byte| format!("{byte:02X}")).collect()
            }
            Method::Replace(with) => with.clone(),
        }
    }
}

/// All that is wrong with the rules.
pub fn problems(text: &str) -> Vec<RuleProblem> {
    let mut problems: Vec<RuleProblem> = parse::lines(text)
        .filter_map(|(number, line)| {
            let text = parse::rule(line).err()?;
            Some(RuleProblem { line: number, text })
        })
        .collect();
    if let Some((number, _)) = parse::lines(text).nth(MAX_RULES) {
        problems.push(RuleProblem {
            line: number,
            text: format!("at most {MAX_RULES} rules"),
        });
    }
    if text.len() > MAX_TEXT {
        problems.push(RuleProblem {
            line: 1,
            text: format!("the rules have at most {MAX_TEXT} bytes"),
        });
    }
    problems
}

/// What replaces where nothing else is said.
fn filtered() -> String {
    FILTERED.to_owned()
}

#[cfg(test)]
mod tests;
