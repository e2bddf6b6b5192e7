//! What is to be done about facts from time to time: folding them, applying for good what happened to their issues, and
//! forgetting those that are old enough.

use std::collections::BTreeMap;

use errand_model::{ProjectId, Timestamp};

use super::block::CAUSE;
use super::column::{Cause, Causes, Column};
use super::fold::{batches, blocks_alike, delete_blocks, moves, project_due, rewrite};
use super::moved::Moved;
use super::reading::columns;
use crate::retention::{self, Keep, Reason};
use crate::{Context, Db, Reads, Result, Statement, Tx, execute, fetch_all, fetch_one, fetch_optional};

/// Moves wait for so long, in seconds, so that a block is not written again for each of them.
const SETTLED_AFTER: i64 = 86_400;
/// Unless there are so many.
const MANY_MOVES: i64 = 200;
/// Blocks that one transaction forgets.
const BLOCKS: i64 = 4;

/// One thing that is to be done.
#[derive(Clone, Debug)]
pub struct Due(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// A project's batches become a block.
    Batches(i64),
    /// A project's blocks become one.
    Blocks(i64, Vec<i64>),
    /// Issues of a block's facts have moved: the block, its project, and the number of moves that it is at.
    Moved(i64, i64, i64),
    /// Blocks are older than they are kept, or the oldest of too many.
    Old(Reason, Vec<i64>),
    /// Moves and batches that nobody needs.
    Leavings(Timestamp),
}

/// The next thing to do.
pub async fn due(db: &Db, now: Timestamp) -> Result<Option<Due>> {
    if let Some(project) = project_due(db, now).await? {
        return Ok(Some(Due(Kind::Batches(project))));
    }
    if let Some((project, blocks)) = blocks_alike(db).await? {
        return Ok(Some(Due(Kind::Blocks(project, blocks))));
    }
    let moved = fetch_optional!(
        db,
        (i64, i64, i64),
        "SELECT fact_block.id, fact_block.project_id, fact_block.moved
         FROM fact_block JOIN project ON project.id = fact_block.project_id
         WHERE fact_block.moved < project.moves AND (fact_block.moved + $1 < project.moves
            OR EXISTS (SELECT 1 FROM fact_move WHERE fact_move.project_id = fact_block.project_id
                AND fact_move.number > fact_block.moved AND fact_move.at < $2))
         ORDER BY fact_block.id LIMIT 1",
        MANY_MOVES,
        now.plus_seconds(-SETTLED_AFTER).micros()
    )?;
    if let Some((block, project, at)) = moved {
        return Ok(Some(Due(Kind::Moved(block, project, at))));
    }
    let rules = retention::rules(db).await?;
    let since = kept_since(now, rules.facts);
    let sql = "SELECT id FROM fact_block WHERE last < $1 ORDER BY last LIMIT $2";
    let (mut why, mut old) = (
        Reason::FactsAge,
        fetch_all!(db, (i64,), sql, since.micros(), BLOCKS)?,
    );
    if let Some(most) = rules.facts.bytes
        && old.is_empty()
        && stored(db).await? > most
    {
        // Whoever asks about longer ago gets fewer of all projects, and not none of one.
        let sql = "SELECT id FROM fact_block ORDER BY last, id LIMIT 1";
        (why, old) = (Reason::FactsSize, fetch_all!(db, (i64,), sql)?);
    }
    if !old.is_empty() {
        let old = old.into_iter().map(|(id,)| id).collect();
        return Ok(Some(Due(Kind::Old(why, old))));
    }
    // Those of a project that is quiet are too few to be folded.
    let sql = "SELECT id FROM fact_batch WHERE last < $1 LIMIT 1";
    if fetch_optional!(db, (i64,), sql, since.micros())?.is_some() {
        return Ok(Some(Due(Kind::Leavings(since))));
    }
    let leavings = fetch_optional!(
        db,
        (i64,),
        "SELECT number FROM fact_move WHERE at < $1
            AND NOT EXISTS (SELECT 1 FROM fact_block WHERE fact_block.project_id = fact_move.project_id
                AND fact_block.moved < fact_move.number)
            AND NOT EXISTS (SELECT 1 FROM fact_batch WHERE fact_batch.project_id = fact_move.project_id
                AND fact_batch.moved < fact_move.number AND fact_batch.last >= $2)
         LIMIT 1",
        now.plus_seconds(-SETTLED_AFTER).micros(),
        since.micros()
    )?;
    Ok(leavings.map(|_| Due(Kind::Leavings(since))))
}

/// The bytes of all facts that are in blocks, of which the bound is: what is in batches is little, and soon in a block.
pub async fn stored(mut on: impl Reads) -> Result<i64> {
    let sql = "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM fact_block";
    Ok(fetch_one!(on, (i64,), sql)?.0)
}

