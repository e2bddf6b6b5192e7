//! What the pipeline made of an envelope, ready to be stored.

use crate::health::SessionReport;
use crate::issue::EventKind;
use crate::outcome::{Category, Outcome};
use crate::{EventId, GroupHash, Level, ProjectId, Timestamp};

/// Everything of one envelope that is to be stored or counted.
#[derive(Clone, Debug, Default)]
pub struct DigestedEnvelope {
    /// The event, if there was one and it was kept.
    pub event: Option<DigestedEvent>,
    /// The id of the event where a filter does not take it: who sent it is told the id all the same.
    pub filtered: Option<EventId>,
    /// Files that came with it.
    pub attachments: Vec<Attachment>,
    /// What users wrote (`user_report` items; feedback items are events).
    pub user_reports: Vec<UserReport>,
    /// What SDKs say of sessions.
    pub sessions: Vec<SessionReport>,
    /// How every item of the envelope ended, but for the event: the store decides whether that was new.
    pub outcomes: Vec<ItemOutcome>,
}

impl DigestedEnvelope {
    /// Whether a filter left nothing of it but what is to be counted.
    pub fn is_spent(&self) -> bool {
        self.filtered.is_some()
            && self.event.is_none()
            && self.attachments.is_empty()
            && self.user_reports.is_empty()
            && self.sessions.is_empty()
    }
}

/// An event, normalised, scrubbed and grouped.
#[derive(Clone, Debug)]
pub struct DigestedEvent {
    /// Its project.
    pub project: ProjectId,
    /// Its id, unique within the project.
    pub event_id: EventId,
    /// When it happened, corrected for clock drift.
    pub timestamp: Timestamp,
    /// When the hub got it.
    pub received: Timestamp,
    /// What it is about.
    pub kind: EventKind,
    /// How bad it is.
    pub level: Level,
    /// The SDK's platform.
    pub platform: String,
    /// Its logger, or empty.
    pub logger: String,
    /// What to call it.
    pub title: String,
    /// Where it happened.
    pub culprit: String,
    /// The parts of the title, as JSON text.
    pub metadata: String,
    /// What it is grouped by: the first hash that is bound to an issue decides, the others are bound to it too.
    pub hashes: Vec<GroupHash>,
    /// Which version of the grouping made the hashes.
    pub grouping: i16,
    /// Its release.
    pub release: Option<String>,
    /// Its environment.
    pub environment: Option<String>,
    /// Whom it happened to.
    pub user: Option<EventUser>,
    /// Every tag, those that were derived included (`browser`, `os`, `release`, `environment`, `level`, …).
    /// Keys are distinct.
    pub tags: Vec<(String, String)>,
    /// The whole event as JSON, compressed by the store's codec.
    pub payload: Vec<u8>,
}

/// Whom an event happened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventUser {
    /// What tells users apart: `id:42`, else `email:…`, `username:…`, `ip:…` (the first that is there).
    pub key: String,
    /// The SDK's id for them.
    pub id: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Their name in the program.
    pub username: Option<String>,
    /// Where they came from.
    pub ip: Option<String>,
}

/// A file that came with an event.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Its project.
    pub project: ProjectId,
    /// The event it belongs to.
    pub event_id: EventId,
    /// What to call it.
    pub name: String,
    /// What it is, as the SDK said.
    pub content_type: String,
    /// Sentry's kind: `event.attachment`, `event.minidump`, …
    pub kind: String,
    /// The bytes.
    pub content: Vec<u8>,
    /// When the hub got it.
    pub received: Timestamp,
}

/// What a user wrote about an event.
#[derive(Clone, Debug)]
pub struct UserReport {
    /// Its project.
    pub project: ProjectId,
    /// The event it is about.
    pub event_id: EventId,
    /// Who wrote it.
    pub name: String,
    /// Their address.
    pub email: String,
    /// What they wrote.
    pub comments: String,
    /// When the hub got it.
    pub received: Timestamp,
}

/// How one item ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemOutcome {
    /// What it was.
    pub category: Category,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, in a word or two.
    pub reason: String,
    /// How many it stands for.
    pub quantity: i64,
}
