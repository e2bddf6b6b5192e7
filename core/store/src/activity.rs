//! What people see on an issue: changes and comments.

use errand_model::lifecycle::{Actor, Change};
use errand_model::page::{Cursor, Page};
use errand_model::{IssueId, Timestamp};

use crate::{Db, Error, Reads, Result, fetch_all, fetch_optional, page};

/// One thing that happened to an issue.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// Its id; grows with time.
    pub id: i64,
    /// The issue.
    pub issue: IssueId,
    /// What happened.
    pub change: Change,
    /// Who did it.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
}

type Row = (i64, i64, String, String, i64);

fn activity((id, issue, change, actor, at): Row) -> Result<Activity> {
    Ok(Activity {
        id,
        issue: IssueId(issue),
        change: serde_json::from_str(&change).map_err(|why| Error::corrupt("activity.change", why))?,
        actor: serde_json::from_str(&actor).map_err(|why| Error::corrupt("activity.actor", why))?,
        at: Timestamp::from_micros(at),
    })
}

/// A page of what happened to an issue, the newest first.
pub async fn of_issue(
    mut on: impl Reads,
    issue: IssueId,
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<Page<Activity>> {
    let is_backwards = cursor.is_some_and(|cursor| cursor.is_prev);
    let sql = if is_backwards {
        "SELECT id, issue_id, change, actor, at FROM activity WHERE issue_id = $1 AND id > $2 ORDER BY id LIMIT $3"
    } else {
        "SELECT id, issue_id, change, actor, at FROM activity WHERE issue_id = $1 AND id < $2 \
         ORDER BY id DESC LIMIT $3"
    };
    let from = cursor.map_or(i64::MAX, |cursor| cursor.value);
    let rows = fetch_all!(on, Row, sql, issue.0, from, i64::from(limit) + 1)?;
    let rows = rows.into_iter().map(activity).collect::<Result<Vec<_>>>()?;
    Ok(page::by_key(rows, cursor, limit, |row| row.id))
}

/// A page of the comments on an issue, the newest first.
pub async fn comments(db: &Db, issue: IssueId, cursor: Option<Cursor>, limit: u32) -> Result<Page<Activity>> {
    let is_backwards = cursor.is_some_and(|cursor| cursor.is_prev);
    // A comment's change is stored as JSON that begins with its kind.
    let sql = if is_backwards {
        "SELECT id, issue_id, change, actor, at FROM activity WHERE issue_id = $1 AND id > $2 \
         AND change LIKE '{\"kind\":\"commented\"%' ORDER BY id LIMIT $3"
    } else {
        "SELECT id, issue_id, change, actor, at FROM activity WHERE issue_id = $1 AND id < $2 \
         AND change LIKE '{\"kind\":\"commented\"%' ORDER BY id DESC LIMIT $3"
    };
    let from = cursor.map_or(i64::MAX, |cursor| cursor.value);
    let rows = fetch_all!(db, Row, sql, issue.0, from, i64::from(limit) + 1)?;
    let rows = rows.into_iter().map(activity).collect::<Result<Vec<_>>>()?;
    Ok(page::by_key(rows, cursor, limit, |row| row.id))
}

/// One of the things that happened to an issue.
pub async fn get(mut on: impl Reads, issue: IssueId, id: i64) -> Result<Option<Activity>> {
    let sql = "SELECT id, issue_id, change, actor, at FROM activity WHERE id = $1 AND issue_id = $2";
    let row = fetch_optional!(on, Row, sql, id, issue.0)?;
    row.map(activity).transpose()
}
