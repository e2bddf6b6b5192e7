//! What an issue search asks for, as data. The pipeline reads it from text, the store makes SQL of it.

use crate::issue::{EventKind, Priority, Status, Substatus};
use crate::{Level, Timestamp};

/// All terms must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// The terms, in the order written.
    pub terms: Vec<Term>,
}

/// One condition, or its opposite.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Whether it must not hold (`!level:info`).
    pub negated: bool,
    /// The condition.
    pub filter: Filter,
}

/// A condition on an issue.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// `is:unresolved`, `is:resolved`, `is:archived`, `is:ignored`.
    Status(Status),
    /// `is:new`, `is:ongoing`, `is:regressed`, `is:escalating`, `is:archived_forever`, …
    Substatus(Substatus),
    /// `is:assigned`, `is:unassigned`.
    Assigned(bool),
    /// `assigned:` or `assigned_or_suggested:` somebody.
    Assignee(Owner),
    /// `level:error`, or several: `level:[error,fatal]`.
    Level(Vec<Level>),
    /// `issue.priority:high`.
    Priority(Vec<Priority>),
    /// `error.type`-like kinds: `issue.type:error`.
    Kind(EventKind),
    /// `firstSeen:-24h`, `firstSeen:>2026-01-01`.
    FirstSeen(Bound<Timestamp>),
    /// `lastSeen:`, `age:` is `firstSeen:` counted backwards and is read as it.
    LastSeen(Bound<Timestamp>),
    /// `timestamp:-24h`, `timestamp:<2026-01-31`: when an event happened.
    Timestamp(Bound<Timestamp>),
    /// `times_seen:>10`.
    TimesSeen(Bound<i64>),
    /// `users_seen:>10`.
    UsersSeen(Bound<i64>),
    /// `first_release:` / `firstRelease:`.
    FirstRelease(Pattern),
    /// `project:slug`.
    Project(Vec<String>),
    /// `issue:SHOP-1A` or an issue id.
    ShortId(String),
    /// Any tag of its events, the well-known ones included: `release:`, `environment:`, `user.email:`, `browser.name:`,
    /// `license:ABC-1`. Several values: any of them.
    Tag {
        /// The tag.
        key: String,
        /// Its value is one of these.
        values: Vec<Pattern>,
    },
    /// `has:license`: has the tag, with whatever value.
    HasTag(String),
    /// `user.id:`, `user.email:`, `user.username:`, `user.ip:`.
    User {
        /// Which field.
        field: UserField,
        /// Its value is one of these.
        values: Vec<Pattern>,
    },
    /// Free text, and `message:`, `title:`: part of the title, culprit or message.
    Text(String),
}

/// A field of the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserField {
    /// `user.id`
    Id,
    /// `user.email`
    Email,
    /// `user.username`
    Username,
    /// `user.ip`
    Ip,
}

/// Whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// `me`.
    Me,
    /// `my_teams`: of a team that they are in.
    MyTeams,
    /// `none`: nobody's.
    Nobody,
    /// A person's e-mail or name.
    User(String),
    /// `#team`.
    Team(String),
}

/// A range, open at one or both ends; each end says whether it is included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound<T> {
    /// From here, and whether the value itself counts.
    pub lower: Option<(T, bool)>,
    /// To here, and whether the value itself counts.
    pub upper: Option<(T, bool)>,
}

/// Text with `*` for any run of characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The parts between the stars: one part means the text exactly.
    pub parts: Vec<String>,
}

impl Pattern {
    /// Reads `text`; `\*` is a star as such.
    pub fn parse(text: &str) -> Self {
        let mut parts = vec![String::new()];
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('*') => parts.last_mut().into_iter().for_each(|part| part.push('*')),
                    next => parts.last_mut().into_iter().for_each(|part| {
                        part.push('\\');
                        part.extend(next);
                    }),
                },
                '*' => parts.push(String::new()),
                c => parts.last_mut().into_iter().for_each(|part| part.push(c)),
            }
        }
        Pattern { parts }
    }

    /// The text itself, where there is no star.
    pub fn exact(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [text] => Some(text),
            _ => None,
        }
    }
}

/// How a list of issues is sorted; each has an index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// `date`: last seen.
    #[default]
    LastSeen,
    /// `new`: first seen.
    FirstSeen,
    /// `freq`: events.
    Events,
    /// `user`: users affected.
    Users,
    /// `trends`: events of the last day against the days before.
    Trend,
    /// The most urgent first (`crate::urgency`).
    Score,
}
