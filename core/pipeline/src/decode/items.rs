//! What becomes of the items that are no event: each ends in exactly one outcome.
//!
//! A kind that the hub does not use yet is read far enough to tell whether it is valid, and counted. What cannot
//! be read ends as invalid and costs nothing else: the envelope's event is not lost for it.

use errand_model::digested::{Attachment, ItemOutcome, UserReport};
use errand_model::filters::FilterReason;
use errand_model::health::SessionReport;
use errand_model::outcome::{Category, Outcome};
use errand_model::{EventId, ProjectId, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::sessions::{self, Times, Unusable};
use crate::envelope::{Envelope, Item, ItemKind};

/// Longest name of an attachment, and longest texts of a user's report, in characters.
const MAX_NAME: usize = 256;
const MAX_COMMENTS: usize = 4_096;

/// What the items come to.
#[derive(Debug, Default)]
pub(crate) struct Rest {
    pub attachments: Vec<Attachment>,
    pub user_reports: Vec<UserReport>,
    pub sessions: Vec<SessionReport>,
    pub outcomes: Vec<ItemOutcome>,
    filtered: Option<(EventId, FilterReason)>,
}

/// Sorts the items of `envelope`. `takes_event` says whether the event item became an event: then it is counted elsewhere.
/// `event_id` is what attachments belong to. Where a filter did not take that event, what came with it goes the same way.
pub(crate) fn rest(
    envelope: &Envelope<'_>,
    takes_event: bool,
    event_id: Option<EventId>,
    filtered: Option<FilterReason>,
    (project, received): (ProjectId, Timestamp),
) -> Rest {
    let mut rest = Rest {
        filtered: event_id.zip(filtered),
        ..Rest::default()
    };
    let times = Times {
        sent_at: envelope.header.sent_at,
        received,
    };
    for item in &envelope.items {
        match item.kind {
            kind if kind.is_event_like() && takes_event => {}
            // An event item that became no event holds a transaction.
            kind if kind.is_event_like() => {
                rest.count(Category::Transaction, Outcome::Unsupported, "not_used_yet");
            }
            ItemKind::Attachment => rest.attachment(item, event_id, project, received),
            ItemKind::UserReport => rest.user_report(item, project, received),
            ItemKind::ClientReport => rest.client_report(item),
            ItemKind::Session => rest.sessions(sessions::one(item, times)),
            ItemKind::Sessions => rest.sessions(sessions::many(item, times)),
            ItemKind::CheckIn => rest.unused::<CheckIn>(item),
            ItemKind::Span | ItemKind::Log | ItemKind::Metric => rest.container(item),
            ItemKind::Unknown => rest.count(Category::Default, Outcome::Unsupported, "unknown_item"),
            kind => rest.count(kind.category(), Outcome::Unsupported, "not_used_yet"),
        }
    }
    rest
}

impl Rest {
    fn count(&mut self, category: Category, outcome: Outcome, reason: &str) {
        self.count_many(category, outcome, reason, 1);
    }

    fn count_many(&mut self, category: Category, outcome: Outcome, reason: &str, quantity: i64) {
        self.outcomes.push(ItemOutcome {
            category,
            outcome,
            reason: reason.to_owned(),
            quantity,
        });
    }

    fn attachment(
        &mut self,
        item: &Item<'_>,
        event_id: Option<EventId>,
        project: ProjectId,
        received: Timestamp,
    ) {
        let Some(event_id) = event_id else {
            return self.count(Category::Attachment, Outcome::Invalid, "no_event_id");
        };
        let bytes = i64::try_from(item.payload.len()).unwrap_or(i64::MAX);
        if let Some((_, reason)) = self.filtered {
            return self.count_many(Category::Attachment, Outcome::Filtered, reason.as_str(), bytes);
        }
        let text = |field, default: &str| match Item::text(field) {
            "" => default.to_owned(),
            text => text.chars().take(MAX_NAME).collect(),
        };
        let header = &item.header;
        self.attachments.push(Attachment {
            project,
            event_id,
            name: text(header.filename.as_ref(), "unnamed"),
            content_type: text(header.content_type.as_ref(), "application/octet-stream"),
            kind: text(header.attachment_type.as_ref(), "event.attachment"),
            content: item.payload.to_vec(),
            received,
        });
        self.count_many(Category::Attachment, Outcome::Accepted, "", bytes);
    }

    fn user_report(&mut self, item: &Item<'_>, project: ProjectId, received: Timestamp) {
        let Some(report) = item.json::<Report>() else {
            return self.count(Category::Feedback, Outcome::Invalid, "unreadable");
        };
        if let Some((_, reason)) = self.filtered.filter(|(id, _)| *id == report.event_id) {
            return self.count(Category::Feedback, Outcome::Filtered, reason.as_str());
        }
        let cut = |text: Option<String>, max: usize| -> String {
            text.unwrap_or_default().chars().take(max).collect()
        };
        self.user_reports.push(UserReport {
            project,
            event_id: report.event_id,
            name: cut(report.name, MAX_NAME),
            email: cut(report.email, MAX_NAME),
            comments: cut(report.comments, MAX_COMMENTS),
            received,
        });
        self.count(Category::Feedback, Outcome::Accepted, "");
    }

    fn client_report(&mut self, item: &Item<'_>) {
        let Some(report) = item.json::<ClientReport>() else {
            return self.count(Category::Internal, Outcome::Invalid, "unreadable");
        };
        for dropped in report.discarded_events.into_iter().take(MAX_DISCARDS) {
            let reason: String = dropped.reason.chars().take(64).collect();
            let category = category(&dropped.category);
            self.count_many(
                category,
                Outcome::ClientDiscard,
                &reason,
                i64::from(dropped.quantity),
            );
        }
        self.count(Category::Internal, Outcome::Accepted, "");
    }

    fn sessions(&mut self, read: Result<sessions::Read, Unusable>) {
        match read {
            Ok(read) => {
                self.sessions.extend(read.reports);
                self.count_many(Category::Session, Outcome::Accepted, "", read.quantity);
            }
            Err(Unusable::Unreadable) => self.count(Category::Session, Outcome::Invalid, "unreadable"),
            Err(Unusable::Untimely) => self.count(Category::Session, Outcome::Invalid, "untimely"),
        }
    }

    fn unused<T: DeserializeOwned>(&mut self, item: &Item<'_>) {
        match item.json::<T>() {
            Some(_) => self.count(item.kind.category(), Outcome::Unsupported, "not_used_yet"),
            None => self.count(item.kind.category(), Outcome::Invalid, "unreadable"),
        }
    }

    /// A container says how many it holds; one that says nothing holds one.
    fn container(&mut self, item: &Item<'_>) {
        let quantity = item.header.item_count.unwrap_or(1).clamp(1, MAX_CONTAINED);
        self.count_many(
            item.kind.category(),
            Outcome::Unsupported,
            "not_used_yet",
            quantity,
        );
    }
}

/// What a container may claim to hold, so that nobody inflates a count.
const MAX_CONTAINED: i64 = 10_000;

/// Kinds of drops that one client report may list.
const MAX_DISCARDS: usize = 100;

#[derive(Deserialize)]
struct Report {
    event_id: EventId,
    name: Option<String>,
    email: Option<String>,
    comments: Option<String>,
}

#[derive(Deserialize)]
struct ClientReport {
    #[serde(default)]
    discarded_events: Vec<Discarded>,
}

#[derive(Deserialize)]
struct Discarded {
    reason: String,
    category: String,
    quantity: u32,
}

#[derive(Deserialize)]
struct CheckIn {
    #[serde(rename = "monitor_slug")]
    _monitor_slug: String,
    #[serde(rename = "status")]
    _status: CheckInStatus,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum CheckInStatus {
    Ok,
    Error,
    InProgress,
    Missed,
    Timeout,
}

/// The category that a client report names.
fn category(name: &str) -> Category {
    match name {
        "error" | "event" => Category::Error,
        "transaction" | "transaction_indexed" => Category::Transaction,
        "span" | "span_indexed" => Category::Span,
        "monitor" => Category::Monitor,
        "log_item" | "log_byte" => Category::LogItem,
        "security" => Category::Security,
        "attachment" => Category::Attachment,
        "session" => Category::Session,
        "profile" | "profile_chunk" => Category::Profile,
        "replay" => Category::Replay,
        "feedback" => Category::Feedback,
        "metric_bucket" | "trace_metric" => Category::Metric,
        "internal" => Category::Internal,
        _ => Category::Default,
    }
}
