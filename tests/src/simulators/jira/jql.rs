//! As much of JQL as plugins speak: conditions joined by AND, and an order that nobody looks at.

use super::create::PROJECTS;
use super::{Jira, Ticket};

/// The tickets that a query finds, the newest first; none if it cannot be read.
pub(super) fn find<'j>(jira: &'j Jira, jql: &str) -> Option<Vec<&'j Ticket>> {
    let (conditions, _) = jql.split_once(" ORDER BY ").unwrap_or((jql, ""));
    let conditions: Vec<_> = conditions
        .split(" AND ")
        .map(|text| condition(text.trim()))
        .collect::<Option<_>>()?;
    let holds = |ticket: &&Ticket| conditions.iter().all(|condition| condition.holds(jira, ticket));
    Some(jira.tickets.values().rev().filter(holds).collect())
}

enum Condition {
    Project(Vec<String>),
    Label(String),
    Keys(Vec<String>),
    Text(String),
    UpdatedWithin(u64),
}

fn condition(text: &str) -> Option<Condition> {
    let mut words = text.splitn(3, ' ');
    let (field, operator, value) = (words.next()?, words.next()?, words.next()?);
    Some(match (field.to_ascii_lowercase().as_str(), operator) {
        ("project", "=") => Condition::Project(vec![known(value)?]),
        ("project", "in") => Condition::Project(list(value)?.map(known).collect::<Option<_>>()?),
        ("labels", "=") => Condition::Label(unquoted(value)),
        ("key" | "id", "=") => Condition::Keys(vec![unquoted(value)]),
        ("key" | "id", "in") => Condition::Keys(list(value)?.map(unquoted).collect()),
        ("summary" | "text", "~") => Condition::Text(unquoted(value).trim_end_matches('*').to_lowercase()),
        ("updated", ">=") => Condition::UpdatedWithin(minutes(&unquoted(value))? * 60_000),
        _ => return None,
    })
}

/// A project that there is.
fn known(quoted: &str) -> Option<String> {
    Some(unquoted(quoted)).filter(|key| PROJECTS.iter().any(|(_, known, _)| known == key))
}

fn list(text: &str) -> Option<impl Iterator<Item = &str>> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    Some(inner.split(',').map(str::trim))
}

impl Condition {
    fn holds(&self, jira: &Jira, ticket: &Ticket) -> bool {
        match self {
            Condition::Project(projects) => {
                let of = ticket.key.rsplit_once('-').map(|(project, _)| project);
                projects.iter().any(|project| Some(project.as_str()) == of)
            }
            Condition::Label(label) => {
                let mut labels = ticket
                    .fields
                    .get("labels")
                    .and_then(|labels| labels.as_array())
                    .into_iter()
                    .flatten();
                labels.any(|known| known.as_str() == Some(label))
            }
            Condition::Keys(keys) => keys
                .iter()
                .any(|key| *key == ticket.key || *key == ticket.id.to_string()),
            Condition::Text(text) => {
                let summary = ticket
                    .fields
                    .get("summary")
                    .and_then(|summary| summary.as_str())
                    .unwrap_or_default();
                summary.to_lowercase().contains(text.as_str())
            }
            // Jira counts in minutes.
            Condition::UpdatedWithin(ms) => ticket.updated + ms + 60_000 > jira.now,
        }
    }
}

/// `-15m` in minutes.
fn minutes(text: &str) -> Option<u64> {
    let text = text.strip_prefix('-')?;
    let (number, unit) = text.split_at(text.len().checked_sub(1)?);
    let factor = match unit {
        "m" => 1,
        "h" => 60,
        "d" => 1_440,
        _ => return None,
    };
    number.parse::<u64>().ok().map(|number| number * factor)
}

fn unquoted(text: &str) -> String {
    let text = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text);
    text.replace("\\\"", "\"").replace("\\\\", "\\")
}
