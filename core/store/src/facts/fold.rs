//! Folds batches into blocks, and small blocks into larger ones: a fact is written again a few times in its life, and a
//! question reads few blocks.

use std::collections::BTreeMap;

use errand_model::{Ids, Timestamp};

use super::block::{Built, build, load};
use super::moved::{Move, Moved};
use super::reading::{Columns, columns};
use super::rows::Rows;
use crate::bulk::Bulk;
use crate::{Context, Db, Error, Reads, Result, Statement, Tx, execute, fetch_all};

/// Batches that are folded in one go.
const MOST_BATCHES: i64 = 1_024;
/// Facts that are taken from batches in one go.
const MOST_FACTS: i64 = 131_072;
/// A project's batches are folded when there are so many of them, or of their facts,
const MANY_BATCHES: i64 = 128;
const MANY_FACTS: i64 = 16_384;
/// or when there are some, and the first has waited for so many seconds.
const SOME_BATCHES: i64 = 16;
const WAIT: i64 = 600;
/// Blocks of about one size that become one.
const ALIKE: usize = 4;

/// A project with batches enough to be folded.
pub(super) async fn project_due(db: &Db, now: Timestamp) -> Result<Option<i64>> {
    let rows = fetch_all!(
        db,
        (i64,),
        "SELECT project_id FROM fact_batch GROUP BY project_id
         HAVING COUNT(*) >= $1 OR SUM(facts) >= $2 OR (COUNT(*) >= $3 AND MIN(id) < $4)
         ORDER BY project_id LIMIT 1",
        MANY_BATCHES,
        MANY_FACTS,
        SOME_BATCHES,
        Ids::floor(now.plus_seconds(-WAIT))
    )?;
    Ok(rows.first().map(|(project,)| *project))
}

/// The first batches of a project become a block.
pub(super) async fn batches(db: &Db, cx: Context<'_>, project: i64) -> Result<()> {
    let rows = fetch_all!(
        db,
        (i64, i64, i64, Vec<u8>),
        "SELECT id, facts, moved, content FROM fact_batch WHERE project_id = $1 ORDER BY id LIMIT $2",
        project,
        MOST_BATCHES
    )?;
    // After the batches: then all is there that moved before one of them was written.
    let moves = moves(db, project).await?;
    let mut facts = 0;
    let taken = rows.into_iter().take_while(|(_, of_batch, ..)| {
        let is_room = facts < MOST_FACTS;
        facts += of_batch;
        is_room
    });
    let taken: Vec<_> = taken.collect();
    let ids: Vec<i64> = taken.iter().map(|(id, ..)| *id).collect();
    let number = moves.last().map_or(0, |one| one.number);
    let moved_to = taken
        .iter()
        .map(|(_, _, moved, _)| *moved)
        .max()
        .unwrap_or(0)
        .max(number);
    let built = on_a_thread(move || {
        let mut rows = Rows::default();
        for (_, _, moved, content) in taken {
            rows.append(&Rows::load(&content)?, &Moved::new(&moves, project, moved));
        }
        build(&rows)
    })
    .await?;
    let mut tx = db.begin().await?;
    if !delete(&mut tx, "DELETE FROM fact_batch WHERE id IN ", &ids).await? {
        // Somebody else was faster.
        return tx.rollback().await;
    }
    insert(&mut tx, cx, project, moved_to, &built).await?;
    tx.commit().await
}

/// Some small blocks of a project that are of about one size. From 65,536 facts on a block stays as it is; an index has the
/// others.
pub(super) async fn blocks_alike(db: &Db) -> Result<Option<(i64, Vec<i64>)>> {
    let rows = fetch_all!(
        db,
        (i64, i64, i64),
        "SELECT project_id, id, facts FROM fact_block WHERE facts < 65536 ORDER BY project_id, id"
    )?;
    let mut alike: BTreeMap<(i64, u32), Vec<i64>> = BTreeMap::new();
    for (project, block, facts) in rows {
        let size = facts.max(1).ilog2() / 2;
        let blocks = alike.entry((project, size)).or_default();
        blocks.push(block);
        if blocks.len() == ALIKE {
            return Ok(Some((project, blocks.clone())));
        }
    }
    Ok(None)
}

