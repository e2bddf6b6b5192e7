//! Reading events back.
//!
//! Single ones here, those of an issue that match a query in [`search`](Search).
//!
//! Ids of rows grow with the time an event was received, so the newest of an issue are its highest, and the
//! neighbours of an event lie beside it in `event_of_issue`.

mod order;
mod search;

use std::collections::HashMap;

use errand_model::{EventId, EventRow, GroupHash, Ids, IssueId, OrganizationId, ProjectId, Timestamp};

pub use order::Order;
pub use search::{Found, Said, SaidBy, Search, search};

use crate::{Db, Error, Reads, Result, Statement, codec, fetch_all, fetch_optional};

/// An event as it was stored.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    /// Its row.
    pub row: EventRow,
    /// Its project.
    pub project: ProjectId,
    /// The id its SDK gave it.
    pub event_id: EventId,
    /// Its issue.
    pub issue: IssueId,
    /// The hash that decided the issue.
    pub hash: GroupHash,
    /// When it happened.
    pub timestamp: Timestamp,
    /// The whole event as JSON.
    pub payload: Vec<u8>,
}

/// The largest event that is read back, in bytes: what is accepted is a sixteenth of it.
const PAYLOAD_BYTES: usize = 16 * 1024 * 1024;

/// Which event of an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one received last.
    Latest,
    /// The one received first.
    Oldest,
}

/// The events before and after another one of the same issue, in the order in which they were received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The one before.
    pub previous: Option<EventId>,
    /// The one after.
    pub next: Option<EventId>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: i64,
    project_id: i64,
    event_id: Vec<u8>,
    issue_id: i64,
    hash: Vec<u8>,
    timestamp: i64,
    payload: Vec<u8>,
}

impl TryFrom<Row> for StoredEvent {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(StoredEvent {
            row: EventRow(row.id),
            project: ProjectId(row.project_id),
            event_id: EventId(bytes16("event.event_id", &row.event_id)?),
            issue: IssueId(row.issue_id),
            hash: GroupHash(bytes16("event.hash", &row.hash)?),
            timestamp: Timestamp::from_micros(row.timestamp),
            payload: codec::decompress(&row.payload, PAYLOAD_BYTES)?,
        })
    }
}

pub(crate) fn bytes16(column: &'static str, bytes: &[u8]) -> Result<[u8; 16]> {
    bytes
        .try_into()
        .map_err(|_| Error::corrupt(column, format!("{} bytes, not 16", bytes.len())))
}

macro_rules! event_columns {
    ($rest:literal) => {
        concat!(
            "SELECT e.id, e.project_id, e.event_id, e.issue_id, e.hash, e.timestamp, e.payload FROM event e ",
            $rest
        )
    };
}
pub(crate) use event_columns;

/// The newest event of an issue that had come in by a time.
pub async fn of_issue_at(mut on: impl Reads, issue: IssueId, at: Timestamp) -> Result<Option<StoredEvent>> {
    let sql = event_columns!("WHERE e.issue_id = $1 AND e.id < $2 ORDER BY e.id DESC LIMIT 1");
    let row = fetch_optional!(on, Row, sql, issue.0, Ids::floor(at.plus_millis(1)))?;
    row.map(StoredEvent::try_from).transpose()
}

/// An event of a project.
pub async fn get(mut on: impl Reads, project: ProjectId, event: EventId) -> Result<Option<StoredEvent>> {
    let sql = event_columns!("WHERE e.event_id = $1 AND e.project_id = $2");
    let row = fetch_optional!(on, Row, sql, event.0.as_slice(), project.0)?;
    row.map(StoredEvent::try_from).transpose()
}

/// An event of any project of an organization. SDKs make ids at random: should two projects have the same, the
/// newer is taken.
pub async fn find(
    mut on: impl Reads,
    organization: OrganizationId,
    event: EventId,
) -> Result<Option<StoredEvent>> {
    let sql = event_columns!(
        "JOIN project p ON p.id = e.project_id WHERE e.event_id = $1 AND p.organization_id = $2 \
         ORDER BY e.id DESC LIMIT 1"
    );
    let row = fetch_optional!(on, Row, sql, event.0.as_slice(), organization.0)?;
    row.map(StoredEvent::try_from).transpose()
}

