//! What an admin wants a message to say: text in the chat's own markup, with names in braces for what is known of the
//! issue. `*{short_id}* {title} for {tag:customer}`

use super::card::Card;
use super::markup::{Markup, plain};
use super::trend;

/// What can stand in braces, besides `tag:` and a tag's name.
const NAMES: [&str; 14] = [
    "assignee",
    "culprit",
    "environment",
    "events",
    "level",
    "link",
    "priority",
    "project",
    "release",
    "short_id",
    "state",
    "title",
    "trend",
    "users",
];

/// A message in the admin's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Name(String),
}

impl Template {
    /// Reads one; `{{` and `}}` are braces.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut pieces, mut said) = (Vec::new(), String::new());
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            said.push_str(before);
            if let Some(after) = from.strip_prefix("{{").or(from.strip_prefix("}}")) {
                said.push_str(from.get(..1).unwrap_or_default());
                rest = after;
                continue;
            }
            let named = from.strip_prefix('{').and_then(|from| from.split_once('}'));
            let Some((name, after)) = named else {
                return Err("a brace has no other half; {{ and }} stand for braces".to_owned());
            };
            let is_tag = name.strip_prefix("tag:").is_some_and(|tag| !tag.is_empty());
            if !is_tag && !NAMES.contains(&name) {
                let known = NAMES.join("}, {");
                return Err(format!(
                    "{{{name}}} is not known; there is: {{{known}}}, {{tag:…}}"
                ));
            }
            pieces.push(Piece::Text(std::mem::take(&mut said)));
            pieces.push(Piece::Name(name.to_owned()));
            rest = after;
        }
        said.push_str(rest);
        pieces.push(Piece::Text(said));
        Ok(Template(pieces))
    }

    /// What it says of an issue. What is put in is foreign text, and stays text.
    pub fn of(&self, card: &Card, markup: &dyn Markup) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Name(name) if name == "link" => markup.link(&card.issue.url, &card.issue.short_id),
            Piece::Name(name) => markup.text(&plain(&value(card, name), 300)),
        };
        self.0.iter().map(piece).collect()
    }
}

fn value(card: &Card, name: &str) -> String {
    let (issue, latest) = (&card.issue, &card.latest);
    if let Some(tag) = name.strip_prefix("tag:") {
        return latest.tags.get(tag).cloned().unwrap_or_default();
    }
    match name {
        "assignee" => card
            .assignee
            .as_ref()
            .map(|party| party.name.clone())
            .unwrap_or_default(),
        "culprit" => issue.culprit.clone(),
        "environment" => latest.environment.clone(),
        "events" => trend::count(issue.times_seen),
        "level" => issue.level.as_str().to_owned(),
        "priority" => issue.priority.as_str().to_owned(),
        "project" => issue.project.name.clone(),
        "release" => latest.release.clone(),
        "short_id" => issue.short_id.clone(),
        "state" => card.state(),
        "title" => card.title(),
        "trend" => card.trend(),
        "users" => trend::count(issue.users_seen),
        _ => String::new(),
    }
}
