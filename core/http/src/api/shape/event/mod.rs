//! An event, in a list and by itself.

mod entries;
mod exception;
mod frame;
mod request;

use std::borrow::Cow;
use std::collections::BTreeMap;

use errand_model::EventId;
use errand_model::event::{Event, Pairs, Raw};
use errand_store::events::StoredEvent;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

pub(crate) use entries::Entry;

use super::release::ReleaseShape;
use super::{Nothing, Time};

/// An event as lists show it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = EventSummary)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventSummary {
    /// The event id that its SDK gave it.
    id: String,
    #[serde(rename = "eventID")]
    event_id: String,
    #[serde(rename = "groupID")]
    issue: String,
    #[serde(rename = "projectID")]
    project: String,
    #[serde(rename = "event.type")]
    kind: &'static str,
    title: String,
    message: String,
    culprit: Option<String>,
    location: Option<String>,
    platform: Option<String>,
    user: Option<UserOfEvent>,
    tags: Vec<TagPair>,
    #[schema(value_type = Object)]
    metadata: Value,
    crash_file: Nothing,
    date_created: Time,
}

/// An event with everything that is known of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = EventDetails)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventDetails<'a> {
    #[serde(flatten)]
    summary: EventSummary,
    /// `error`, `default` (a message), `csp`, …
    #[serde(rename = "type")]
    kind: &'static str,
    /// Bytes of its JSON.
    size: usize,
    /// Its parts in the order in which people read them.
    entries: Vec<Entry<'a>>,
    dist: Option<&'a str>,
    /// What the SDK and the hub know of where it ran.
    #[schema(value_type = Object)]
    contexts: BTreeMap<&'a str, &'a RawValue>,
    /// What the program said in addition.
    #[schema(value_type = Object)]
    context: BTreeMap<&'a str, &'a RawValue>,
    /// Versions of modules.
    #[schema(value_type = Option<Object>)]
    packages: Option<&'a RawValue>,
    sdk: Option<SdkShape<'a>>,
    release: Option<ReleaseShape>,
    environment: Option<&'a str>,
    /// The hashes that it was grouped by.
    fingerprints: Vec<String>,
    /// What was wrong with it as it came.
    #[schema(value_type = Vec<Object>)]
    errors: Value,
    date_received: Time,
    user_report: Option<UserReportShape>,
    occurrence: Nothing,
    #[serde(rename = "_meta")]
    #[schema(value_type = Object)]
    meta: BTreeMap<&'static str, Value>,
    #[serde(rename = "nextEventID")]
    next_event_id: Option<String>,
    #[serde(rename = "previousEventID")]
    previous_event_id: Option<String>,
}

/// A tag and its value.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TagPair {
    key: String,
    value: String,
}

/// Whom it happened to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct UserOfEvent {
    id: Option<String>,
    email: Option<String>,
    username: Option<String>,
    ip_address: Option<String>,
    name: Option<String>,
    #[schema(value_type = Option<Object>)]
    geo: Option<Value>,
    #[schema(value_type = Option<Object>)]
    data: Option<Value>,
}

/// Which SDK sent it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SdkShape<'a> {
    name: Option<&'a str>,
    version: Option<&'a str>,
}

/// What a user wrote about it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = UserFeedback)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserReportShape {
    pub(crate) id: String,
    #[serde(rename = "eventID")]
    pub(crate) event_id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) comments: String,
    pub(crate) date_created: Time,
}

/// What is shown beside an event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    pub(crate) next: Option<EventId>,
    pub(crate) previous: Option<EventId>,
    pub(crate) release: Option<ReleaseShape>,
    pub(crate) user_report: Option<UserReportShape>,
}

impl EventSummary {
    pub(crate) fn new(stored: &StoredEvent, event: &Event<'_>) -> Self {
        let (kind, naming) = errand_pipeline::name(event);
        let metadata: Value = serde_json::from_str(&naming.metadata).unwrap_or_default();
        let culprit = event.culprit.as_deref().map_or(naming.culprit, str::to_owned);
        let message = event
            .logentry
            .as_ref()
            .and_then(|entry| entry.text())
            .unwrap_or_default();
        EventSummary {
            id: stored.event_id.to_string(),
            event_id: stored.event_id.to_string(),
            issue: stored.issue.to_string(),
            project: stored.project.to_string(),
            kind: kind.as_str(),
            message: message.to_owned(),
            location: location(&metadata),
            title: naming.title,
            culprit: Some(culprit).filter(|culprit| !culprit.is_empty()),
            metadata,
            platform: event.platform.as_deref().map(str::to_owned),
            user: event.user.as_ref().map(user_of),
            tags: tags_of(&event.tags),
            crash_file: Nothing,
            date_created: Time(stored.timestamp),
        }
    }
}

impl<'a> EventDetails<'a> {
    pub(crate) fn new(stored: &StoredEvent, event: &'a Event<'a>, beside: Beside) -> Self {
        let summary = EventSummary::new(stored, event);
        EventDetails {
            kind: summary.kind,
            summary,
            size: stored.payload.len(),
            entries: entries::of(event),
            dist: event.dist.as_deref(),
            contexts: bag(&event.contexts),
            context: bag(&event.extra),
            packages: event.modules.as_ref().map(raw),
            sdk: event.sdk.as_ref().map(|sdk| SdkShape {
                name: sdk.name.as_deref(),
                version: sdk.version.as_deref(),
            }),
            release: beside.release,
            environment: event.environment.as_deref(),
            fingerprints: vec![stored.hash.to_string()],
            errors: event
                .errors
                .as_ref()
                .map_or_else(|| Value::Array(Vec::new()), Raw::value),
            date_received: Time(event.received.map_or(stored.timestamp, |moment| moment.0)),
            user_report: beside.user_report,
            occurrence: Nothing,
            meta: BTreeMap::new(),
            next_event_id: beside.next.map(|id| id.to_string()),
            previous_event_id: beside.previous.map(|id| id.to_string()),
        }
    }
}

/// The JSON text of a value that is passed on as it is.
fn raw<'a>(value: &'a Raw<'_>) -> &'a RawValue {
    value.0.as_ref()
}

fn bag<'a>(bag: &'a errand_model::event::Bag<'_>) -> BTreeMap<&'a str, &'a RawValue> {
    bag.0
        .iter()
        .map(|(key, value)| (key.as_ref(), raw(value)))
        .collect()
}

/// Where it happened, as far as the metadata names a file.
fn location(metadata: &Value) -> Option<String> {
    metadata
        .get("filename")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

fn tags_of(tags: &Pairs<'_>) -> Vec<TagPair> {
    let pairs = tags.0.iter();
    let mut tags: Vec<_> = pairs
        .map(|(key, value)| TagPair {
            key: key.to_string(),
            value: value.to_string(),
        })
        .collect();
    tags.sort_by(|a, b| a.key.cmp(&b.key));
    tags
}

fn user_of(user: &errand_model::event::User<'_>) -> UserOfEvent {
    let text = |field: &Option<Cow<'_, str>>| field.as_deref().map(str::to_owned);
    UserOfEvent {
        id: text(&user.id),
        email: text(&user.email),
        username: text(&user.username),
        ip_address: text(&user.ip_address),
        name: text(&user.name),
        geo: user.geo.as_ref().map(Raw::value),
        data: user.data.as_ref().map(Raw::value),
    }
}
