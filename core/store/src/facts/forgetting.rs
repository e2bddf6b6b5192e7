//! Takes the facts of a person away, one batch or block at a time: whoever wants nothing left of somebody calls this until it
//! says that there is nothing more.

use errand_model::ProjectId;

use super::block::{Built, REST, USER, build, load, load_rest, name_of};
use super::column::{Column, Texts, Users, Values as _};
use super::fold::{delete, delete_blocks, insert, moves, on_a_thread};
use super::moved::Moved;
use super::reading::{columns, next_batch};
use super::rows::Rows;
use crate::{Context, Db, Result, fetch_optional};

/// Somebody whose facts are to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// In which project.
    pub project: ProjectId,
    /// What they are as users (`app_user_id`).
    pub users: Vec<i64>,
    /// Tags that name them, by key and value.
    pub tags: Vec<(String, String)>,
}

/// How far the search is. Who begins anew loses nothing but time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Up to there batches were looked at; all of them, once blocks are.
    batch: i64,
    /// Up to there blocks were looked at.
    block: Option<i64>,
}

impl Person {
    /// For each fact, whether it is not theirs; none if none is.
    fn others(&self, rows: &Rows) -> Option<Vec<bool>> {
        let names_them = rows.tags.pairs_that(|key, value| self.has_tag(key, value));
        let is_theirs = |fact: usize| {
            let user = rows.users.values.get(rows.users.codes[fact]);
            let mut pairs = rows.tags.pairs_of(fact).iter();
            user.is_some_and(|user| self.users.contains(&user))
                || pairs.any(|pair| names_them[*pair as usize])
        };
        let others: Vec<bool> = (0..rows.len()).map(|fact| !is_theirs(fact)).collect();
        others.contains(&false).then_some(others)
    }

    /// The columns that may tell of them.
    fn names(&self) -> Vec<String> {
        let rest = (!self.tags.is_empty()).then_some(REST.to_owned());
        let of_tags = self.tags.iter().map(|(key, _)| name_of(key));
        of_tags.chain([USER.to_owned()]).chain(rest).collect()
    }

    /// Whether one of these columns tells of them.
    fn is_in(&self, columns: &[(String, Vec<u8>)]) -> Result<bool> {
        for (name, stored) in columns {
            let is_here = match name.as_str() {
                USER => {
                    let users = Column::<Users>::load(stored)?.values;
                    users.0.iter().any(|user| self.users.contains(user))
                }
                REST => {
                    let is_one = |key: &str, value: &str| self.has_tag(key, value);
                    load_rest(stored)?.pairs_that(is_one).contains(&true)
                }
                name => {
                    let texts = Column::<Texts>::load(stored)?.values;
                    let key = name.strip_prefix('=').unwrap_or(name);
                    let mut values = (1..=texts.len() as u32).filter_map(|code| texts.get(code));
                    values.any(|value| self.has_tag(key, value))
                }
            };
            if is_here {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn has_tag(&self, key: &str, value: &str) -> bool {
        self.tags.iter().any(|tag| tag.0 == key && tag.1 == value)
    }

    /// The facts of others, as a block of their own; none if it holds nothing of the person.
    fn without(&self, rows: &Rows, moved: &Moved<'_>) -> Result<Option<Built>> {
        let Some(others) = self.others(rows) else {
            return Ok(None);
        };
        let mut left = Rows::default();
        left.append_some(rows, moved, |fact| others[fact]);
        build(&left).map(Some)
    }
}

/// Takes the person's facts out of the next batch or block; answers where to go on, or none where nothing is left of them.
pub async fn forget(db: &Db, cx: Context<'_>, person: &Person, at: Place) -> Result<Option<Place>> {
    let Some(after) = at.block else {
        return batch(db, cx, person, at.batch).await.map(Some);
    };
    block(db, cx, person, after).await
}

/// Batches come first: what is folded meanwhile is in a block that is newer than all that were looked at.
async fn batch(db: &Db, cx: Context<'_>, person: &Person, after: i64) -> Result<Place> {
    let project = person.project.0;
    let found = next_batch(db, project, after).await?;
    let Some((id, moved, content)) = found else {
        return Ok(Place {
            batch: after,
            block: Some(0),
        });
    };
    let moves = moves(db, project).await?;
    let moved_to = moves.last().map_or(0, |one| one.number).max(moved);
    let person = person.clone();
    let without = on_a_thread(move || {
        let rows = Rows::load(&content)?;
        person.without(&rows, &Moved::new(&moves, project, moved))
    });
    if let Some(built) = without.await? {
        let mut tx = db.begin().await?;
        if delete(&mut tx, "DELETE FROM fact_batch WHERE id IN ", &[id]).await? {
            insert(&mut tx, cx, project, moved_to, &built).await?;
        }
        tx.commit().await?;
    }
    Ok(Place {
        batch: id,
        block: None,
    })
}

async fn block(db: &Db, cx: Context<'_>, person: &Person, after: i64) -> Result<Option<Place>> {
    let project = person.project.0;
    let found = fetch_optional!(
        db,
        (i64, i64),
        "SELECT id, moved FROM fact_block WHERE project_id = $1 AND id > $2 ORDER BY id LIMIT 1",
        project,
        after
    )?;
    let Some((id, moved)) = found else {
        return Ok(None);
    };
    let next = Some(Place {
        batch: i64::MAX,
        block: Some(id),
    });
    let names = person.names();
    let telling = columns(db, &[id], Some(&names))
        .await?
        .remove(&id)
        .unwrap_or_default();
    let looking = person.clone();
    if !on_a_thread(move || looking.is_in(&telling)).await? {
        return Ok(next);
    }
    // Who folded it meanwhile made a newer one.
    let Some(columns) = columns(db, &[id], None).await?.remove(&id) else {
        return Ok(next);
    };
    let moves = moves(db, project).await?;
    let moved_to = moves.last().map_or(0, |one| one.number).max(moved);
    let person = person.clone();
    let without = on_a_thread(move || {
        let rows = load(&columns)?;
        person.without(&rows, &Moved::new(&moves, project, moved))
    });
    if let Some(built) = without.await? {
        let mut tx = db.begin().await?;
        match delete_blocks(&mut tx, &[id]).await? {
            true => {
                insert(&mut tx, cx, project, moved_to, &built).await?;
                tx.commit().await?;
            }
            false => tx.rollback().await?,
        }
    }
    Ok(next)
}
