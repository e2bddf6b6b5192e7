//! What happened, in a sentence.

use serde_json::Value;

use super::markup::{Markup, fit, plain};
use crate::people;
use crate::{ActorKind, Event, Failure};

/// Characters of what somebody wrote that a note quotes.
const QUOTED: usize = 500;

/// Something that happened to an issue, for people to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What, without markup: `Resolved by Ada in shop@2.0`. Names in it are foreign text.
    pub what: String,
    /// What somebody wrote, if that is it.
    pub quote: Option<String>,
    /// A link that goes with it: text and address.
    pub link: Option<(String, String)>,
    /// Whom it concerns, by their addresses.
    pub concerns: Vec<String>,
    /// Whether it is shown on the card alone, and not worth a word of its own.
    pub is_quiet: bool,
}

impl Note {
    /// Of an event; none where there is nothing to say of it.
    ///
    /// # Errors
    /// [`Failure`] if the hub cannot say whom it concerns.
    pub fn of(event: &Event) -> Result<Option<Self>, Failure> {
        let text = |key: &str| event.details.get(key).and_then(Value::as_str);
        let by = by(event);
        let mut note = Note {
            what: String::new(),
            quote: None,
            link: None,
            concerns: Vec::new(),
            is_quiet: false,
        };
        note.what = match event.change.as_str() {
            "issue.created" => "New".to_owned(),
            "issue.regressed" => match text("release") {
                Some(release) => format!("Came back in {}", plain(release, 100)),
                None => "Came back after it was resolved".to_owned(),
            },
            "issue.escalating" => match text("reason") {
                Some(reason) => format!("Growing after it was archived: {}", plain(reason, 200)),
                None => "Growing after it was archived".to_owned(),
            },
            "issue.resolved" => format!("Resolved{by}{}", resolution(event)),
            "fix.deployed" => deployed(event),
            "issue.unresolved" => format!("Taken up again{by}"),
            "issue.archived" => format!("Archived{by}"),
            "issue.assigned" => note.assigned(event, &by)?,
            "issue.commented" => {
                note.quote = text("text").map(|text| super::markup::cut(text.trim(), QUOTED));
                format!("Comment{by}")
            }
            "issue.prioritized" => format!("Priority {}{by}", event.issue.priority.as_str()),
            "issue.merged" => format!("Merged with {} more{by}", losers(event).len()),
            "issue.unmerged" => format!("Unmerged{by}"),
            "issue.deleted" => format!("Deleted{by}"),
            "issue.linked" => note.linked(event, "Linked with"),
            "issue.ticket_moved" => note.moved(event),
            "issue.unlinked" => note.linked(event, "Unlinked from"),
            "alert.raised" => alert(event).unwrap_or_else(|| "A rule wants it to be looked at".to_owned()),
            _ => return Ok(None),
        };
        Ok(Some(note))
    }

    fn assigned(&mut self, event: &Event, by: &str) -> Result<String, Failure> {
        let Some(assignee) = &event.issue.assignee else {
            return Ok(format!("Assigned to nobody{by}"));
        };
        let Some(party) = people::find(assignee)? else {
            return Ok(format!("Assigned{by}"));
        };
        let name = plain(&party.name, 100);
        if assignee.starts_with("user:") {
            self.concerns = party.emails;
        }
        Ok(format!("Assigned to {name}{by}"))
    }

    fn linked(&mut self, event: &Event, how: &str) -> String {
        let ticket = event.details.get("ticket");
        let text = |key: &str| ticket.and_then(|ticket| ticket[key].as_str()).unwrap_or_default();
        let name = match text("state") {
            "" => plain(text("name"), 100),
            state => format!("{} ({})", plain(text("name"), 100), plain(state, 60)),
        };
        self.link = Some((name, text("url").to_owned()));
        how.to_owned()
    }

    /// How a ticket stands is on the card. Of those by which customers wait there may be many, and they move together.
    fn moved(&mut self, event: &Event) -> String {
        let ticket = event.details.get("ticket");
        self.is_quiet = ticket.is_some_and(|ticket| ticket["extra"]["customer"].is_string());
        self.linked(event, "Ticket moved:")
    }

    /// Without markup: what, and the link's words.
    pub fn in_words(&self) -> String {
        match &self.link {
            Some((name, _)) => format!("{} {name}", self.what),
            None => self.what.clone(),
        }
    }

    /// In a chat's markup, at most `most` characters.
    pub fn fit(&self, markup: &dyn Markup, most: usize) -> String {
        fit(&self.what, most, |what| {
            let note = Note {
                what: what.to_owned(),
                ..self.clone()
            };
            note.in_markup(markup)
        })
    }

    /// In a chat's markup: what, the link, the quote.
    pub fn in_markup(&self, markup: &dyn Markup) -> String {
        let mut said = markup.text(&self.what);
        if let Some((name, url)) = &self.link {
            said.push(' ');
            said.push_str(&markup.link(url, name));
        }
        if let Some(quote) = &self.quote {
            said.push('\n');
            said.push_str(&markup.block(quote));
        }
        said
    }
}

/// ` by Ada`; nothing for the hub itself.
fn by(event: &Event) -> String {
    match event.actor.kind {
        ActorKind::System => String::new(),
        ActorKind::Plugin => " by a plugin".to_owned(),
        ActorKind::User | ActorKind::External => format!(" by {}", plain(&event.actor.name, 100)),
    }
}

/// `Fix deployed to production, with shop@2.0`
fn deployed(event: &Event) -> String {
    let fix = event.fix().unwrap_or_default();
    let named = |name: &Option<String>, otherwise: &str| plain(name.as_deref().unwrap_or(otherwise), 100);
    let (environment, release) = (
        named(&fix.environment, "customers"),
        named(&fix.release, "a release"),
    );
    format!("Fix deployed to {environment}, with {release}")
}

/// ` in shop@2.0`, ` in the next release`.
fn resolution(event: &Event) -> String {
    let resolution = event.details.get("resolution");
    let kind = resolution
        .and_then(|how| how["kind"].as_str())
        .unwrap_or_default();
    let named = ["release", "version", "commit"]
        .iter()
        .find_map(|key| resolution.and_then(|how| how[*key].as_str()));
    match (kind, named) {
        (kind, _) if kind.contains("next") => " in the next release".to_owned(),
        (_, Some(name)) => format!(" in {}", plain(name, 100)),
        _ => String::new(),
    }
}

/// The issues that were folded into another.
pub(super) fn losers(event: &Event) -> Vec<String> {
    let losers = event.details.get("losers").and_then(Value::as_array);
    let id = |id: &Value| match id {
        Value::String(id) => id.clone(),
        other => other.to_string(),
    };
    losers.into_iter().flatten().map(id).collect()
}

/// `Fatal in production: it is new`, of an alert.
pub(super) fn alert(event: &Event) -> Option<String> {
    if event.change != "alert.raised" {
        return None;
    }
    let text = |key: &str| event.details.get(key).and_then(Value::as_str).unwrap_or_default();
    Some(format!(
        "{}: {}",
        plain(text("rule"), 100),
        plain(text("reason"), 300)
    ))
}

/// The addresses of the people whom a rule names; none if it names nobody, or this is no rule's doing.
pub fn named(event: &Event) -> Vec<String> {
    let people = event.details.get("people").and_then(Value::as_array);
    let emails = people
        .into_iter()
        .flatten()
        .filter_map(|person| person["emails"].as_array());
    let mut all: Vec<String> = emails
        .flatten()
        .filter_map(|email| email.as_str().map(str::to_owned))
        .collect();
    all.sort();
    all.dedup();
    all
}
