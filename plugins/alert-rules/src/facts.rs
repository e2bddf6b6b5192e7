//! What conditions know of a change, by name.

use std::collections::HashMap;

use cel::Context;
use errand_plugin_sdk::{Event, Failure, Issue, issues};
use serde_json::{Map, Value};

use crate::time;

/// Everything that a condition can name.
pub const NAMES: [&str; 27] = [
    "actor",
    "age",
    "assignee",
    "browser",
    "category",
    "change",
    "culprit",
    "device",
    "environment",
    "events",
    "hour",
    "issue",
    "level",
    "message",
    "os",
    "platform",
    "priority",
    "project",
    "release",
    "status",
    "substatus",
    "tags",
    "title",
    "user",
    "users",
    "weekday",
    "server",
];

/// Everything that a condition can call.
pub const FUNCTIONS: [&str; 16] = [
    "all",
    "contains",
    "double",
    "endsWith",
    "exists",
    "exists_one",
    "filter",
    "has",
    "int",
    "map",
    "matches",
    "size",
    "startsWith",
    "string",
    "tag",
    "lower",
];

/// Parts of the event that conditions look at.
const FIELDS: [&str; 10] = [
    "environment",
    "level",
    "logentry",
    "exception",
    "message",
    "release",
    "server_name",
    "tags",
    "type",
    "user",
];

/// What is known of a change.
pub struct Facts {
    /// When it was, in milliseconds.
    pub at: i64,
    /// `issue.created`.
    pub change: String,
    /// The issue's id.
    pub issue: String,
    texts: Vec<(&'static str, String)>,
    numbers: Vec<(&'static str, i64)>,
    tags: HashMap<String, String>,
    user: HashMap<String, String>,
}

/// What is known of `event`, with the occurrence that it is about.
pub fn of(event: &Event) -> Result<Facts, Failure> {
    of_issue(&event.issue, event.at, (&event.change, event.actor.kind.as_str()))
}

/// What is known of an issue at a time, because of something that somebody did.
pub fn of_issue(issue: &Issue, at: u64, because: (&str, &str)) -> Result<Facts, Failure> {
    let occurrence = issues::event_at(&issue.id, at, &FIELDS)?;
    Ok(gather(issue, at, because, &occurrence.unwrap_or_default()))
}

fn gather(issue: &Issue, at: u64, (change, actor): (&str, &str), occurrence: &Map<String, Value>) -> Facts {
    let at = i64::try_from(at).unwrap_or(i64::MAX);
    let text = |key: &str| {
        occurrence
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let tags = tags_of(occurrence.get("tags"));
    let tag = |keys: &[&str]| {
        let found = keys.iter().find_map(|key| tags.get(*key));
        found.cloned().unwrap_or_default()
    };
    let level = occurrence.get("level").and_then(Value::as_str);
    let (weekday, minute) = time::local(at, 0);
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let texts = vec![
        ("actor", actor.to_owned()),
        ("assignee", issue.assignee.clone().unwrap_or_default()),
        ("browser", tag(&["browser.name", "browser"])),
        ("category", text("type")),
        ("change", change.to_owned()),
        ("culprit", issue.culprit.clone()),
        ("device", tag(&["device.family", "device", "device.model"])),
        ("environment", text("environment")),
        ("issue", issue.short_id.clone()),
        ("level", level.unwrap_or(issue.level.as_str()).to_owned()),
        (
            "message",
            message(occurrence).unwrap_or_else(|| issue.title.clone()),
        ),
        ("os", tag(&["os.name", "client_os.name", "os"])),
        ("platform", issue.platform.clone()),
        ("priority", issue.priority.as_str().to_owned()),
        ("project", issue.project.slug.clone()),
        ("release", text("release")),
        ("server", text("server_name")),
        ("status", issue.status.as_str().to_owned()),
        ("substatus", issue.substatus.clone()),
        ("title", issue.title.clone()),
    ];
    let numbers = vec![
        ("age", at.saturating_sub(number(issue.first_seen)) / 1_000),
        ("events", number(issue.times_seen)),
        ("hour", minute / 60),
        ("users", number(issue.users_seen)),
        ("weekday", weekday + 1),
    ];
    Facts {
        at,
        change: change.to_owned(),
        issue: issue.id.clone(),
        texts,
        numbers,
        tags,
        user: texts_of(occurrence.get("user")),
    }
}

impl Facts {
    /// As expressions see them.
    pub fn context(&self) -> Context<'static, 'static> {
        let mut context = Context::default();
        for (name, text) in &self.texts {
            context.add_variable_from_value(*name, text.as_str());
        }
        for (name, number) in &self.numbers {
            context.add_variable_from_value(*name, *number);
        }
        context.add_variable_from_value("tags", self.tags.clone());
        context.add_variable_from_value("user", self.user.clone());
        let tags = self.tags.clone();
        // The names are our own, and free.
        let _ = context.add_function("tag", move |key: std::sync::Arc<String>| {
            tags.get(key.as_str()).cloned().unwrap_or_default()
        });
        let _ = context.add_function("lower", |text: std::sync::Arc<String>| text.to_lowercase());
        context
    }
}

/// What it says: its message, or what was thrown last.
fn message(occurrence: &Map<String, Value>) -> Option<String> {
    let said = ["logentry", "message"]
        .into_iter()
        .find_map(|key| match occurrence.get(key)? {
            Value::String(text) => Some(text.clone()),
            entry => ["formatted", "message"]
                .into_iter()
                .find_map(|part| Some(entry.get(part)?.as_str()?.to_owned())),
        });
    let thrown = || {
        let exception = occurrence.get("exception")?;
        let list = exception.get("values").unwrap_or(exception).as_array()?;
        Some(list.last()?.get("value")?.as_str()?.to_owned())
    };
    said.or_else(thrown)
}

/// Pairs, or an object.
fn tags_of(tags: Option<&Value>) -> HashMap<String, String> {
    let Some(Value::Array(pairs)) = tags else {
        return texts_of(tags);
    };
    let pair = |pair: &Value| {
        Some((
            pair.get(0)?.as_str()?.to_owned(),
            pair.get(1)?.as_str()?.to_owned(),
        ))
    };
    pairs.iter().filter_map(pair).collect()
}

/// The texts of an object.
fn texts_of(object: Option<&Value>) -> HashMap<String, String> {
    let Some(Value::Object(object)) = object else {
        return HashMap::new();
    };
    let text = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
    object.iter().filter_map(text).collect()
}
