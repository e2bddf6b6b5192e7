//! Users whom an issue hit.

use errand_model::IssueId;
use errand_model::page::{Cursor, Page};

use crate::{Db, Result, fetch_all, page};

/// A user of one of the programs that send here.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AffectedUser {
    /// Told apart by its hash.
    pub id: i64,
    /// The SDK's id for them.
    pub ident: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Their name in the program.
    pub username: Option<String>,
    /// Where they came from.
    pub ip: Option<String>,
}

/// A page of the users whom an issue hit. They have no order that means anything.
pub async fn of_issue(
    db: &Db,
    issue: IssueId,
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<Page<AffectedUser>> {
    let sql = "SELECT u.id, u.ident, u.email, u.username, u.ip FROM issue_user i JOIN app_user u ON u.id = i.user_id \
               WHERE i.issue_id = $1 ORDER BY i.user_id LIMIT $2 OFFSET $3";
    let offset = cursor.map_or(0, |cursor| cursor.offset);
    let rows = fetch_all!(db, AffectedUser, sql, issue.0, i64::from(limit) + 1, offset)?;
    Ok(page::by_offset(rows, cursor, limit))
}
