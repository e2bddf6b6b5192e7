//! The row of an issue, and the issue that it stands for.

use errand_model::issue::{Assignee, EventKind, Issue, Priority, Status, Substatus};
use errand_model::{Level, Timestamp};

use crate::{Error, Result};

/// The columns of [`IssueRow`], for a `SELECT`.
macro_rules! issue_columns {
    () => {
        "id, project_id, number, title, culprit, kind, metadata, level, platform, logger, status, substatus, \
         resolution, deployed, archive, assignee_user, assignee_team, priority, first_seen, last_seen, first_release, \
         last_release, times_seen, users_seen, comments, revision"
    };
}
pub(crate) use issue_columns;

/// An issue as it is stored.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct IssueRow {
    id: i64,
    project_id: i64,
    number: i64,
    title: String,
    culprit: String,
    kind: i16,
    metadata: String,
    level: i16,
    platform: String,
    logger: String,
    status: i16,
    substatus: i16,
    resolution: Option<String>,
    deployed: Option<String>,
    archive: Option<String>,
    assignee_user: Option<i64>,
    assignee_team: Option<i64>,
    priority: i16,
    first_seen: i64,
    last_seen: i64,
    first_release: Option<String>,
    last_release: Option<String>,
    times_seen: i64,
    users_seen: i64,
    comments: i64,
    revision: i64,
}

impl TryFrom<IssueRow> for Issue {
    type Error = Error;

    fn try_from(row: IssueRow) -> Result<Self> {
        let unknown = |what, code: i16| Error::corrupt(what, format!("issue {} has {code}", row.id));
        Ok(Issue {
            id: row.id.into(),
            project: row.project_id.into(),
            number: row.number,
            kind: EventKind::from_code(row.kind).ok_or_else(|| unknown("issue.kind", row.kind))?,
            metadata: json("issue.metadata", &row.metadata)?,
            level: Level::from_code(row.level),
            status: Status::from_code(row.status).ok_or_else(|| unknown("issue.status", row.status))?,
            substatus: Substatus::from_code(row.substatus)
                .ok_or_else(|| unknown("issue.substatus", row.substatus))?,
            resolution: optional_json("issue.resolution", row.resolution.as_deref())?,
            deployed: optional_json("issue.deployed", row.deployed.as_deref())?,
            archive: optional_json("issue.archive", row.archive.as_deref())?,
            assignee: match (row.assignee_user, row.assignee_team) {
                (Some(user), _) => Some(Assignee::User(user.into())),
                (None, Some(team)) => Some(Assignee::Team(team.into())),
                (None, None) => None,
            },
            priority: Priority::from_code(row.priority)
                .ok_or_else(|| unknown("issue.priority", row.priority))?,
            title: row.title,
            culprit: row.culprit,
            platform: row.platform,
            logger: row.logger,
            first_seen: Timestamp::from_micros(row.first_seen),
            last_seen: Timestamp::from_micros(row.last_seen),
            first_release: row.first_release,
            last_release: row.last_release,
            times_seen: row.times_seen,
            users_seen: row.users_seen,
            comments: row.comments,
            revision: row.revision,
        })
    }
}

fn optional_json<T: serde::de::DeserializeOwned>(
    column: &'static str,
    text: Option<&str>,
) -> Result<Option<T>> {
    text.map(|text| json(column, text)).transpose()
}

fn json<T: serde::de::DeserializeOwned>(column: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::corrupt(column, error))
}
