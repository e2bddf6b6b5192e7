//! All facts, one after the other, for who takes them along.

use errand_model::{ProjectId, Timestamp};

use super::block::load;

use super::fold::{moves, on_a_thread};
use super::moved::Moved;
use super::reading::{columns, next_batch};
use super::rows::Rows;
use crate::{Db, Error, Result, Tx, fetch_optional};

/// What is known of an event, also once it is gone.
#[derive(Clone, Debug)]
pub struct Fact<'a> {
    /// When it happened.
    pub at: Timestamp,
    /// The issue that it belongs to now.
    pub issue: i64,
    /// Whom it happened to (`app_user`).
    pub user: Option<i64>,
    /// Its tags, by key and value.
    pub tags: Vec<(&'a str, &'a str)>,
}

/// Goes through the facts of projects as of one moment. Memory holds one block.
///
/// # Errors
/// What the database says, or what `each` did.
pub async fn each<E: From<Error>>(
    db: &Db,
    projects: &[ProjectId],
    mut each: impl FnMut(ProjectId, Fact<'_>) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let mut tx = db.snapshot().await?;
    for project in projects {
        let mut place = (false, 0);
        while let Some((next, rows)) = next(&mut tx, project.0, place).await? {
            place = next;
            for fact in 0..rows.len() {
                if let Some(fact) = rows.fact(fact) {
                    each(*project, fact)?;
                }
            }
        }
    }
    tx.rollback().await?;
    Ok(())
}

/// Whether batches are over, and the batch or block that was read last.
type Place = (bool, i64);

async fn next(
    tx: &mut Tx,
    project: i64,
    (mut is_in_blocks, mut after): Place,
) -> Result<Option<(Place, Rows)>> {
    let moves = moves(&mut *tx, project).await?;
    if !is_in_blocks {
        let batch = next_batch(&mut *tx, project, after).await?;
        if let Some((id, moved, content)) = batch {
            let rows = on_a_thread(move || {
                Ok(as_it_is(
                    &Rows::load(&content)?,
                    &Moved::new(&moves, project, moved),
                ))
            });
            return Ok(Some(((false, id), rows.await?)));
        }
        (is_in_blocks, after) = (true, 0);
    }
    let block = fetch_optional!(
        tx,
        (i64, i64),
        "SELECT id, moved FROM fact_block WHERE project_id = $1 AND id > $2 ORDER BY id LIMIT 1",
        project,
        after
    )?;
    let Some((id, moved)) = block else {
        return Ok(None);
    };
    let columns = columns(&mut *tx, &[id], None)
        .await?
        .remove(&id)
        .unwrap_or_default();
    let rows = on_a_thread(move || Ok(as_it_is(&load(&columns)?, &Moved::new(&moves, project, moved))));
    Ok(Some(((is_in_blocks, id), rows.await?)))
}

/// With what became of their issues since.
fn as_it_is(stored: &Rows, moved: &Moved<'_>) -> Rows {
    let mut rows = Rows::default();
    rows.append(stored, moved);
    rows
}

impl Rows {
    fn fact(&self, place: usize) -> Option<Fact<'_>> {
        let cause = self
            .causes
            .values
            .0
            .get(*self.causes.codes.get(place)? as usize)?;
        let user = self
            .users
            .codes
            .get(place)
            .and_then(|code| self.users.values.get(*code));
        let tags = self.tags.pairs_of(place).iter();
        Some(Fact {
            at: Timestamp::from_micros(*self.times.get(place)?),
            issue: cause.issue,
            user,
            tags: tags.filter_map(|pair| self.tags.text(*pair)).collect(),
        })
    }
}
