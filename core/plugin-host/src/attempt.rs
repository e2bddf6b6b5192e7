//! What goes into a delivery and what comes out: plain data, so that who calls need not know WebAssembly.

use std::time::Duration;

use errand_model::delivery::AttemptOutcome;
use errand_model::grant::Grant;
use errand_model::issue::{Assignee, Issue, Priority, Status, Substatus};
use errand_model::lifecycle::LifecycleEvent;
use errand_model::project::Project;
use errand_model::staged::StagedChange;
use errand_model::{DeliveryId, InstallationId, IssueId, Level, ProjectId, Timestamp};
use serde::Serialize;

/// One attempt at one delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryCall {
    /// The delivery.
    pub delivery: DeliveryId,
    /// The installation: whose settings, whose key-value store.
    pub installation: InstallationId,
    /// The same in every attempt; receivers tell repetitions by it.
    pub idempotency_key: String,
    /// 1 for the first.
    pub attempt: u32,
    /// Somebody asked for it again.
    pub is_replay: bool,
    /// Nothing is to be changed in the world: writing requests are recorded, not sent.
    pub is_dry_run: bool,
    /// How long it may take in all; cut to [`crate::Limits::wall`].
    pub timeout: Duration,
    /// What happened.
    pub event: LifecycleEvent,
    /// To which issue.
    pub issue: IssueSummary,
    /// What happened to it before and was not told, because this took its place; the oldest first.
    pub skipped: Vec<LifecycleEvent>,
    /// The installation's settings, a JSON object, with secrets in clear: they do not reach the plugin.
    pub config: serde_json::Value,
    /// What it may reach.
    pub grant: Grant,
}

/// An issue as plugins see it.
#[derive(Clone, Debug, PartialEq)]
pub struct IssueSummary {
    /// Its id.
    pub id: IssueId,
    /// `SHOP-1A`.
    pub short_id: String,
    /// Its page in the hub.
    pub url: String,
    /// What to call it.
    pub title: String,
    /// Where it happened.
    pub culprit: String,
    /// How bad it is.
    pub level: Level,
    /// Its state.
    pub status: Status,
    /// Its finer state.
    pub substatus: Substatus,
    /// How urgent it is.
    pub priority: Priority,
    /// Whose it is.
    pub assignee: Option<Assignee>,
    /// The platform of its first event.
    pub platform: String,
    /// When it first happened.
    pub first_seen: Timestamp,
    /// When it last happened.
    pub last_seen: Timestamp,
    /// Events.
    pub times_seen: i64,
    /// Distinct users.
    pub users_seen: i64,
    /// Where it belongs.
    pub project: ProjectSummary,
    /// Grows with every change of its state.
    pub revision: i64,
}

impl IssueSummary {
    /// Of an issue of the hub whose links begin with `base_url` (without a slash at the end).
    pub fn new(issue: &Issue, project: &Project, organization_slug: &str, base_url: &str) -> Self {
        IssueSummary {
            id: issue.id,
            short_id: errand_model::issue::short_id(&project.slug, issue.number),
            url: format!(
                "{base_url}/organizations/{organization_slug}/issues/{}/",
                issue.id
            ),
            title: issue.title.clone(),
            culprit: issue.culprit.clone(),
            level: issue.level,
            status: issue.status,
            substatus: issue.substatus,
            priority: issue.priority,
            assignee: issue.assignee,
            platform: issue.platform.clone(),
            first_seen: issue.first_seen,
            last_seen: issue.last_seen,
            times_seen: issue.times_seen,
            users_seen: issue.users_seen,
            project: ProjectSummary {
                id: project.id,
                slug: project.slug.clone(),
                name: project.name.clone(),
                platform: project.platform.clone(),
                organization: organization_slug.to_owned(),
            },
            revision: issue.revision,
        }
    }
}

/// A project as plugins see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectSummary {
    /// Its id.
    pub id: ProjectId,
    /// Its name in URLs.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// What it is written in.
    pub platform: Option<String>,
    /// The organization's name in URLs.
    pub organization: String,
}

/// How an attempt went. Everything in it is free of the installation's secrets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attempt {
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// What the plugin said, in order.
    pub log: Vec<LogLine>,
    /// The requests that it made, in order.
    pub requests: Vec<RequestRecord>,
    /// What it wants to change of issues, in order: for whoever acknowledges the call, and only if it went well.
    pub changes: Vec<StagedChange>,
    /// Why it did what it did, or did not, if it said so.
    pub explanation: Option<String>,
    /// Time that was computed, in milliseconds; waiting does not count.
    pub cpu_ms: u64,
    /// Linear memory at its largest, in bytes.
    pub memory_bytes: u64,
    /// Time that passed, in milliseconds.
    pub wall_ms: u64,
}

impl Attempt {
    /// One that ended before the plugin ran.
    pub fn not_run(outcome: AttemptOutcome) -> Self {
        Attempt {
            outcome,
            log: Vec::new(),
            requests: Vec::new(),
            changes: Vec::new(),
            explanation: None,
            cpu_ms: 0,
            memory_bytes: 0,
            wall_ms: 0,
        }
    }
}

/// A line of a plugin's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// How grave.
    pub severity: Severity,
    /// What, with control characters escaped.
    pub message: String,
    /// More, as the JSON text that the plugin gave; empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fields: String,
}

/// How grave a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// For the plugin's author.
    Debug,
    /// Worth knowing.
    Info,
    /// Not as it should be.
    Warn,
    /// Failed.
    Error,
}

/// A request that a plugin made, or was kept from making.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestRecord {
    /// `POST`.
    pub method: String,
    /// Without user, password, query and fragment, secrets blotted out.
    pub url: String,
    /// The answer's status; none if there was no answer.
    pub status: Option<u16>,
    /// Why there was no answer; for a dry run, that nothing was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How long it took.
    pub ms: u64,
    /// Bytes of its body.
    pub sent_bytes: u64,
    /// Bytes of the answer's body.
    pub received_bytes: u64,
    /// In a dry run, what would have been sent, as far as it is text; cut where it is long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}
