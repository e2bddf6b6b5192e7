//! An issue, in a list and by itself.

use std::collections::BTreeMap;

use errand_model::issue::{ArchiveUntil, Deployed, Issue, Resolution, Status, short_id};
use serde::Serialize;
use utoipa::ToSchema;

use super::activity::ActivityShape;
use super::project::ProjectSummary;
use super::release::ReleaseShape;
use super::tags::TagSummary;
use super::{Nothing, Time};

/// Seconds since 1970, and how many events from then on.
pub(crate) type Point = (i64, i64);

/// An issue as lists show it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Issue)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IssueShape {
    id: String,
    share_id: Nothing,
    /// The project's slug and a number: `SHOP-1A`.
    short_id: String,
    title: String,
    /// Where it happened, in words.
    culprit: String,
    /// Its page.
    permalink: String,
    logger: Option<String>,
    level: &'static str,
    /// `unresolved`, `resolved` or `ignored` (archived).
    status: &'static str,
    status_details: StatusDetails,
    /// `new`, `ongoing`, `regressed`, `escalating`, `archived_forever`, …
    substatus: Option<&'static str>,
    is_public: bool,
    platform: String,
    project: ProjectSummary,
    /// `error`, `default` (a message), `csp`, …
    #[serde(rename = "type")]
    kind: &'static str,
    /// The parts of the title.
    #[schema(value_type = Object)]
    metadata: serde_json::Value,
    num_comments: i64,
    assigned_to: Option<Assigned>,
    is_bookmarked: bool,
    is_subscribed: bool,
    subscription_details: Nothing,
    has_seen: bool,
    #[schema(value_type = Vec<Object>)]
    annotations: [(); 0],
    issue_type: &'static str,
    issue_category: &'static str,
    /// `high`, `medium` or `low`.
    priority: &'static str,
    is_unhandled: bool,
    /// Events, exactly.
    count: String,
    /// Distinct users, exactly.
    user_count: i64,
    first_seen: Time,
    last_seen: Time,
    /// Events by time, for each period asked for: `{"24h": [[seconds, events], …]}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BTreeMap<String, Vec<Vec<i64>>>>)]
    stats: Option<BTreeMap<&'static str, Vec<Point>>>,
}

/// Whose an issue is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Assigned {
    /// `user` or `team`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
}

/// How it was resolved, or until when it is archived.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct StatusDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    in_release: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    in_next_release: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_commit: Option<CommitShape>,
    /// The deploy that brought the fix to where customers are.
    #[serde(skip_serializing_if = "Option::is_none")]
    deployed: Option<DeployedShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_until: Option<Time>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    ignore_until_escalating: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_window: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_user_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_user_window: Option<i64>,
}

/// A commit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CommitShape {
    id: String,
}

/// The deploy that brought a fix.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DeployedShape {
    release: String,
    environment: String,
    date: Time,
    url: Option<String>,
}

impl StatusDetails {
    pub(crate) fn of(issue: &Issue) -> Self {
        let deployed = |deployed: &Deployed| DeployedShape {
            release: deployed.release.clone(),
            environment: deployed.environment.clone(),
            date: Time(deployed.at),
            url: deployed.url.clone(),
        };
        match issue.status {
            Status::Unresolved => StatusDetails::default(),
            Status::Resolved => StatusDetails {
                deployed: issue.deployed.as_ref().map(deployed),
                ..issue.resolution.as_ref().map(Self::resolved).unwrap_or_default()
            },
            Status::Ignored => issue.archive.as_ref().map(Self::archived).unwrap_or_default(),
        }
    }

    fn resolved(resolution: &Resolution) -> Self {
        let mut details = StatusDetails::default();
        match resolution {
            Resolution::Now => {}
            Resolution::InRelease { version } => details.in_release = Some(version.clone()),
            Resolution::InNextRelease { .. } => details.in_next_release = true,
            Resolution::InCommit { commit } => details.in_commit = Some(CommitShape { id: commit.clone() }),
        }
        details
    }

