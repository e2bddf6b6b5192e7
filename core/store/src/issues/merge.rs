//! Folding issues into one.

use errand_model::lifecycle::Change;
use errand_model::{IssueId, ProjectId};

use super::change::{By, hold};
use crate::outbox::record;
use crate::{Context, Error, Result, Statement, Tx, execute, facts};

/// Folds `losers` into `winner`: their hashes, events, counts and activities are its own from now on, and they are
/// gone. All are of one project. The winner's state stays as it is.
pub async fn merge(tx: &mut Tx, cx: Context<'_>, by: &By, winner: IssueId, losers: &[IssueId]) -> Result<()> {
    let mut losers: Vec<IssueId> = losers.iter().copied().filter(|loser| *loser != winner).collect();
    losers.sort_unstable();
    losers.dedup();
    if losers.is_empty() {
        return Err(Error::invalid(
            "two different issues at least are needed to merge",
        ));
    }
    let all: Vec<IssueId> = losers.iter().copied().chain([winner]).collect();
    lock_projects(tx, &all).await?;
    let held = hold(tx, &all).await?;
    if held.len() != all.len() {
        return Err(Error::Missing { what: "issue" });
    }
    if held.iter().any(|one| one.project != held[0].project) {
        return Err(Error::invalid("issues of different projects cannot be merged"));
    }
    for loser in &losers {
        fold(tx, *loser, winner).await?;
        facts::moved::record(tx, cx, held[0].project, *loser, &[], Some(winner)).await?;
    }
    execute!(
        tx,
        "UPDATE issue SET users_seen = (SELECT COUNT(*) FROM issue_user WHERE issue_id = $1),
            revision = revision + 1 WHERE id = $1",
        winner.0
    )?;
    let happening = held.iter().find(|one| one.id == winner).map(|one| {
        one.happening(
            by,
            Change::Merged {
                losers: losers.clone(),
            },
        )
    });
    record(tx, cx, happening.as_slice()).await?;
    Ok(())
}

/// Keeps others from reading or changing what the hashes of these issues' projects mean, until the transaction
/// ends. Before issues are held, as everybody does it.
pub(super) async fn lock_projects(tx: &mut Tx, issues: &[IssueId]) -> Result<Vec<ProjectId>> {
    let lock = tx.dialect().for_update();
    let mut statement = Statement::new(
        tx.dialect(),
        "SELECT id FROM project WHERE id IN (SELECT project_id FROM issue WHERE id IN ",
    );
    statement
        .bind_list(issues.iter().map(|issue| issue.0))?
        .push(") ORDER BY id")
        .push(lock);
    let rows: Vec<(i64,)> = statement.fetch_all(tx).await?;
    Ok(rows.into_iter().map(|(id,)| ProjectId(id)).collect())
}

async fn fold(tx: &mut Tx, loser: IssueId, winner: IssueId) -> Result<()> {
    for sql in [
        "UPDATE grouping SET issue_id = $1 WHERE issue_id = $2",
        "UPDATE event SET issue_id = $1 WHERE issue_id = $2",
        "UPDATE activity SET issue_id = $1 WHERE issue_id = $2",
        "UPDATE issue_link SET issue_id = $1 WHERE issue_id = $2 AND NOT EXISTS (
            SELECT 1 FROM issue_link AS kept WHERE kept.issue_id = $1
                AND kept.system = issue_link.system AND kept.external_id = issue_link.external_id)",
        "INSERT INTO issue_hour (issue_id, hour, events)
         SELECT CAST($1 AS BIGINT), hour, events FROM issue_hour WHERE issue_id = $2
         ON CONFLICT (issue_id, hour) DO UPDATE SET events = issue_hour.events + excluded.events",
        "INSERT INTO issue_user (issue_id, user_id)
         SELECT CAST($1 AS BIGINT), user_id FROM issue_user WHERE issue_id = $2
         ON CONFLICT (issue_id, user_id) DO NOTHING",
        "INSERT INTO issue_tag (issue_id, key_id, value_id, events, first_seen, last_seen)
         SELECT CAST($1 AS BIGINT), key_id, value_id, events, first_seen, last_seen FROM issue_tag
         WHERE issue_id = $2
         ON CONFLICT (issue_id, key_id, value_id) DO UPDATE SET
            events = issue_tag.events + excluded.events,
            first_seen = CASE WHEN excluded.first_seen < issue_tag.first_seen
                THEN excluded.first_seen ELSE issue_tag.first_seen END,
            last_seen = CASE WHEN excluded.last_seen > issue_tag.last_seen
                THEN excluded.last_seen ELSE issue_tag.last_seen END",
        "UPDATE issue SET
            times_seen = issue.times_seen + loser.times_seen,
            comments = issue.comments + loser.comments,
            first_release = CASE WHEN loser.first_seen < issue.first_seen
                THEN loser.first_release ELSE issue.first_release END,
            first_seen = CASE WHEN loser.first_seen < issue.first_seen
                THEN loser.first_seen ELSE issue.first_seen END,
            level = CASE WHEN loser.last_seen > issue.last_seen THEN loser.level ELSE issue.level END,
            last_release = CASE WHEN loser.last_seen > issue.last_seen
                THEN loser.last_release ELSE issue.last_release END,
            last_seen = CASE WHEN loser.last_seen > issue.last_seen
                THEN loser.last_seen ELSE issue.last_seen END
         FROM issue AS loser WHERE issue.id = $1 AND loser.id = $2",
    ] {
        execute!(tx, sql, winner.0, loser.0)?;
    }
    forget(tx, loser).await
}

/// Takes an issue's own rows away: its counts, and itself. How it stood is kept for who is to hear of it.
pub(super) async fn forget(tx: &mut Tx, issue: IssueId) -> Result<()> {
    super::gone::keep(tx, issue).await?;
    for sql in [
        "DELETE FROM issue_link WHERE issue_id = $1",
        "DELETE FROM issue_ownership WHERE issue_id = $1",
        "DELETE FROM issue_hour WHERE issue_id = $1",
        "DELETE FROM issue_user WHERE issue_id = $1",
        "DELETE FROM issue_tag WHERE issue_id = $1",
        "DELETE FROM issue WHERE id = $1",
    ] {
        execute!(tx, sql, issue.0)?;
    }
    Ok(())
}