/// Makes one block of several, with all that moved since.
pub(super) async fn rewrite(db: &Db, cx: Context<'_>, project: i64, blocks: &[i64]) -> Result<()> {
    let columns = columns(db, blocks, None).await?;
    let mut statement = Statement::new(db.dialect(), "SELECT id, moved FROM fact_block WHERE id IN ");
    statement.bind_list(blocks.iter().copied())?;
    let moved: Vec<(i64, i64)> = statement.fetch_all(db).await?;
    let moves = moves(db, project).await?;
    if columns.len() != blocks.len() || moved.len() != blocks.len() {
        return Ok(());
    }
    let number = moves.last().map_or(0, |one| one.number);
    let moved_to = moved
        .iter()
        .map(|(_, moved)| *moved)
        .max()
        .unwrap_or(0)
        .max(number);
    let built = on_a_thread(move || join(&columns, &moved, &moves, project)).await?;
    let mut tx = db.begin().await?;
    if !delete_blocks(&mut tx, blocks).await? {
        return tx.rollback().await;
    }
    insert(&mut tx, cx, project, moved_to, &built).await?;
    tx.commit().await
}

fn join(columns: &Columns, moved: &[(i64, i64)], moves: &[Move], project: i64) -> Result<Built> {
    let mut rows = Rows::default();
    for (block, moved) in moved {
        let of_block = columns.get(block).map(Vec::as_slice).unwrap_or_default();
        rows.append(&load(of_block)?, &Moved::new(moves, project, *moved));
    }
    build(&rows)
}

/// What moved in a project, in order.
pub(super) async fn moves(mut on: impl Reads, project: i64) -> Result<Vec<Move>> {
    let rows = fetch_all!(
        on,
        (i64, i64, Vec<u8>, i64),
        "SELECT number, issue_id, hash, into_issue FROM fact_move WHERE project_id = $1 ORDER BY number",
        project
    )?;
    let read = |(number, issue, hash, into)| Move::new(project, number, issue, hash, into);
    Ok(rows.into_iter().map(read).collect())
}

/// Deletes all of `ids`; answers whether all were there.
pub(super) async fn delete(tx: &mut Tx, text: &'static str, ids: &[i64]) -> Result<bool> {
    let mut statement = Statement::new(tx.dialect(), text);
    statement.bind_list(ids.iter().copied())?;
    Ok(statement.execute(tx).await? == ids.len() as u64)
}

/// Deletes blocks with their columns; answers whether all were there.
pub(super) async fn delete_blocks(tx: &mut Tx, blocks: &[i64]) -> Result<bool> {
    let are_there = delete(tx, "DELETE FROM fact_block WHERE id IN ", blocks).await?;
    delete(tx, "DELETE FROM fact_column WHERE block_id IN ", blocks).await?;
    Ok(are_there)
}

static COLUMNS: Bulk = Bulk::new("INSERT INTO fact_column (block_id, name, content) VALUES ", 3, "");

pub(super) async fn insert(
    tx: &mut Tx,
    cx: Context<'_>,
    project: i64,
    moved: i64,
    built: &Built,
) -> Result<()> {
    if built.facts == 0 {
        return Ok(());
    }
    let id = cx.id();
    execute!(
        tx,
        "INSERT INTO fact_block (id, project_id, facts, first, last, first_event, last_event, moved, bytes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id,
        project,
        built.facts as i64,
        built.first,
        built.last,
        built.events.0,
        built.events.1,
        moved,
        built.bytes() as i64
    )?;
    COLUMNS
        .execute(tx, &built.columns, |arguments, (name, content)| {
            arguments.add(id)?;
            arguments.add_text(Some(name))?;
            arguments.add(content.as_slice())
        })
        .await
        .map(drop)
}

pub(super) async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|why| Error::corrupt("fact", why))?
}
