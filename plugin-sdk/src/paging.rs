//! What plugins for paging systems have in common: what a change asks for, whom it pages, and which pages are open.
//!
//! A page is remembered as a ticket that the issue is linked with: people see it beside the issue, merged issues keep
//! those of all, and it is written down with the very acknowledgement of the call that paged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::tickets::describe;
use crate::tickets::latest::Latest;
use crate::tickets::text::line;
use crate::{Event, Failure, Issue, Ticket, changes, issues};

/// Characters of a detail.
const MAX_DETAIL: usize = 500;
/// Frames of a stack trace that are told.
const MAX_FRAMES: usize = 5;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Somebody is to look.
    Trigger,
    /// Somebody does.
    Acknowledge,
    /// It is over.
    Resolve,
}

/// What a change asks for; `triggers` are the changes for which somebody is paged.
pub fn deed(event: &Event, triggers: &[String]) -> Option<Deed> {
    match event.change.as_str() {
        change if triggers.iter().any(|trigger| trigger == change) => Some(Deed::Trigger),
        "issue.assigned" if event.issue.assignee.is_some() => Some(Deed::Acknowledge),
        "issue.resolved" | "issue.archived" | "issue.deleted" => Some(Deed::Resolve),
        _ => None,
    }
}

/// Where pages go, by what an admin wrote: the name of a team or `team:3`, a project's slug, `*` for the rest.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Routes<T>(BTreeMap<String, T>);

impl<T> Default for Routes<T> {
    fn default() -> Self {
        Routes(BTreeMap::new())
    }
}

impl<T> Routes<T> {
    /// The route of this name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.get(name)
    }

    /// Adds what holds where no other does, unless that is named already.
    #[must_use]
    pub fn or(mut self, rest: Option<T>) -> Self {
        if let Some(rest) = rest {
            self.0.entry("*".to_owned()).or_insert(rest);
        }
        self
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of those that a change goes by: those of all teams that a rule names; else that of the team that the issue
    /// is assigned to; else the project's; else the rest.
    pub fn of(&self, event: &Event) -> Vec<&str> {
        let named: Vec<&str> = teams(event)
            .iter()
            .filter_map(|names| names.iter().find_map(|name| self.name(name)))
            .collect();
        if !named.is_empty() {
            return named;
        }
        let issue = &event.issue;
        let one = issue
            .assignee
            .as_deref()
            .and_then(|assignee| self.name(assignee))
            .or_else(|| self.name(&issue.project.slug))
            .or_else(|| self.name("*"));
        one.into_iter().collect()
    }

    fn name(&self, wanted: &str) -> Option<&str> {
        let found = self.0.keys().find(|name| name.eq_ignore_ascii_case(wanted));
        found.map(String::as_str)
    }
}

/// The teams that a rule names, each by `team:3` and by its name.
fn teams(event: &Event) -> Vec<[String; 2]> {
    let people = event.details.get("people").and_then(Value::as_array);
    let teams = people.into_iter().flatten().filter(|one| one["type"] == "team");
    let id = |one: &Value| match &one["id"] {
        Value::String(id) => id.clone(),
        id => id.to_string(),
    };
    teams
        .map(|one| {
            [
                format!("team:{}", id(one)),
                one["name"].as_str().unwrap_or_default().to_owned(),
            ]
        })
        .collect()
}

/// A page: by which route, under which key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The route's name.
    pub route: String,
    /// What the paging system tells repetitions by.
    pub key: String,
}

impl Page {
    /// That of an issue, by a route: always the same.
    pub fn new(issue: &Issue, route: &str) -> Self {
        Page {
            route: route.to_owned(),
            key: format!("errand-issue-{}", issue.id),
        }
    }

    /// Writes down how it stands.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be asked for.
    pub fn record(&self, event: &Event, system: &str, state: &str) -> Result<(), Failure> {
        let issue = &event.issue;
        if event.change == "issue.deleted" {
            return Ok(());
        }
        changes::of(&issue.id).link(&Ticket {
            system: system.to_owned(),
            id: line(&format!("{} {}", self.key, self.route), 200),
            name: match self.route.as_str() {
                "*" => "Page".to_owned(),
                route => line(&format!("Page to {route}"), 100),
            },
            url: String::new(),
            title: line(&issue.title, 200),
            state: state.to_owned(),
            is_open: state != "resolved",
            extra: serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned()),
        })
    }
}

fn open(issue: &Issue, system: &str) -> Result<Vec<Page>, Failure> {
    let links = issues::links(&issue.id)?.into_iter();
    let open = links.filter(|link| link.system == system && link.is_open);
    Ok(open
        .filter_map(|link| serde_json::from_str(&link.extra).ok())
        .collect())
}

/// The pages of an issue that a change speaks of: those that are open, and of an issue that is deleted, whose links are gone
/// with it, all that there may be.
///
/// # Errors
/// [`Failure`] if the hub cannot say.
pub fn concerned(event: &Event, system: &str, all: impl FnOnce() -> Vec<Page>) -> Result<Vec<Page>, Failure> {
    match event.change == "issue.deleted" {
        true => Ok(all()),
        false => open(&event.issue, system),
    }
}

/// What whoever is paged sees first: `[SHOP-1] TypeError: x is undefined`.
pub fn summary(issue: &Issue, most: usize) -> String {
    line(&format!("[{}] {}", issue.short_id, issue.title), most)
}

/// Why somebody is paged: the rule's own words, or what happened.
pub fn reason(event: &Event) -> String {
    let said = |key: &str| event.details.get(key).and_then(Value::as_str).unwrap_or_default();
    let reason = match event.change.as_str() {
        "alert.raised" => format!("{}: {}", said("rule"), said("reason")),
        "issue.created" => "a new issue".to_owned(),
        "issue.regressed" => "an issue came back after it was resolved".to_owned(),
        "issue.escalating" => "an archived issue grew".to_owned(),
        other => other.trim_start_matches("issue.").to_owned(),
    };
    line(&reason, MAX_DETAIL)
}

/// What there is to know of it, by name.
///
/// # Errors
/// [`Failure`] if the hub cannot say.
pub fn details(event: &Event) -> Result<Map<String, Value>, Failure> {
    let issue = &event.issue;
    let latest = Latest::of(&issue.id)?;
    let frames = latest.exceptions.first().map(|thrown| {
        let frames: Vec<&str> = thrown
            .frames
            .iter()
            .take(MAX_FRAMES)
            .map(String::as_str)
            .collect();
        frames.join("\n")
    });
    let facts = [
        ("reason", reason(event)),
        ("project", issue.project.name.clone()),
        ("where", issue.culprit.clone()),
        ("level", issue.level.as_str().to_owned()),
        ("environment", latest.environment),
        ("release", latest.release),
        ("events", issue.times_seen.to_string()),
        ("users", issue.users_seen.to_string()),
        ("first seen", describe::time(issue.first_seen)),
        ("last seen", describe::time(issue.last_seen)),
        ("issue", issue.url.clone()),
    ];
    let mut details: Map<String, Value> = facts
        .into_iter()
        .map(|(name, value)| (name.to_owned(), line(&value, MAX_DETAIL)))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name, Value::String(value)))
        .collect();
    if let Some(frames) = frames.filter(|frames| !frames.is_empty()) {
        details.insert("frames".to_owned(), Value::String(frames));
    }
    Ok(details)
}