/// Does what is due. Others may do the same at the same time: then it is done once.
pub async fn keep(db: &Db, cx: Context<'_>, due: Due) -> Result<()> {
    match due.0 {
        Kind::Batches(project) => batches(db, cx, project).await,
        Kind::Blocks(project, blocks) => rewrite(db, cx, project, &blocks).await,
        Kind::Moved(block, project, at) => settle(db, cx, block, project, at).await,
        Kind::Old(why, blocks) => forget(db, cx.now(), why, &blocks).await,
        Kind::Leavings(since) => clear(db, cx.now(), since).await,
    }
}

/// The facts that there are, those that were stored lately among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// How many.
    pub facts: i64,
    /// What they take, in bytes.
    pub bytes: i64,
    /// When the first of them happened.
    pub since: Option<Timestamp>,
}

/// How many facts there are, what they take, and since when.
pub async fn extent(mut on: impl Reads) -> Result<Extent> {
    let rows = fetch_all!(
        on,
        (i64, i64, Option<i64>),
        "SELECT CAST(COALESCE(SUM(facts), 0) AS BIGINT), CAST(COALESCE(SUM(bytes), 0) AS BIGINT), MIN(first)
         FROM fact_block
         UNION ALL
         SELECT CAST(COALESCE(SUM(facts), 0) AS BIGINT), CAST(COALESCE(SUM(LENGTH(content)), 0) AS BIGINT), MIN(first)
         FROM fact_batch"
    )?;
    let first = rows.iter().filter_map(|(_, _, first)| *first).min();
    Ok(Extent {
        facts: rows.iter().map(|(facts, _, _)| *facts).sum(),
        bytes: rows.iter().map(|(_, bytes, _)| *bytes).sum(),
        since: first.map(Timestamp::from_micros),
    })
}

/// Forgets blocks, and writes down how much that was.
async fn forget(db: &Db, now: Timestamp, why: Reason, blocks: &[i64]) -> Result<()> {
    let mut tx = db.begin().await?;
    let mut held = Statement::new(
        tx.dialect(),
        "SELECT project_id, facts, bytes FROM fact_block WHERE id IN ",
    );
    held.bind_list(blocks.iter().copied())?;
    let held: Vec<(i64, i64, i64)> = held.fetch_all(&mut tx).await?;
    if !delete_blocks(&mut tx, blocks).await? {
        // Somebody else was faster; what is left of them is due again.
        return tx.rollback().await;
    }
    record(&mut tx, now, why, &held).await?;
    tx.commit().await
}

/// Writes down what was forgotten: by project, so many facts, of so many bytes.
async fn record(tx: &mut Tx, now: Timestamp, why: Reason, forgotten: &[(i64, i64, i64)]) -> Result<()> {
    let mut sums: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for (project, facts, bytes) in forgotten {
        let sum = sums.entry(*project).or_default();
        *sum = (sum.0 + facts, sum.1 + bytes);
    }
    for (project, sum) in sums {
        retention::record(tx, ProjectId(project), why, sum, now).await?;
    }
    Ok(())
}

/// When facts are forgotten that are older.
fn kept_since(now: Timestamp, keep: Keep) -> Timestamp {
    let days = keep.days.map_or(super::DAYS, |days| days.clamp(1, super::DAYS));
    now.plus_seconds(-days * 86_400)
}

/// Deletes moves that no fact is behind any more, and batches that are too few to be folded and too old to be kept.
async fn clear(db: &Db, now: Timestamp, since: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let forgotten = fetch_all!(
        tx,
        (i64, i64, i64),
        "DELETE FROM fact_batch WHERE last < $1 RETURNING project_id, facts, CAST(LENGTH(content) AS BIGINT)",
        since.micros()
    )?;
    record(&mut tx, now, Reason::FactsAge, &forgotten).await?;
    execute!(
        tx,
        "DELETE FROM fact_move WHERE at < $1
            AND NOT EXISTS (SELECT 1 FROM fact_block WHERE fact_block.project_id = fact_move.project_id
                AND fact_block.moved < fact_move.number)
            AND NOT EXISTS (SELECT 1 FROM fact_batch WHERE fact_batch.project_id = fact_move.project_id
                AND fact_batch.moved < fact_move.number)",
        now.plus_seconds(-SETTLED_AFTER).micros()
    )?;
    tx.commit().await
}

/// Applies to a block what happened to its issues: facts of deleted issues are gone then.
async fn settle(db: &Db, cx: Context<'_>, block: i64, project: i64, at: i64) -> Result<()> {
    let moves = moves(db, project).await?;
    let columns = columns(db, &[block], Some(&[CAUSE.to_owned()])).await?;
    let Some((_, stored)) = columns.get(&block).and_then(|columns| columns.first()) else {
        return Ok(());
    };
    let causes: Column<Causes> = Column::load(stored)?;
    let since = Moved::new(&moves, project, at);
    let is_same = |cause: &Cause| since.now(*cause) == Some(cause.issue);
    if !causes.values.0.iter().all(is_same) {
        return rewrite(db, cx, project, &[block]).await;
    }
    let mut tx = db.begin().await?;
    execute!(
        tx,
        "UPDATE fact_block SET moved = $1 WHERE id = $2",
        since.number(),
        block
    )?;
    tx.commit().await
}
