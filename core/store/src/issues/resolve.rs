//! Resolving, taking up again, archiving: one issue or many in one transaction.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use errand_model::issue::{ArchiveUntil, Resolution, Threshold};
use errand_model::staged::{Archive, More, Resolve};
use errand_model::{IssueId, ProjectId};

use super::change::{By, Held, hold, move_all};
use crate::{Context, Error, Result, Statement, Tx, fetch_all, fetch_one, releases};

/// Resolves issues. Answers those that were not resolved so already. A fix that runs where customers are already is told
/// as deployed at once.
pub async fn resolve(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    ids: &[IssueId],
    how: &Resolve,
) -> Result<Vec<IssueId>> {
    share_projects(tx, ids).await?;
    let mut newest: HashMap<ProjectId, Option<String>> = HashMap::new();
    if *how == Resolve::InNextRelease {
        for held in hold(tx, ids).await? {
            if let Entry::Vacant(unknown) = newest.entry(held.project) {
                unknown.insert(releases::newest(&mut *tx, held.project).await?);
            }
        }
    }
    let resolution = |held: &Held| match how {
        Resolve::Now => Resolution::Now,
        Resolve::InRelease(version) => Resolution::InRelease {
            version: version.clone(),
        },
        Resolve::InNextRelease => Resolution::InNextRelease {
            after: newest.get(&held.project).cloned().flatten(),
        },
        Resolve::InCommit(commit) => Resolution::InCommit {
            commit: commit.clone(),
        },
    };
    let resolved = move_all(tx, cx, by, ids, |held| held.state.resolve(resolution(held))).await?;
    if matches!(how, Resolve::InRelease(_) | Resolve::InNextRelease) {
        releases::already_deployed(tx, cx, by, &resolved).await?;
    }
    Ok(resolved)
}

/// Keeps others from deploying releases of these issues' projects until the transaction ends, so that no deploy misses
/// what is being resolved. Before issues are held, as everybody does it.
pub(super) async fn share_projects(tx: &mut Tx, issues: &[IssueId]) -> Result<()> {
    for issues in issues.chunks(500) {
        let lock = tx.dialect().for_key_share();
        let mut statement = Statement::new(
            tx.dialect(),
            "SELECT id FROM project WHERE id IN (SELECT project_id FROM issue WHERE id IN ",
        );
        statement
            .bind_list(issues.iter().map(|issue| issue.0))?
            .push(") ORDER BY id")
            .push(lock);
        statement.fetch_all::<(i64,)>(&mut *tx).await?;
    }
    Ok(())
}

/// Takes issues up again. Answers those that were not open.
pub async fn unresolve(tx: &mut Tx, cx: Context<'_>, by: &By, ids: &[IssueId]) -> Result<Vec<IssueId>> {
    move_all(tx, cx, by, ids, |held| held.state.unresolve()).await
}

/// Archives issues. Counts are from now on. Answers those that were not archived so already.
pub async fn archive(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    ids: &[IssueId],
    until: Archive,
) -> Result<Vec<IssueId>> {
    until.check().map_err(Error::invalid)?;
    let mut limits = HashMap::new();
    if until.escalating {
        for held in hold(tx, ids).await? {
            limits.insert(held.id, escalation_limit(tx, cx, held.id).await?);
        }
    }
    let now = cx.now();
    let threshold = |more: Option<More>, base: i64| {
        more.map(|more| Threshold {
            more: more.count,
            base,
            window_minutes: more.window_minutes,
            since: now,
        })
    };
    move_all(tx, cx, by, ids, |held| {
        held.state.archive(ArchiveUntil {
            escalating: until.escalating,
            date: until.date,
            events: threshold(until.events, held.times_seen),
            users: threshold(until.users, held.users_seen),
            escalation_limit: limits.get(&held.id).copied().unwrap_or_default(),
        })
    })
    .await
}

/// Moves on what time alone moves: archives whose date has come, issues that are no longer new. Answers how many
/// moved; called again and again until none does.
pub async fn pass_time(tx: &mut Tx, cx: Context<'_>, limit: i64) -> Result<usize> {
    let by = By::new(errand_model::lifecycle::Actor::System);
    let now = cx.now();
    let rows = fetch_all!(
        tx,
        (i64,),
        "SELECT id FROM issue WHERE substatus = 0 AND first_seen < $1 AND status = 0
         ORDER BY first_seen LIMIT $2",
        now.plus_seconds(-errand_model::state::NEW_SECONDS).micros(),
        limit
    )?;
    let archived = fetch_all!(
        tx,
        (i64,),
        "SELECT id FROM issue WHERE substatus IN (4, 5) AND archive NOT LIKE '%\"date\":null%'"
    )?;
    let ids: Vec<IssueId> = rows
        .into_iter()
        .chain(archived)
        .map(|(id,)| IssueId(id))
        .collect();
    let moved = move_all(tx, cx, &by, &ids, |held| held.state.on_time(now, held.first_seen)).await?;
    Ok(moved.len())
}

/// Twice the busiest hour of the last week, and never less than ten events: what is more than that is unusual.
async fn escalation_limit(tx: &mut Tx, cx: Context<'_>, issue: IssueId) -> Result<i64> {
    const LEAST: i64 = 10;
    let (busiest,) = fetch_one!(
        tx,
        (i64,),
        "SELECT COALESCE(MAX(events), 0) FROM issue_hour WHERE issue_id = $1 AND hour >= $2",
        issue.0,
        cx.now().plus_seconds(-7 * 86_400).micros()
    )?;
    Ok(busiest.saturating_mul(2).max(LEAST))
}
