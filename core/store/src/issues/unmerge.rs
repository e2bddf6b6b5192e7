//! Taking hashes out of an issue again, into a new one.

use errand_model::lifecycle::Change;
use errand_model::{GroupHash, IssueId};

use super::change::{By, hold_one};
use super::merge::lock_projects;
use crate::facts::moved;
use crate::outbox::{Happening, record};
use crate::persist::recount::{FactsOf, recount};
use crate::{Context, Error, Result, Statement, Tx, execute, fetch_all, fetch_one};

/// Takes `hashes` out of `issue` into a new issue, with the events they decided. What is counted is counted anew
/// for both, from the events themselves: `facts` reads a payload, as the pipeline did when it came. Answers the
/// new issue, which is new, whatever the old one's state.
pub async fn unmerge(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    issue: IssueId,
    hashes: &[GroupHash],
    facts: FactsOf<'_>,
) -> Result<IssueId> {
    lock_projects(tx, &[issue]).await?;
    let held = hold_one(tx, issue).await?;
    let bound = fetch_all!(
        tx,
        (Vec<u8>,),
        "SELECT hash FROM grouping WHERE issue_id = $1",
        issue.0
    )?;
    let is_bound = |hash: &GroupHash| bound.iter().any(|(bound,)| *bound == hash.0);
    if hashes.is_empty() || !hashes.iter().all(is_bound) {
        return Err(Error::invalid(
            "the hashes to take out must be hashes of the issue",
        ));
    }
    let remains = bound
        .iter()
        .any(|(bound,)| !hashes.iter().any(|hash| *bound == hash.0));
    if !remains {
        return Err(Error::invalid(
            "all hashes of an issue cannot be taken out of it: nothing would be left",
        ));
    }
    let new = IssueId(cx.id());
    copy(tx, issue, new).await?;
    for text in ["UPDATE grouping SET issue_id = ", "UPDATE event SET issue_id = "] {
        let mut statement = Statement::new(tx.dialect(), text);
        statement
            .bind(new.0)?
            .push(" WHERE issue_id = ")
            .bind(issue.0)?
            .push(" AND hash IN ");
        statement.bind_list(hashes.iter().map(|hash| hash.0.as_slice()))?;
        statement.execute(&mut *tx).await?;
    }
    moved::record(tx, cx, held.project, issue, hashes, Some(new)).await?;
    recount(tx, issue, facts).await?;
    recount(tx, new, facts).await?;
    execute!(
        tx,
        "UPDATE issue SET revision = revision + 1 WHERE id = $1",
        issue.0
    )?;
    let created = Happening {
        issue: new,
        ..held.happening(by, Change::Created)
    };
    record(
        tx,
        cx,
        &[held.happening(by, Change::Unmerged { into: new }), created],
    )
    .await?;
    Ok(new)
}

/// A new issue, like the old one until its own events are read.
async fn copy(tx: &mut Tx, issue: IssueId, new: IssueId) -> Result<()> {
    let (next,) = fetch_one!(
        tx,
        (i64,),
        "UPDATE project SET next_number = next_number + 1
         WHERE id = (SELECT project_id FROM issue WHERE id = $1) RETURNING next_number",
        issue.0
    )?;
    execute!(
        tx,
        "INSERT INTO issue (id, project_id, number, title, culprit, kind, metadata, level, platform, logger, status,
            substatus, awaits_deploy, priority, first_seen, last_seen, times_seen, users_seen, comments, revision,
            trend, score)
         SELECT CAST($1 AS BIGINT), project_id, CAST($2 AS BIGINT), title, culprit, kind, metadata, level, platform,
            logger, 0, 0, FALSE, priority, first_seen, last_seen, 0, 0, 0, 0, 0, score
         FROM issue WHERE id = $3",
        new.0,
        next - 1,
        issue.0
    )
    .map(|_| ())
}
