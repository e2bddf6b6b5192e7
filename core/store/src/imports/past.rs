//! What happened to an issue in another system: who resolved it, what was said.

use errand_model::lifecycle::{Actor, Change};
use errand_model::{IssueId, ProjectId, Timestamp};

use crate::outbox::text_of;
use crate::{Context, Result, Tx, execute};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct ForeignActivity {
    /// What.
    pub change: Change,
    /// Who did it.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
}

/// Brings what happened to an issue, the oldest first. Nobody is told: it happened long ago.
pub async fn past(
    tx: &mut Tx,
    cx: Context<'_>,
    (project, issue): (ProjectId, IssueId),
    activities: &[ForeignActivity],
) -> Result<()> {
    let mut comments = 0;
    for one in activities {
        let id = cx.id();
        let change = match &one.change {
            Change::Commented { text, .. } => {
                comments += 1;
                Change::Commented {
                    activity: id,
                    text: text.clone(),
                }
            }
            change => change.clone(),
        };
        execute!(
            tx,
            "INSERT INTO activity (id, issue_id, project_id, change, actor, at) VALUES ($1, $2, $3, $4, $5, $6)",
            id,
            issue.0,
            project.0,
            text_of(&change)?,
            text_of(&one.actor)?,
            one.at.micros()
        )?;
    }
    if comments > 0 {
        let sql = "UPDATE issue SET comments = comments + $1 WHERE id = $2";
        execute!(tx, sql, comments, issue.0)?;
    }
    Ok(())
}
