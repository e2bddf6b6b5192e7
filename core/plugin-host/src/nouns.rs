//! The hub's nouns as the interface writes them.

use std::sync::Arc;

use errand_model::issue::{Priority, Status};
use errand_model::lifecycle::{Actor, Change, LifecycleEvent};
use errand_model::ticket::Ticket;
use errand_model::{DeliveryId, InstallationId, Level, Timestamp};
use serde_json::{Value, json};

use crate::attempt::{DeliveryCall, IssueSummary};
use crate::bindings::v1::errand::plugin::types as wit;
use crate::occasions::CallHead;
use crate::shared::Shared;

/// An empty object, where there is nothing more to say.
const NOTHING_MORE: &str = "{}";

/// What `types.delivery` says, wherever it comes from.
pub(crate) struct Head<'a> {
    pub(crate) delivery: DeliveryId,
    pub(crate) installation: InstallationId,
    pub(crate) idempotency_key: &'a str,
    pub(crate) attempt: u32,
    pub(crate) is_replay: bool,
    pub(crate) is_dry_run: bool,
    pub(crate) chain_depth: i16,
    pub(crate) timeout: std::time::Duration,
}

impl<'a> From<&'a DeliveryCall> for Head<'a> {
    fn from(call: &'a DeliveryCall) -> Self {
        Head {
            delivery: call.delivery,
            installation: call.installation,
            idempotency_key: &call.idempotency_key,
            attempt: call.attempt,
            is_replay: call.is_replay,
            is_dry_run: call.is_dry_run,
            chain_depth: call.event.chain_depth,
            timeout: call.timeout,
        }
    }
}

impl<'a> From<&'a CallHead> for Head<'a> {
    fn from(head: &'a CallHead) -> Self {
        Head {
            delivery: head.delivery,
            installation: head.installation,
            idempotency_key: &head.idempotency_key,
            attempt: head.attempt,
            is_replay: head.is_replay,
            is_dry_run: head.is_dry_run,
            chain_depth: 0,
            timeout: head.timeout,
        }
    }
}

impl Head<'_> {
    /// For a call that begins now.
    pub(crate) fn delivery(&self, shared: &Arc<Shared>) -> wit::Delivery {
        let timeout = self.timeout.min(shared.limits.wall);
        let timeout = i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX);
        wit::Delivery {
            id: self.delivery.to_string(),
            installation: self.installation.to_string(),
            idempotency_key: self.idempotency_key.to_owned(),
            attempt: self.attempt,
            is_replay: self.is_replay,
            is_dry_run: self.is_dry_run,
            deadline: millis(shared.clock.now().plus_millis(timeout)),
            chain_depth: u8::try_from(self.chain_depth).unwrap_or(u8::MAX),
            extra: NOTHING_MORE.to_owned(),
        }
    }
}

/// A change of an issue.
pub(crate) fn lifecycle_event(event: &LifecycleEvent, of: &IssueSummary) -> wit::LifecycleEvent {
    wit::LifecycleEvent {
        id: event.id.to_string(),
        change: event.change.name().to_owned(),
        details: details(&event.change),
        at: millis(event.at),
        actor: actor(&event.actor),
        issue: issue(of),
        extra: NOTHING_MORE.to_owned(),
    }
}

/// A change of an issue that took the place of earlier ones, which it names.
pub(crate) fn latest(
    event: &LifecycleEvent,
    of: &IssueSummary,
    skipped: &[LifecycleEvent],
) -> wit::LifecycleEvent {
    let mut told = lifecycle_event(event, of);
    if !skipped.is_empty() {
        let skipped: Vec<_> = skipped
            .iter()
            .map(|event| json!({ "id": event.id.to_string(), "change": event.change.name(), "at": millis(event.at) }))
            .collect();
        told.extra = json!({ "skipped": skipped }).to_string();
    }
    told
}

/// The fields of a change, without the tag that its name repeats.
fn details(change: &Change) -> String {
    match serde_json::to_value(change) {
        Ok(Value::Object(mut fields)) => {
            fields.remove("kind");
            Value::Object(fields).to_string()
        }
        _ => NOTHING_MORE.to_owned(),
    }
}

pub(crate) fn actor(actor: &Actor) -> wit::Actor {
    let (kind, id, name) = match actor {
        Actor::System => (wit::ActorKind::System, None, "Errand".to_owned()),
        Actor::User { id, name } => (wit::ActorKind::User, id.map(|id| id.to_string()), name.clone()),
        Actor::Plugin { installation } => {
            let id = installation.to_string();
            (wit::ActorKind::Plugin, Some(id), "plugin".to_owned())
        }
        Actor::External { id, name, .. } => (wit::ActorKind::External, id.clone(), name.clone()),
    };
    wit::Actor { kind, id, name }
}

pub(crate) fn issue(issue: &IssueSummary) -> wit::Issue {
    wit::Issue {
        id: issue.id.to_string(),
        short_id: issue.short_id.clone(),
        url: issue.url.clone(),
        title: issue.title.clone(),
        culprit: issue.culprit.clone(),
        level: match issue.level {
            Level::Debug => wit::Level::Debug,
            Level::Info => wit::Level::Info,
            Level::Warning => wit::Level::Warning,
            Level::Error => wit::Level::Error,
            Level::Fatal => wit::Level::Fatal,
        },
        status: match issue.status {
            Status::Unresolved => wit::Status::Unresolved,
            Status::Resolved => wit::Status::Resolved,
            Status::Ignored => wit::Status::Ignored,
        },
        substatus: issue.substatus.as_str().to_owned(),
        priority: match issue.priority {
            Priority::Low => wit::Priority::Low,
            Priority::Medium => wit::Priority::Medium,
            Priority::High => wit::Priority::High,
        },
        assignee: issue.assignee.map(|assignee| assignee.to_string()),
        platform: issue.platform.clone(),
        first_seen: millis(issue.first_seen),
        last_seen: millis(issue.last_seen),
        times_seen: u64::try_from(issue.times_seen).unwrap_or(0),
        users_seen: u64::try_from(issue.users_seen).unwrap_or(0),
        project: wit::Project {
            id: issue.project.id.to_string(),
            slug: issue.project.slug.clone(),
            name: issue.project.name.clone(),
            platform: issue.project.platform.clone(),
            organization: issue.project.organization.clone(),
        },
        revision: u64::try_from(issue.revision).unwrap_or(0),
        extra: NOTHING_MORE.to_owned(),
    }
}

pub(crate) fn ticket(ticket: Ticket) -> wit::Ticket {
    wit::Ticket {
        system: ticket.system,
        id: ticket.id,
        name: ticket.name,
        url: ticket.url,
        title: ticket.title,
        state: ticket.state,
        is_open: ticket.is_open,
        extra: ticket.extra.to_string(),
    }
}

/// A plugin's ticket, unchecked but for its JSON.
pub(crate) fn read_ticket(ticket: wit::Ticket) -> Result<Ticket, String> {
    let extra = serde_json::from_str(&ticket.extra);
    Ok(Ticket {
        system: ticket.system,
        id: ticket.id,
        name: ticket.name,
        url: ticket.url,
        title: ticket.title,
        state: ticket.state,
        is_open: ticket.is_open,
        extra: extra.map_err(|error| format!("the extra of a ticket is no JSON: {error}"))?,
    })
}

pub(crate) fn millis(time: Timestamp) -> u64 {
    u64::try_from(time.millis()).unwrap_or(0)
}
