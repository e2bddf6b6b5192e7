//! Issues that are gone, as they stood: who is owed to hear that one was deleted has to be told which.

use errand_model::IssueId;
use errand_model::issue::Issue;

use super::list;
use crate::outbox::text_of;
use crate::{Db, Error, Reads, Result, Statement, Tx, execute};

/// Keeps how an issue stands that is about to go, in the transaction in which it goes.
pub(super) async fn keep(tx: &mut Tx, issue: IssueId) -> Result<()> {
    let Some(issue) = list::get(&mut *tx, issue).await? else {
        return Ok(());
    };
    execute!(
        tx,
        "INSERT INTO gone_issue (issue_id, project_id, issue) VALUES ($1, $2, $3)
         ON CONFLICT (issue_id) DO UPDATE SET issue = excluded.issue",
        issue.id.0,
        issue.project.0,
        text_of(&issue)?
    )
    .map(|_| ())
}

/// The issues of `ids` that are gone and still to be told of, as they stood.
pub async fn gone(on: impl Reads, ids: &[IssueId]) -> Result<Vec<Issue>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = Statement::new(on.dialect(), "SELECT issue FROM gone_issue WHERE issue_id IN ");
    statement.bind_list(ids.iter().map(|id| id.0))?;
    let rows: Vec<(String,)> = statement.fetch_all(on).await?;
    let read = |(text,): (String,)| {
        serde_json::from_str(&text).map_err(|why| Error::corrupt("gone_issue.issue", why))
    };
    rows.into_iter().map(read).collect()
}

/// Forgets up to `limit` of those that nobody is owed to hear of any more: who deletes an issue wants it gone. What was
/// given up counts as owed, because it can be tried again.
pub async fn forget_told(db: &Db, limit: i64) -> Result<u64> {
    let mut tx = db.begin().await?;
    let forgotten = execute!(
        tx,
        "DELETE FROM gone_issue WHERE issue_id IN (
            SELECT issue_id FROM gone_issue
            WHERE NOT EXISTS (SELECT 1 FROM delivery
                WHERE delivery.issue_id = gone_issue.issue_id AND delivery.state IN (0, 1, 4, 5))
              AND NOT EXISTS (SELECT 1 FROM lifecycle
                WHERE lifecycle.issue_id = gone_issue.issue_id AND NOT lifecycle.is_fanned_out)
            ORDER BY issue_id LIMIT $1)",
        limit
    )?;
    tx.commit().await?;
    Ok(forgotten)
}
