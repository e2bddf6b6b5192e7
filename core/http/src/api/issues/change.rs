//! What a request may change of issues.

use std::collections::BTreeMap;

use errand_model::issue::{Assignee, Issue, Priority};
use errand_model::{IssueId, ProjectId, TeamId, Timestamp, UserId};
use errand_store::issues::{self, Archive, By, More, Resolve};
use errand_store::{Context, Db, Tx, people, releases, teams};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::api::error::invalid;
use crate::error::Error;

/// What can be changed of issues; what is not named stays. Fields of Sentry's that mean nothing here
/// (`isBookmarked`, `hasSeen`, …) are passed over.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct IssueChanges {
    pub(super) status: Option<NewStatus>,
    #[serde(default)]
    pub(super) status_details: Option<Details>,
    pub(super) substatus: Option<NewSubstatus>,
    /// `user:1`, `team:1`, an e-mail address, a name, `#team`; empty or `null` for nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub(super) assigned_to: Option<Option<String>>,
    #[schema(value_type = Option<String>)]
    pub(super) priority: Option<Priority>,
    /// Folds the issues into one. Only for several at once.
    #[serde(default, deserialize_with = "flag")]
    #[schema(value_type = Option<bool>)]
    pub(super) merge: bool,
    /// Deletes the issues and drops their future events.
    #[serde(default, deserialize_with = "flag")]
    #[schema(value_type = Option<bool>)]
    pub(super) discard: bool,
}

/// Tells `null` from what is not named.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Sentry's clients write `1` for true.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected true, false, 1 or 0")]
    enum Flag {
        Bool(bool),
        Number(u8),
    }
    Ok(match Flag::deserialize(deserializer)? {
        Flag::Bool(flag) => flag,
        Flag::Number(number) => number != 0,
    })
}

/// A state that people set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum NewStatus {
    /// To be looked at.
    Unresolved,
    /// Done.
    Resolved,
    /// Done in the release that comes next.
    ResolvedInNextRelease,
    /// Archived.
    #[serde(alias = "muted", alias = "archived")]
    Ignored,
}

/// A finer state that people set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum NewSubstatus {
    /// Archived until it grows unusually.
    ArchivedUntilEscalating,
    /// Archived until what `statusDetails` says.
    ArchivedUntilConditionMet,
    /// Archived for good.
    ArchivedForever,
    /// Unresolved.
    Ongoing,
    /// Unresolved.
    New,
    /// Unresolved.
    Regressed,
    /// Unresolved.
    Escalating,
}

/// How it is resolved, or until when it is archived.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Details {
    /// A version, or `latest`.
    in_release: Option<String>,
    in_next_release: bool,
    /// A commit, or `{"commit": …, "repository": …}`.
    #[schema(value_type = Option<Object>)]
    in_commit: Option<Commit>,
    /// Minutes.
    #[serde(alias = "snoozeDuration")]
    ignore_duration: Option<i64>,
    /// A time.
    ignore_until: Option<String>,
    ignore_until_escalating: bool,
    /// That many more events.
    ignore_count: Option<i64>,
    /// Within that many minutes.
    ignore_window: Option<i64>,
    /// That many more users.
    ignore_user_count: Option<i64>,
    /// Within that many minutes.
    ignore_user_window: Option<i64>,
}

/// A commit, as its id or with its repository.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a commit's id, or an object with `commit`")]
enum Commit {
    Id(String),
    InRepository { commit: String },
}

impl IssueChanges {
    /// The state that is set, where one is: a finer state or details alone say it too.
    fn new_status(&self) -> Option<NewStatus> {
        use NewSubstatus as S;
        let of_substatus = |substatus| match substatus {
            S::ArchivedForever | S::ArchivedUntilConditionMet | S::ArchivedUntilEscalating => {
                NewStatus::Ignored
            }
            S::New | S::Ongoing | S::Regressed | S::Escalating => NewStatus::Unresolved,
        };
        self.status.or(self.substatus.map(of_substatus))
    }

    /// Makes the changes, but for merging and discarding.
    pub(super) async fn apply(
        &self,
        tx: &mut Tx,
        cx: Context<'_>,
        by: &By,
        found: &[Issue],
        assignee: Option<Option<Assignee>>,
    ) -> Result<(), Error> {
        let ids: Vec<IssueId> = found.iter().map(|issue| issue.id).collect();
        match self.new_status() {
            None => {}
            Some(NewStatus::Unresolved) => drop(issues::unresolve(tx, cx, by, &ids).await?),
            Some(NewStatus::Ignored) => {
                let until = self.until(cx.now())?;
                issues::archive(tx, cx, by, &ids, until).await?;
            }
            Some(NewStatus::ResolvedInNextRelease) => {
                issues::resolve(tx, cx, by, &ids, &Resolve::InNextRelease).await?;
            }
            Some(NewStatus::Resolved) => self.resolve(tx, cx, by, found).await?,
        }
        if let Some(assignee) = assignee {
            issues::assign(tx, cx, by, &ids, assignee).await?;
        }
        if let Some(priority) = self.priority {
            issues::prioritize(tx, cx, by, &ids, priority).await?;
        }
        Ok(())
    }

