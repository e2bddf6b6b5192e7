//! What plugins for paging systems have in common: what a change asks for, whom it pages, and which pages are open. A plugin
//! is a [`Pager`], which says how its system pages; [`on_event`] and [`on_action`] do the rest.
//!
//! A page is remembered as a ticket that the issue is linked with: people see it beside the issue, merged issues keep
//! those of all, and it is written down with the very acknowledgement of the call that paged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::latest::{Frame, Latest};
use crate::tickets::describe;
use crate::tickets::text::line;
use crate::{Action, Event, Failure, Issue, Outcome, Reply, Status, Ticket, changes, issues, log};

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

impl Deed {
    /// How a page stands thereafter, as people see it beside the issue.
    const fn state(self) -> &'static str {
        match self {
            Deed::Trigger => "triggered",
            Deed::Acknowledge => "acknowledged",
            Deed::Resolve => "resolved",
        }
    }
}

/// A paging system.
pub trait Pager {
    /// The system of links: `pagerduty`.
    fn system(&self) -> &str;

    /// Changes for which somebody is paged; what rules send, if none is named.
    fn triggers(&self) -> &[String];

    /// The pages that a change is about, one for each route that it goes by: always the same for the same issue.
    fn pages(&self, event: &Event) -> Vec<Page>;

    /// Pages somebody. Said again under the same key, it is the same page, or opens it again.
    ///
    /// # Errors
    /// [`Failure`] if the system does not take it.
    fn trigger(&self, event: &Event, page: &Page, details: &Map<String, Value>) -> Result<(), Failure>;

    /// Says that somebody looks, or that it is over.
    ///
    /// # Errors
    /// As for [`Pager::trigger`].
    fn follow(&self, event: &Event, page: &Page, deed: Deed) -> Result<(), Failure>;
}

/// Does what a change asks for. What was overtaken while it waited is not done: nobody is called out of bed for what is
/// resolved by then, and no page is closed whose issue is open again.
///
/// # Errors
/// [`Failure`] if the paging system, or the hub, fails.
pub fn on_event(pager: &dyn Pager, event: &Event) -> Result<Outcome, Failure> {
    let Some(deed) = deed(event, pager.triggers()) else {
        return Ok(Outcome::Ignored);
    };
    if let Some(why) = overtaken(event, deed)? {
        log::explain(why);
        return Ok(Outcome::Ignored);
    }
    match deed {
        Deed::Trigger => trigger(pager, event),
        deed => follow(pager, event, deed),
    }
}

/// Pages by hand.
///
/// # Errors
/// As for [`on_event`].
pub fn on_action(pager: &dyn Pager, action: &Action) -> Result<Reply, Failure> {
    let event = Event {
        id: String::new(),
        change: "asked for".to_owned(),
        details: Map::new(),
        at: crate::now(),
        actor: action.by.clone(),
        issue: action.issue.clone(),
        extra: Map::new(),
    };
    Ok(Reply::message(match trigger(pager, &event)? {
        Outcome::Done => "Somebody is paged.",
        Outcome::Ignored => "Nobody is to be paged for this issue.",
    }))
}

fn trigger(pager: &dyn Pager, event: &Event) -> Result<Outcome, Failure> {
    let pages = pager.pages(event);
    if pages.is_empty() {
        log::explain("nobody is to be paged for this issue");
        return Ok(Outcome::Ignored);
    }
    let details = details(event)?;
    for page in &pages {
        pager.trigger(event, page, &details)?;
        page.record(event, pager.system(), Deed::Trigger.state())?;
    }
    Ok(Outcome::Done)
}

/// Acknowledges or resolves the pages of an issue that are open. What nobody was paged for is none of the system's business.
fn follow(pager: &dyn Pager, event: &Event, deed: Deed) -> Result<Outcome, Failure> {
    // The links of an issue that is deleted are gone with it: all that there may be are meant.
    let pages = match event.change == "issue.deleted" {
        true => pager.pages(event),
        false => open(&event.issue, pager.system())?,
    };
    for page in &pages {
        pager.follow(event, page, deed)?;
        page.record(event, pager.system(), deed.state())?;
    }
    Ok(match pages.is_empty() {
        true => Outcome::Ignored,
        false => Outcome::Done,
    })
}

/// Why a change is not to be followed any more, if it is not. A rule that pages about resolved issues means it: what counts is
/// whether the issue was open when it spoke, and is not now.
fn overtaken(event: &Event, deed: Deed) -> Result<Option<&'static str>, Failure> {
    if event.change == "issue.deleted" {
        return Ok(None);
    }
    let was_open = match event.change.as_str() {
        "alert.raised" => event
            .details
            .get("extra")
            .is_some_and(|extra| extra["status"] == "unresolved"),
        _ => true,
    };
    let is_open = issues::get(&event.issue.id)?.is_some_and(|issue| issue.status == Status::Unresolved);
    Ok(match deed {
        Deed::Trigger if was_open && !is_open => Some("it was over before anybody could be paged"),
        Deed::Resolve if is_open => Some("the issue is open again: who was paged is needed still"),
        _ => None,
    })
}

/// What a change asks for; `triggers` are the changes for which somebody is paged.
fn deed(event: &Event, triggers: &[String]) -> Option<Deed> {
    match event.change.as_str() {
        "alert.raised" if triggers.is_empty() => Some(Deed::Trigger),
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
    fn record(&self, event: &Event, system: &str, state: &str) -> Result<(), Failure> {
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

/// What whoever is paged sees first: `[SHOP-1] TypeError: x is undefined`.
pub fn summary(issue: &Issue, most: usize) -> String {
    line(&format!("[{}] {}", issue.short_id, issue.title), most)
}

/// Why somebody is paged: the rule's own words, or what happened.
fn reason(event: &Event) -> String {
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
fn details(event: &Event) -> Result<Map<String, Value>, Failure> {
    let issue = &event.issue;
    let latest = Latest::of(&issue.id)?;
    let frames: Vec<_> = latest.frames(MAX_FRAMES).iter().map(Frame::in_line).collect();
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
    if !frames.is_empty() {
        details.insert("frames".to_owned(), Value::String(frames.join("\n")));
    }
    Ok(details)
}
