//! Deleting issues, and discarding what would become of them.

use errand_model::IssueId;
use errand_model::lifecycle::Change;

use super::change::{By, hold};
use super::merge::{forget, lock_projects};
use crate::outbox::record;
use crate::{Context, Result, Tx, execute, facts, storage};

/// Deletes issues with all their events. With `discard`, later events of the same kind are dropped; without, they
/// make a new issue. Answers those that were there.
pub async fn delete(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    ids: &[IssueId],
    discard: bool,
) -> Result<Vec<IssueId>> {
    lock_projects(tx, ids).await?;
    let held = hold(tx, ids).await?;
    let happenings: Vec<_> = held
        .iter()
        .map(|held| held.happening(by, Change::Deleted { discard }))
        .collect();
    record(tx, cx, &happenings).await?;
    let hashes = if discard {
        "UPDATE grouping SET issue_id = NULL WHERE issue_id = $1"
    } else {
        "DELETE FROM grouping WHERE issue_id = $1"
    };
    for held in &held {
        storage::forget_issue(tx, held.id).await?;
        for sql in [
            hashes,
            "DELETE FROM attachment WHERE (event_id, project_id) IN
                (SELECT event_id, project_id FROM event WHERE issue_id = $1)",
            "DELETE FROM user_report WHERE (event_id, project_id) IN
                (SELECT event_id, project_id FROM event WHERE issue_id = $1)",
            "DELETE FROM event WHERE issue_id = $1",
            "DELETE FROM plugin_comment WHERE activity_id IN (SELECT id FROM activity WHERE issue_id = $1)",
            "DELETE FROM activity WHERE issue_id = $1",
        ] {
            execute!(tx, sql, held.id.0)?;
        }
        facts::moved::record(tx, cx, held.project, held.id, &[], None).await?;
        forget(tx, held.id).await?;
    }
    Ok(held.into_iter().map(|held| held.id).collect())
}