    async fn resolve(&self, tx: &mut Tx, cx: Context<'_>, by: &By, found: &[Issue]) -> Result<(), Error> {
        let details = self.status_details.clone().unwrap_or_default();
        let all: Vec<IssueId> = found.iter().map(|issue| issue.id).collect();
        let how = match (details.in_release, details.in_commit) {
            (Some(version), _) if version == "latest" => {
                return resolve_in_latest(tx, cx, by, found).await;
            }
            (Some(version), _) if version.is_empty() => {
                return Err(invalid("statusDetails.inRelease", "", "a version, or latest"));
            }
            (Some(version), _) => Resolve::InRelease(version),
            (None, _) if details.in_next_release => Resolve::InNextRelease,
            (None, Some(Commit::Id(commit) | Commit::InRepository { commit })) => Resolve::InCommit(commit),
            (None, None) => Resolve::Now,
        };
        issues::resolve(tx, cx, by, &all, &how).await?;
        Ok(())
    }

    /// Until when to archive.
    fn until(&self, now: Timestamp) -> Result<Archive, Error> {
        let details = self.status_details.clone().unwrap_or_default();
        let positive = |field: &str, number: Option<i64>| match number {
            Some(number) if !(1..=1_000_000_000).contains(&number) => Err(invalid(
                &format!("statusDetails.{field}"),
                &number.to_string(),
                "a number greater than 0",
            )),
            number => Ok(number),
        };
        let more = |count: Option<i64>, window_minutes: Option<i64>| {
            count.map(|count| More {
                count,
                window_minutes,
            })
        };
        let duration = positive("ignoreDuration", details.ignore_duration)?;
        let read = |text: &str| {
            let allowed = "a time (2026-01-31T12:00:00Z)";
            Timestamp::parse_rfc3339(text).ok_or_else(|| invalid("statusDetails.ignoreUntil", text, allowed))
        };
        let date = details.ignore_until.as_deref().map(read).transpose()?;
        let is_escalating = self.substatus == Some(NewSubstatus::ArchivedUntilEscalating);
        Ok(Archive {
            escalating: details.ignore_until_escalating || is_escalating,
            date: duration.map(|minutes| now.plus_seconds(minutes * 60)).or(date),
            events: more(
                positive("ignoreCount", details.ignore_count)?,
                positive("ignoreWindow", details.ignore_window)?,
            ),
            users: more(
                positive("ignoreUserCount", details.ignore_user_count)?,
                positive("ignoreUserWindow", details.ignore_user_window)?,
            ),
        })
    }
}

/// Each issue in the newest release of its own project; at once, where that has none.
async fn resolve_in_latest(tx: &mut Tx, cx: Context<'_>, by: &By, found: &[Issue]) -> Result<(), Error> {
    let mut of_projects: BTreeMap<ProjectId, Vec<IssueId>> = BTreeMap::new();
    for issue in found {
        of_projects.entry(issue.project).or_default().push(issue.id);
    }
    for (project, ids) in of_projects {
        let latest = releases::newest(&mut *tx, project).await?;
        let how = latest.map_or(Resolve::Now, Resolve::InRelease);
        issues::resolve(tx, cx, by, &ids, &how).await?;
    }
    Ok(())
}

/// Whom `text` names.
pub(super) async fn assignee(
    db: &Db,
    organization: errand_model::OrganizationId,
    text: &str,
) -> Result<Option<Assignee>, Error> {
    let nobody = || {
        invalid(
            "assignedTo",
            text,
            "user:<id>, team:<id>, an e-mail address, a name, #team, or empty for nobody",
        )
    };
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(name) = text.strip_prefix("team:").or(text.strip_prefix('#')) {
        let team = match name.parse::<TeamId>() {
            Ok(id) => teams::by_id(db, id)
                .await?
                .filter(|team| team.organization == organization),
            Err(_) => teams::by_slug(db, organization, name).await?,
        };
        return team.map(|team| Some(Assignee::Team(team.id))).ok_or_else(nobody);
    }
    let name = text.strip_prefix("user:").unwrap_or(text);
    let person = match name.parse::<UserId>() {
        Ok(id) => people::by_id(db, id).await?,
        Err(_) => match people::by_email(db, name).await? {
            Some(person) => Some(person),
            None => people::list(db)
                .await?
                .into_iter()
                .find(|person| person.name == name),
        },
    };
    person
        .map(|person| Some(Assignee::User(person.id)))
        .ok_or_else(nobody)
}

/// Whom the changes name, where they name anybody.
pub(super) async fn assignee_of(
    db: &Db,
    organization: errand_model::OrganizationId,
    changes: &IssueChanges,
) -> Result<Option<Option<Assignee>>, Error> {
    match &changes.assigned_to {
        None => Ok(None),
        Some(name) => assignee(db, organization, name.as_deref().unwrap_or_default())
            .await
            .map(Some),
    }
}
