//! Settings and events made up for a trial.

use std::time::Duration;

use errand_model::grant::Grant;
use errand_model::issue::{Priority, Status, Substatus};
use errand_model::lifecycle::{Actor, Change, LifecycleEvent};
use errand_model::{
    DeliveryId, InstallationId, IssueId, Level, LifecycleId, OrganizationId, ProjectId, Timestamp,
};
use serde_json::{Map, Value, json};

use crate::attempt::{DeliveryCall, IssueSummary, ProjectSummary};
use crate::manifest::{Manifest, SettingField, SettingKind};
use crate::occasions::CallHead;

/// The time at which everything happens.
pub fn now() -> Timestamp {
    Timestamp::from_seconds(1_790_000_000)
}

/// What secrets are, so that they are recognized where they do not belong.
pub(super) const SECRET: &str = "c2VjcmV0LW9mLXRoZS10cmlhbA==";

/// Settings that the manifest accepts.
pub fn settings(manifest: &Manifest) -> Value {
    let is_changes = |field: &SettingField| manifest.changes_setting.as_deref() == Some(field.key.as_str());
    let fields = manifest.settings.iter().filter(|field| !is_changes(field));
    let values = fields.filter_map(|field| Some((field.key.clone(), sample(field)?)));
    Value::Object(values.collect::<Map<_, _>>())
}

fn sample(field: &SettingField) -> Option<Value> {
    if let Some(example) = field.example.as_ref().filter(|_| !field.secret) {
        return Some(example.clone());
    }
    let first = || field.choices.first().map(|choice| choice.value.clone());
    Some(match field.kind {
        SettingKind::Text if field.secret => json!(SECRET),
        SettingKind::Text => json!("sample"),
        SettingKind::Url if field.secret => json!(format!("https://remote.test/{SECRET}")),
        SettingKind::Url => json!("https://remote.test/sample"),
        SettingKind::Number => json!(1),
        SettingKind::Boolean => json!(true),
        SettingKind::Choice => json!(first()?),
        SettingKind::Choices => json!([first()?]),
        SettingKind::Map if field.secret => json!({"X-Sample": SECRET}),
        SettingKind::Map => json!({"sample": "sample"}),
        SettingKind::Oauth => json!(SECRET),
    })
}

/// A delivery of a new issue, for tests and measurements too.
pub fn delivery(settings: &Value) -> DeliveryCall {
    DeliveryCall {
        delivery: DeliveryId(7),
        installation: InstallationId(1),
        idempotency_key: "errand-7".to_owned(),
        attempt: 1,
        is_replay: false,
        is_dry_run: false,
        timeout: Duration::from_secs(10),
        event: LifecycleEvent {
            id: LifecycleId(11),
            organization: OrganizationId(1),
            project: ProjectId(2),
            issue: IssueId(5),
            change: Change::Created,
            actor: Actor::System,
            chain_depth: 0,
            at: now(),
        },
        issue: issue(),
        skipped: Vec::new(),
        config: settings.clone(),
        grant: Grant::default(),
    }
}

/// What other calls begin with.
pub(super) fn head(settings: &Value) -> CallHead {
    CallHead {
        delivery: DeliveryId(7),
        installation: InstallationId(1),
        idempotency_key: "errand-7".to_owned(),
        attempt: 1,
        is_replay: false,
        is_dry_run: false,
        timeout: Duration::from_secs(10),
        config: settings.clone(),
        grant: Grant::default(),
    }
}

/// The event that the issue is of.
pub(super) fn event() -> Value {
    json!({
        "event_id": "3c1b1f0f7f0a4b0e8d4f0c6a1f2e3d4c",
        "level": "error",
        "platform": "javascript",
        "environment": "production",
        "release": "shop@1.0.0",
        "user": { "id": "ada" },
        "exception": { "values": [{
            "type": "TypeError",
            "value": "x is undefined",
            "stacktrace": { "frames": [
                { "filename": "checkout.js", "function": "pay", "lineno": 7, "in_app": true },
            ] },
        }] },
    })
}

fn issue() -> IssueSummary {
    IssueSummary {
        id: IssueId(5),
        short_id: "SHOP-1A".to_owned(),
        url: "https://errors.example.com/organizations/example/issues/5/".to_owned(),
        title: "TypeError: x is undefined".to_owned(),
        culprit: "checkout.js in pay".to_owned(),
        level: Level::Error,
        status: Status::Unresolved,
        substatus: Substatus::New,
        priority: Priority::High,
        assignee: None,
        platform: "javascript".to_owned(),
        first_seen: now(),
        last_seen: now(),
        times_seen: 1,
        users_seen: 1,
        project: ProjectSummary {
            id: ProjectId(2),
            slug: "shop".to_owned(),
            name: "Shop".to_owned(),
            platform: Some("javascript".to_owned()),
            organization: "example".to_owned(),
        },
        revision: 1,
    }
}
