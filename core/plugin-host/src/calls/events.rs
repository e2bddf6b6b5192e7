//! `events`: a lifecycle event is delivered.

use std::sync::Arc;

use errand_model::delivery::AttemptOutcome;
use errand_model::issue::{Assignee, Priority, Status};
use errand_model::lifecycle::{Actor, Change};
use errand_model::{Level, Timestamp};
use serde_json::Value;

use crate::attempt::{Attempt, DeliveryCall, IssueSummary};
use crate::bindings::v1::errand::plugin::types as wit;
use crate::calls::outcome;
use crate::component::Plugin;
use crate::instance::{self, CallContext};
use crate::shared::Shared;

/// An empty object, where there is nothing more to say.
const NOTHING_MORE: &str = "{}";

/// Calls the plugin once.
pub(crate) async fn deliver(shared: &Arc<Shared>, plugin: &Plugin, call: &DeliveryCall) -> Attempt {
    let Some(indices) = &plugin.events else {
        return Attempt::not_run(AttemptOutcome::Permanent {
            message: format!("the plugin '{}' does not listen to events", plugin.manifest.id),
        });
    };
    let timeout = call.timeout.min(shared.limits.wall);
    let deadline = shared
        .clock
        .now()
        .plus_millis(i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX));
    let (delivery, event) = (delivery(call, deadline), lifecycle_event(call));
    let context = CallContext {
        installation: call.installation,
        config: &call.config,
        timeout,
        is_dry_run: call.is_dry_run,
    };
    let (result, usage) = instance::run(shared, plugin, context, async |store, instance| {
        let guest = indices.load(&mut *store, &instance)?;
        guest.call_on_event(&mut *store, &delivery, &event).await
    })
    .await;
    Attempt {
        outcome: match result {
            Ok(answer) => outcome(answer, &usage.secrets),
            Err(error) => error.outcome(),
        },
        log: usage.log,
        requests: usage.requests,
        cpu_ms: u64::try_from(usage.cpu.as_millis()).unwrap_or(u64::MAX),
        memory_bytes: usage.memory as u64,
        wall_ms: u64::try_from(usage.wall.as_millis()).unwrap_or(u64::MAX),
    }
}

fn delivery(call: &DeliveryCall, deadline: Timestamp) -> wit::Delivery {
    wit::Delivery {
        id: call.delivery.to_string(),
        installation: call.installation.to_string(),
        idempotency_key: call.idempotency_key.clone(),
        attempt: call.attempt,
        is_replay: call.is_replay,
        is_dry_run: call.is_dry_run,
        deadline: millis(deadline),
        chain_depth: u8::try_from(call.event.chain_depth).unwrap_or(u8::MAX),
        extra: NOTHING_MORE.to_owned(),
    }
}

fn lifecycle_event(call: &DeliveryCall) -> wit::LifecycleEvent {
    let event = &call.event;
    wit::LifecycleEvent {
        id: event.id.to_string(),
        change: event.change.name().to_owned(),
        details: details(&event.change),
        at: millis(event.at),
        actor: actor(&event.actor),
        issue: issue(&call.issue),
        extra: NOTHING_MORE.to_owned(),
    }
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

fn actor(actor: &Actor) -> wit::Actor {
    let (kind, id, name) = match actor {
        Actor::System => (wit::ActorKind::System, None, "Errand".to_owned()),
        Actor::User { id, name } => (wit::ActorKind::User, id.map(|id| id.to_string()), name.clone()),
        Actor::Plugin { installation } => {
            let id = installation.to_string();
            (wit::ActorKind::Plugin, Some(id), "plugin".to_owned())
        }
    };
    wit::Actor { kind, id, name }
}

fn issue(issue: &IssueSummary) -> wit::Issue {
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
        assignee: issue.assignee.map(|assignee| match assignee {
            Assignee::User(id) => format!("user:{id}"),
            Assignee::Team(id) => format!("team:{id}"),
        }),
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
        extra: NOTHING_MORE.to_owned(),
    }
}

fn millis(time: Timestamp) -> u64 {
    u64::try_from(time.millis()).unwrap_or(0)
}