/// An event of an issue.
pub async fn get_of_issue(mut on: impl Reads, issue: IssueId, event: EventId) -> Result<Option<StoredEvent>> {
    // The sign keeps the index of the event's id: it finds one row, the issue's may find a million.
    let sql = event_columns!("WHERE e.event_id = $1 AND +e.issue_id = $2");
    let row = fetch_optional!(on, Row, sql, event.0.as_slice(), issue.0)?;
    row.map(StoredEvent::try_from).transpose()
}

/// The newest or the oldest event of an issue.
pub async fn end_of_issue(mut on: impl Reads, issue: IssueId, which: Which) -> Result<Option<StoredEvent>> {
    let sql = match which {
        Which::Latest => event_columns!("WHERE e.issue_id = $1 ORDER BY e.id DESC LIMIT 1"),
        Which::Oldest => event_columns!("WHERE e.issue_id = $1 ORDER BY e.id LIMIT 1"),
    };
    let row = fetch_optional!(on, Row, sql, issue.0)?;
    row.map(StoredEvent::try_from).transpose()
}

/// The latest event of the issue of a project that was seen last, of those that have any.
pub async fn latest_of_project(db: &Db, project: ProjectId) -> Result<Option<StoredEvent>> {
    let issues = "SELECT id FROM issue WHERE project_id = $1 ORDER BY last_seen DESC, id DESC LIMIT 20";
    for (issue,) in fetch_all!(db, (i64,), issues, project.0)? {
        let latest = end_of_issue(db, IssueId(issue), Which::Latest).await?;
        if latest.is_some() {
            return Ok(latest);
        }
    }
    Ok(None)
}

/// The neighbours of an event of an issue.
pub async fn neighbours(db: &Db, issue: IssueId, row: EventRow) -> Result<Neighbours> {
    let before = "SELECT event_id FROM event WHERE issue_id = $1 AND id < $2 ORDER BY id DESC LIMIT 1";
    let after = "SELECT event_id FROM event WHERE issue_id = $1 AND id > $2 ORDER BY id LIMIT 1";
    let previous = fetch_optional!(db, (Vec<u8>,), before, issue.0, row.0)?;
    let next = fetch_optional!(db, (Vec<u8>,), after, issue.0, row.0)?;
    let id = |found: Option<(Vec<u8>,)>| {
        let bytes = found.map(|(bytes,)| bytes16("event.event_id", &bytes));
        Ok::<_, Error>(bytes.transpose()?.map(EventId))
    };
    Ok(Neighbours {
        previous: id(previous)?,
        next: id(next)?,
    })
}

/// Events of an issue in order, from behind a row on.
async fn along(
    db: &Db,
    issue: IssueId,
    order: Order,
    after: Option<i64>,
    limit: usize,
) -> Result<Vec<StoredEvent>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows: Vec<Row> = match order {
        Order::Newest => {
            let sql = event_columns!("WHERE e.issue_id = $1 AND e.id < $2 ORDER BY e.id DESC LIMIT $3");
            fetch_all!(db, Row, sql, issue.0, after.unwrap_or(i64::MAX), limit)?
        }
        Order::Oldest => {
            let sql = event_columns!("WHERE e.issue_id = $1 AND e.id > $2 ORDER BY e.id LIMIT $3");
            fetch_all!(db, Row, sql, issue.0, after.unwrap_or(0), limit)?
        }
    };
    rows.into_iter().map(StoredEvent::try_from).collect()
}

/// Those events of an issue that are there, by their rows, in that order.
async fn by_rows(db: &Db, issue: IssueId, rows: &[i64]) -> Result<Vec<StoredEvent>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = Statement::new(db.dialect(), event_columns!("WHERE e.id IN "));
    statement.bind_list(rows.iter().copied())?;
    // The sign keeps the issue's index out of it: there are few rows, and a million of the issue's.
    statement.push(" AND +e.issue_id = ").bind(issue.0)?;
    let found: Vec<Row> = statement.fetch_all(db).await?;
    let mut found: HashMap<i64, Row> = found.into_iter().map(|row| (row.id, row)).collect();
    let found = rows.iter().filter_map(|row| found.remove(row));
    found.map(StoredEvent::try_from).collect()
}
