//! What users wrote about events.

use errand_model::page::{Cursor, Page};
use errand_model::{EventId, IssueId, ProjectId, Timestamp};

use crate::events::bytes16;
use crate::{Db, Result, Statement, fetch_all, page};

/// A report of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReport {
    /// Its id.
    pub id: i64,
    /// Its project.
    pub project: ProjectId,
    /// The event it is about.
    pub event_id: EventId,
    /// The event's issue, where the event is stored.
    pub issue: Option<IssueId>,
    /// Who wrote it.
    pub name: String,
    /// Their address.
    pub email: String,
    /// What they wrote.
    pub comments: String,
    /// When the hub got it.
    pub received: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    project_id: i64,
    event_id: Vec<u8>,
    issue_id: Option<i64>,
    name: String,
    email: String,
    comments: String,
    received: i64,
}

impl TryFrom<Row> for StoredReport {
    type Error = crate::Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(StoredReport {
            id: row.id,
            project: ProjectId(row.project_id),
            event_id: EventId(bytes16("user_report.event_id", &row.event_id)?),
            issue: row.issue_id.map(IssueId),
            name: row.name,
            email: row.email,
            comments: row.comments,
            received: Timestamp::from_micros(row.received),
        })
    }
}

macro_rules! reports {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.project_id, r.event_id, e.issue_id, r.name, r.email, r.comments, r.received \
             FROM user_report r LEFT JOIN event e ON e.event_id = r.event_id AND e.project_id = r.project_id ",
            $rest
        )
    };
}

/// A page of the reports of `projects`, the newest first.
pub async fn list(
    db: &Db,
    projects: &[ProjectId],
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<Page<StoredReport>> {
    let mut statement = Statement::new(db.dialect(), reports!("WHERE r.project_id IN "));
    statement.bind_list(projects.iter().map(|project| project.0))?;
    let is_backwards = cursor.is_some_and(|cursor| cursor.is_prev);
    if let Some(cursor) = cursor {
        statement
            .push(if is_backwards {
                " AND r.id > "
            } else {
                " AND r.id < "
            })
            .bind(cursor.value)?;
    }
    statement.push(if is_backwards {
        " ORDER BY r.id LIMIT "
    } else {
        " ORDER BY r.id DESC LIMIT "
    });
    statement.bind(i64::from(limit) + 1)?;
    let rows: Vec<Row> = statement.fetch_all(db).await?;
    let reports = rows
        .into_iter()
        .map(StoredReport::try_from)
        .collect::<Result<Vec<_>>>()?;
    Ok(page::by_key(reports, cursor, limit, |report| report.id))
}

/// The reports about an event, the newest first.
pub async fn of_event(db: &Db, project: ProjectId, event: EventId) -> Result<Vec<StoredReport>> {
    let sql = reports!("WHERE r.event_id = $1 AND r.project_id = $2 ORDER BY r.id DESC LIMIT 20");
    let rows = fetch_all!(db, Row, sql, event.0.as_slice(), project.0)?;
    rows.into_iter().map(StoredReport::try_from).collect()
}

/// Reports of a project that are looked through for those of an issue.
const LOOKED_THROUGH: i64 = 1_000;

/// The reports about events of an issue, the newest first. Reports are few: a project's newest are looked through,
/// and not the issue's events.
pub async fn of_issue(db: &Db, project: ProjectId, issue: IssueId) -> Result<Vec<StoredReport>> {
    let sql = "SELECT r.id, r.project_id, r.event_id, e.issue_id, r.name, r.email, r.comments, r.received \
               FROM (SELECT * FROM user_report WHERE project_id = $1 ORDER BY id DESC LIMIT $3) AS r \
               JOIN event e ON e.event_id = r.event_id AND e.project_id = r.project_id \
               WHERE +e.issue_id = $2 ORDER BY r.id DESC";
    let rows = fetch_all!(db, Row, sql, project.0, issue.0, LOOKED_THROUGH)?;
    rows.into_iter().map(StoredReport::try_from).collect()
}
