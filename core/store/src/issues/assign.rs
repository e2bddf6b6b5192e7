//! Whose an issue is, and how urgent.

use errand_model::IssueId;
use errand_model::issue::{Assignee, Priority};
use errand_model::lifecycle::Change;

use super::change::{By, hold};
use crate::outbox::record;
use crate::{Context, Reads, Result, Tx, execute, fetch_one, fetch_optional};

/// Gives issues to somebody, or to nobody. Answers those that were not theirs already.
pub async fn assign(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    ids: &[IssueId],
    assignee: Option<Assignee>,
) -> Result<Vec<IssueId>> {
    let (user, team) = columns(assignee);
    let mut changed = Vec::new();
    let mut happenings = Vec::new();
    for held in hold(tx, ids).await? {
        let (was_user, was_team) = fetch_one!(
            tx,
            (Option<i64>, Option<i64>),
            "SELECT assignee_user, assignee_team FROM issue WHERE id = $1",
            held.id.0
        )?;
        if (was_user, was_team) == (user, team) {
            continue;
        }
        execute!(
            tx,
            "UPDATE issue SET assignee_user = $1, assignee_team = $2, revision = revision + 1 WHERE id = $3",
            user,
            team,
            held.id.0
        )?;
        happenings.push(held.happening(by, Change::Assigned { assignee }));
        changed.push(held.id);
    }
    record(tx, cx, &happenings).await?;
    Ok(changed)
}

/// Says how urgent issues are. Answers those of which that was not said already.
pub async fn prioritize(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    ids: &[IssueId],
    priority: Priority,
) -> Result<Vec<IssueId>> {
    let mut changed = Vec::new();
    let mut happenings = Vec::new();
    for held in hold(tx, ids).await? {
        let is_new = execute!(
            tx,
            "UPDATE issue SET priority = $1, revision = revision + 1 WHERE id = $2 AND priority <> $1",
            priority.code(),
            held.id.0
        )?;
        if is_new > 0 {
            happenings.push(held.happening(by, Change::Prioritized { priority }));
            changed.push(held.id);
        }
    }
    record(tx, cx, &happenings).await?;
    Ok(changed)
}

/// Gives an issue to whom an ownership rule names, and remembers the rule.
pub async fn give(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    id: IssueId,
    (assignee, rule): (Assignee, &str),
) -> Result<()> {
    assign(tx, cx, by, &[id], Some(assignee)).await?;
    let (user, team) = columns(Some(assignee));
    execute!(
        tx,
        "INSERT INTO issue_ownership (issue_id, rule, assignee_user, assignee_team) VALUES ($1, $2, $3, $4)
         ON CONFLICT (issue_id) DO UPDATE SET rule = excluded.rule, assignee_user = excluded.assignee_user,
            assignee_team = excluded.assignee_team",
        id.0,
        rule,
        user,
        team
    )
    .map(|_| ())
}

/// The ownership rule by which an issue is whose it is; none if somebody gave it to them.
pub async fn ownership(mut on: impl Reads, id: IssueId) -> Result<Option<String>> {
    let row = fetch_optional!(
        on,
        (String,),
        "SELECT rule FROM issue_ownership JOIN issue ON issue.id = issue_ownership.issue_id
         WHERE issue.id = $1 AND COALESCE(issue.assignee_user, 0) = COALESCE(issue_ownership.assignee_user, 0)
            AND COALESCE(issue.assignee_team, 0) = COALESCE(issue_ownership.assignee_team, 0)",
        id.0
    )?;
    Ok(row.map(|(rule,)| rule))
}

const fn columns(assignee: Option<Assignee>) -> (Option<i64>, Option<i64>) {
    match assignee {
        Some(Assignee::User(user)) => (Some(user.0), None),
        Some(Assignee::Team(team)) => (None, Some(team.0)),
        None => (None, None),
    }
}
