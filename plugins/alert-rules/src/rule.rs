//! A rule, and what may be wrong with its text.

use std::fmt;

use crate::condition::Condition;
use crate::deed::Deed;
use crate::limit::Limit;
use crate::quiet::Mute;
use crate::trigger::Trigger;

/// A rule.
pub struct Rule {
    /// What people call it.
    pub name: String,
    /// Where it begins.
    pub line: usize,
    /// Any of these.
    pub when: Vec<Trigger>,
    /// All of these.
    pub conditions: Vec<Condition>,
    /// What is done then, in order.
    pub then: Vec<Deed>,
    /// How often.
    pub limit: Option<Limit>,
    /// When it keeps quiet.
    pub mutes: Vec<Mute>,
}

impl Rule {
    /// Whether it is about such a change (`issue.created`).
    pub fn hears(&self, change: &str) -> bool {
        let is_it = |trigger: &Trigger| matches!(trigger, Trigger::Change(name) if *name == change);
        self.when.iter().any(is_it)
    }
}

/// Something that is wrong with the text of rules.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    /// In which rule; none before the first.
    pub rule: Option<String>,
    /// In which line, from 1.
    pub line: usize,
    /// What, and what is allowed.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some(rule) => write!(f, "rule '{rule}', line {}: {}", self.line, self.message),
            None => write!(f, "line {}: {}", self.line, self.message),
        }
    }
}
