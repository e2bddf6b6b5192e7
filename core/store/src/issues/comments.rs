//! Comments. A comment is an activity; its id is the activity's.

use errand_model::IssueId;
use errand_model::lifecycle::{Actor, Change};
use errand_model::staged::check_comment;

use super::change::{By, hold_one};
use crate::outbox::{record, text_of};
use crate::{Context, Error, Result, Tx, execute, fetch_optional};

/// Says something about an issue, in Markdown; answers the comment's id.
pub async fn comment(tx: &mut Tx, cx: Context<'_>, by: &By, issue: IssueId, text: &str) -> Result<i64> {
    check_comment(text).map_err(Error::invalid)?;
    let held = hold_one(tx, issue).await?;
    execute!(
        tx,
        "UPDATE issue SET comments = comments + 1 WHERE id = $1",
        issue.0
    )?;
    // The activity's id is put in where it is made.
    let change = Change::Commented {
        activity: 0,
        text: text.to_owned(),
    };
    let ids = record(tx, cx, &[held.happening(by, change)]).await?;
    ids.first().map(|id| id.0).ok_or(Error::Missing { what: "issue" })
}

/// Says it otherwise. Only who wrote a comment may; nobody else is told.
pub async fn edit_comment(
    tx: &mut Tx,
    actor: &Actor,
    issue: IssueId,
    comment: i64,
    text: &str,
) -> Result<()> {
    check_comment(text).map_err(Error::invalid)?;
    hold_one(tx, issue).await?;
    own(tx, actor, issue, comment).await?;
    let change = Change::Commented {
        activity: comment,
        text: text.to_owned(),
    };
    execute!(
        tx,
        "UPDATE activity SET change = $1 WHERE id = $2",
        text_of(&change)?,
        comment
    )
    .map(|_| ())
}

/// Takes it back. Only who wrote a comment may.
pub async fn delete_comment(tx: &mut Tx, actor: &Actor, issue: IssueId, comment: i64) -> Result<()> {
    hold_one(tx, issue).await?;
    own(tx, actor, issue, comment).await?;
    execute!(tx, "DELETE FROM activity WHERE id = $1", comment)?;
    execute!(
        tx,
        "UPDATE issue SET comments = comments - 1 WHERE id = $1",
        issue.0
    )
    .map(|_| ())
}

/// Fails unless it is a comment of that issue, and the actor's own.
async fn own(tx: &mut Tx, actor: &Actor, issue: IssueId, comment: i64) -> Result<()> {
    let missing = Error::Missing {
        what: "comment of yours",
    };
    let sql = "SELECT change, actor FROM activity WHERE id = $1 AND issue_id = $2";
    let Some((change, writer)) = fetch_optional!(tx, (String, String), sql, comment, issue.0)? else {
        return Err(missing);
    };
    let change: Change =
        serde_json::from_str(&change).map_err(|why| Error::corrupt("activity.change", why))?;
    let writer: Actor = serde_json::from_str(&writer).map_err(|why| Error::corrupt("activity.actor", why))?;
    let is_same = match (&writer, actor) {
        // People change their names.
        (Actor::User { id: Some(one), .. }, Actor::User { id: Some(other), .. }) => one == other,
        (one, other) => one == other,
    };
    if matches!(change, Change::Commented { .. }) && is_same {
        Ok(())
    } else {
        Err(missing)
    }
}