    fn archived(until: &ArchiveUntil) -> Self {
        StatusDetails {
            ignore_until: until.date.map(Time),
            ignore_until_escalating: until.escalating,
            ignore_count: until.events.map(|threshold| threshold.more),
            ignore_window: until.events.and_then(|threshold| threshold.window_minutes),
            ignore_user_count: until.users.map(|threshold| threshold.more),
            ignore_user_window: until.users.and_then(|threshold| threshold.window_minutes),
            ..StatusDetails::default()
        }
    }
}

/// What an issue is shown with.
pub(crate) struct Surroundings<'a> {
    /// Where the hub is reached, without a slash at the end.
    pub(crate) public_url: &'a str,
    /// Its project.
    pub(crate) project: &'a errand_model::project::Project,
    /// Whose it is.
    pub(crate) assigned: Option<Assigned>,
    /// Whether the program did not catch one of its events.
    pub(crate) is_unhandled: bool,
    /// Its series.
    pub(crate) stats: Option<BTreeMap<&'static str, Vec<Point>>>,
}

impl IssueShape {
    pub(crate) fn new(issue: Issue, around: Surroundings<'_>) -> Self {
        let status_details = StatusDetails::of(&issue);
        let base = around.public_url;
        IssueShape {
            id: issue.id.to_string(),
            share_id: Nothing,
            short_id: short_id(&around.project.slug, issue.number),
            title: issue.title,
            culprit: issue.culprit,
            permalink: format!("{base}/issues/{}", issue.id),
            logger: Some(issue.logger).filter(|logger| !logger.is_empty()),
            level: issue.level.as_str(),
            status: issue.status.as_str(),
            status_details,
            // Sentry's resolved issues have no finer state.
            substatus: (issue.status != Status::Resolved).then_some(issue.substatus.as_str()),
            is_public: false,
            platform: issue.platform,
            project: ProjectSummary::of(around.project),
            kind: issue.kind.as_str(),
            is_unhandled: around.is_unhandled,
            metadata: issue.metadata,
            num_comments: issue.comments,
            assigned_to: around.assigned,
            is_bookmarked: false,
            is_subscribed: false,
            subscription_details: Nothing,
            has_seen: false,
            annotations: [],
            issue_type: "error",
            issue_category: "error",
            priority: issue.priority.as_str(),
            count: issue.times_seen.to_string(),
            user_count: issue.users_seen,
            first_seen: Time(issue.first_seen),
            last_seen: Time(issue.last_seen),
            stats: around.stats,
        }
    }
}

/// An issue by itself: what lists show, and what happened to it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = IssueDetails)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IssueDetails {
    #[serde(flatten)]
    pub(crate) issue: IssueShape,
    /// The newest first.
    pub(crate) activity: Vec<ActivityShape>,
    /// The commonest tags.
    pub(crate) tags: Vec<TagSummary>,
    pub(crate) first_release: Option<ReleaseShape>,
    pub(crate) last_release: Option<ReleaseShape>,
    pub(crate) user_report_count: usize,
    /// Customers who wait by its open tickets; none where nobody does.
    pub(crate) customers_waiting: Option<CustomersWaiting>,
    #[schema(value_type = Vec<Object>)]
    pub(crate) participants: [(); 0],
    #[schema(value_type = Vec<Object>)]
    pub(crate) seen_by: [(); 0],
    #[schema(value_type = Vec<Object>)]
    pub(crate) plugin_actions: [(); 0],
    #[schema(value_type = Vec<Object>)]
    pub(crate) plugin_contexts: [(); 0],
    #[schema(value_type = Vec<Object>)]
    pub(crate) plugin_issues: [(); 0],
}

/// Customers who wait for an issue to be solved.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct CustomersWaiting {
    /// How many.
    pub(crate) count: usize,
    /// The first of them since when.
    pub(crate) since: Time,
}
