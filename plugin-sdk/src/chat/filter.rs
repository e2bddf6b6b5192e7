//! Which issues somebody wants to hear of, as the hub's search writes it: `environment:production level:[error, fatal]
//! !team:platform customer:acme*`. All terms must hold.

use crate::latest::Latest;
use crate::people::{self, Party};
use crate::{Failure, Issue};

/// What is known of an issue when it is decided who hears of it.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The issue.
    pub issue: &'a Issue,
    /// Its latest event.
    pub latest: &'a Latest,
    /// Whose it is.
    pub assignee: Option<&'a Party>,
}

/// Terms that must all hold; none holds for everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter(Vec<Term>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    is_negated: bool,
    key: String,
    /// Any of them.
    values: Vec<String>,
}

impl Filter {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words = words(text)?;
        words
            .iter()
            .map(|word| Term::parse(word))
            .collect::<Result<_, _>>()
            .map(Filter)
    }

    /// Whether it holds.
    ///
    /// # Errors
    /// [`Failure`] if the hub cannot say who is in a team.
    pub fn holds(&self, facts: &Facts<'_>) -> Result<bool, Failure> {
        for term in &self.0 {
            if term.matches(facts)? == term.is_negated {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Term {
    fn parse(word: &str) -> Result<Self, String> {
        let (is_negated, word) = match word.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, word),
        };
        let Some((key, value)) = word.split_once(':').filter(|(key, _)| !key.is_empty()) else {
            return Err(format!(
                "'{word}' is no term: environment:production, team:checkout or customer:acme* are, say"
            ));
        };
        let list = value.strip_prefix('[').and_then(|list| list.strip_suffix(']'));
        let values: Vec<String> = match list {
            Some(list) => list.split(',').map(|one| one.trim().to_owned()).collect(),
            None => vec![value.to_owned()],
        };
        if values.iter().any(String::is_empty) {
            return Err(format!("'{word}' names no value: {key}:* stands for any"));
        }
        Ok(Term {
            is_negated,
            key: key.to_owned(),
            values,
        })
    }

    fn matches(&self, facts: &Facts<'_>) -> Result<bool, Failure> {
        if self.key == "team" {
            return self.matches_team(facts);
        }
        let (issue, latest) = (facts.issue, facts.latest);
        let tag = latest.tags.get(&self.key).map_or("", String::as_str);
        let value = match self.key.as_str() {
            "environment" => &latest.environment,
            "release" => &latest.release,
            "level" => issue.level.as_str(),
            "project" => &issue.project.slug,
            "platform" => &issue.platform,
            "issue.priority" | "priority" => issue.priority.as_str(),
            "assigned" => issue.assignee.as_deref().unwrap_or("none"),
            _ => tag,
        };
        let assignee = facts.assignee.filter(|_| self.key == "assigned");
        let addresses = assignee.map(|party| party.emails.as_slice()).unwrap_or_default();
        let is_meant =
            |pattern: &String| fits(pattern, value) || addresses.iter().any(|address| fits(pattern, address));
        Ok(self.values.iter().any(is_meant))
    }

    /// The issue is the team's, or one of its members'.
    fn matches_team(&self, facts: &Facts<'_>) -> Result<bool, Failure> {
        let Some(assignee) = facts.assignee else {
            return Ok(false);
        };
        for slug in &self.values {
            let Some(team) = people::find(&format!("team:{}", slug.trim_start_matches('#')))? else {
                continue;
            };
            let is_person = assignee.id.starts_with("user:");
            let is_member = is_person
                && assignee
                    .emails
                    .iter()
                    .any(|address| team.emails.contains(address));
            if assignee.id == team.id || is_member {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Words between spaces, but for those in quotes and brackets.
fn words(text: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let (mut in_quotes, mut in_list) = (false, false);
    for c in text.chars() {
        match c {
            '"' => in_quotes = !in_quotes,
            '[' if !in_quotes => {
                in_list = true;
                word.push(c);
            }
            ']' if !in_quotes => {
                in_list = false;
                word.push(c);
            }
            c if c.is_whitespace() && !in_quotes && !in_list => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if in_quotes || in_list {
        return Err("a quote or a bracket is not closed".to_owned());
    }
    if !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

/// Whether a text fits a pattern, in which `*` stands for any run of characters. An empty text fits no pattern.
fn fits(pattern: &str, text: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}
