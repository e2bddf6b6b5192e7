//! Answers a question: from what is known of its blocks, and a look at the rest.
//!
//! Blocks are read a few at a time while those before are counted on a thread of their own, so that an answer over many
//! millions of facts takes no more memory than one over a few.

use std::collections::HashMap;
use std::sync::Arc;

use errand_model::question::{Answer, Question, Span};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

use super::asking::{Asker, Resolved, check, resolve};
use super::cache::{MOST_KEPT, Place};
use super::moved::{Move, Moved};
use super::part::Part;
use super::reading::{Columns, Piece, There, columns, there};
use super::rows::Rows;
use super::scan::Asked;
use super::tally::Tally;
use super::times;
use crate::{Db, Error, Result};

/// Blocks that are read at once.
const AT_ONCE: usize = 4;
/// Readings whose counting may be under way.
const UNDER_WAY: usize = 2;
/// Times that somebody may fold the facts away from under a question.
const ATTEMPTS: usize = 5;

/// Answers a question.
///
/// # Errors
/// [`Error::Invalid`] where the question makes no sense, or its answer would be too large.
pub async fn answer(db: &Db, asker: Asker<'_>, question: &Question) -> Result<Answer> {
    check(question)?;
    let (filter, span) = times::split(&question.filter, question.span)?;
    let Some(span) = span else {
        return Tally::default().answer(question);
    };
    let question = &Question {
        filter,
        span,
        ..question.clone()
    };
    let resolved = resolve(db, asker, question).await?;
    // Each takes memory and a core: the third waits.
    let _turn = db.facts.turn().await?;
    let tally = tally(db, &resolved).await?;
    let question = question.clone();
    on_a_thread(move || tally.answer(&question)).await
}

/// What there is of what is asked about. Whoever calls it has a turn.
pub(super) async fn tally(db: &Db, resolved: &Resolved) -> Result<Tally> {
    if resolved.is_empty {
        return Ok(Tally::default());
    }
    let mut attempt = 1;
    loop {
        match attempt_at(db, resolved).await {
            Err(Error::Conflict { .. }) if attempt < ATTEMPTS => attempt += 1,
            done => return done,
        }
    }
}

async fn attempt_at(db: &Db, resolved: &Resolved) -> Result<Tally> {
    let span = resolved.asked.span;
    let There {
        batches,
        blocks,
        moves,
    } = there(db, &resolved.projects, span).await?;
    let moves = Arc::new(moves);
    let asked = Arc::new(resolved.asked.clone());
    let mut counting = Counting::new(Arc::clone(&asked), Arc::clone(&moves));
    let fingerprint = fingerprint(&asked);
    let whole = Whole::of(fingerprint, &blocks, &moves, span);
    let known = db.facts.found.get(&whole.place);
    let is_known = known.is_some();
    let mut found = Found::default();
    if let Some(known) = known {
        found.whole = Tally::clone(&known);
    }
    let mut missing: HashMap<Vec<String>, Vec<(Piece, Option<Place>)>> = HashMap::new();
    for block in blocks {
        let moved = Moved::new(&moves, block.project, block.moved);
        let needs = asked.needs(block.span, !moved.is_empty());
        let is_whole = lies_in(&block, span);
        if is_whole && is_known {
            continue;
        }
        let place = is_whole.then(|| (fingerprint, block.id, moved.number()));
        match place.as_ref().and_then(|place| db.facts.found.get(place)) {
            Some(tally) => found.whole.add(&tally)?,
            None => missing.entry(needs.names()).or_default().push((block, place)),
        }
    }
    if !batches.is_empty() {
        counting.batches(batches);
    }
    for (names, blocks) in missing {
        for blocks in blocks.chunks(AT_ONCE) {
            let ids: Vec<i64> = blocks.iter().map(|(block, _)| block.id).collect();
            // What asks for nothing but how many there are is answered by the list.
            let columns = if names.is_empty() {
                ids.into_iter().map(|id| (id, Vec::new())).collect()
            } else {
                columns(db, &ids, Some(&names)).await?
            };
            counting.wait_for_room(db, &mut found).await?;
            counting.blocks(blocks.to_vec(), columns);
        }
    }
    counting.finish(db, &mut found).await?;
    let db = db.clone();
    on_a_thread(move || together(&db, found, (!is_known).then_some(whole))).await
}

/// Adds up what was found; what of whole blocks was not known together is known then.
fn together(db: &Db, found: Found, whole: Option<Whole>) -> Result<Tally> {
    let mut all = found.whole;
    all.settle();
    // What is too large to be kept is not copied either.
    if let Some(whole) = whole
        && whole.blocks > 1
        && all.weight() <= MOST_KEPT
    {
        let kept = Arc::new(all);
        db.facts.found.put(whole.place, Arc::clone(&kept));
        all = Tally::clone(&kept);
    }
    all.add(&found.rest)?;
    all.settle();
    Ok(all)
}

/// What was found so far: of blocks that lie in the time that is asked about as a whole, and of the rest. Each block is added as it
/// comes, so that memory holds what is found and not what it is found in.
#[derive(Default)]
struct Found {
    whole: Tally,
    rest: Tally,
}

/// The blocks that lie in the time that is asked about, together: the same ones need not be added up again.
struct Whole {
    place: Place,
    blocks: usize,
}

impl Whole {
    fn of(fingerprint: [u8; 32], blocks: &[Piece], moves: &[Move], span: Span) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(fingerprint);
        let whole: Vec<&Piece> = blocks.iter().filter(|block| lies_in(block, span)).collect();
        for block in &whole {
            let moved = Moved::new(moves, block.project, block.moved).number();
            hasher.update(block.id.to_le_bytes());
            hasher.update(moved.to_le_bytes());
        }
        // No block has this number.
        Whole {
            place: (hasher.finalize().into(), 0, 0),
            blocks: whole.len(),
        }
    }
}

fn lies_in(block: &Piece, span: Span) -> bool {
    span.since.micros() <= block.span.0 && block.span.1 < span.until.micros()
}

/// All that decides what is found in a block that lies in the time that is asked about.
fn fingerprint(asked: &Asked) -> [u8; 32] {
    let mut issues: Vec<i64> = asked.issues.iter().flatten().copied().collect();
    issues.sort_unstable();
    let mut hasher = Sha256::new();
    for test in &asked.tests {
        hasher.update(test.text());
    }
    let rest = (asked.issues.is_some(), &asked.measures, &asked.keys, asked.step);
    hasher.update(format!("{rest:?}"));
    issues.iter().for_each(|issue| hasher.update(issue.to_le_bytes()));
    hasher.finalize().into()
}

pub(super) async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|why| Error::corrupt("fact", why))?
}

type Counted = Vec<(Option<Place>, Tally)>;

/// What is being counted.
struct Counting {
    asked: Arc<Asked>,
    moves: Arc<Vec<Move>>,
    under_way: JoinSet<Result<Counted>>,
}

impl Counting {
    fn new(asked: Arc<Asked>, moves: Arc<Vec<Move>>) -> Self {
        Counting {
            asked,
            moves,
            under_way: JoinSet::new(),
        }
    }

    /// Facts that are in no block yet.
    fn batches(&mut self, batches: Vec<Piece>) {
        let (asked, moves) = (Arc::clone(&self.asked), Arc::clone(&self.moves));
        self.under_way.spawn_blocking(move || {
            let mut projects: HashMap<i64, Rows> = HashMap::new();
            for batch in batches {
                let moved = Moved::new(&moves, batch.project, batch.moved);
                let rows = projects.entry(batch.project).or_default();
                rows.append(&Rows::load(&batch.content)?, &moved);
            }
            let mut all = Tally::default();
            for (project, rows) in projects {
                let needs = asked.needs(rows.span(), true);
                let part = Part::of_rows(project, rows, &needs);
                all.add(&asked.count(&part, Moved::new(&[], project, 0))?)?;
            }
            Ok(vec![(None, all)])
        });
    }

    /// Blocks, and their columns.
    fn blocks(&mut self, blocks: Vec<(Piece, Option<Place>)>, mut columns: Columns) {
        let (asked, moves) = (Arc::clone(&self.asked), Arc::clone(&self.moves));
        self.under_way.spawn_blocking(move || {
            let mut counted = Vec::with_capacity(blocks.len());
            for (block, place) in blocks {
                let columns = columns.remove(&block.id).ok_or_else(gone)?;
                let moved = Moved::new(&moves, block.project, block.moved);
                let needs = asked.needs(block.span, !moved.is_empty());
                let part = Part::of_block((block.project, block.facts), block.span, &columns, &needs)?;
                counted.push((place, asked.count(&part, moved)?));
            }
            Ok(counted)
        });
    }

    /// Waits until another reading may be counted.
    async fn wait_for_room(&mut self, db: &Db, found: &mut Found) -> Result<()> {
        while self.under_way.len() >= UNDER_WAY {
            self.one(db, found).await?;
        }
        Ok(())
    }

    async fn finish(&mut self, db: &Db, found: &mut Found) -> Result<()> {
        while !self.under_way.is_empty() {
            self.one(db, found).await?;
        }
        Ok(())
    }

    async fn one(&mut self, db: &Db, found: &mut Found) -> Result<()> {
        let Some(done) = self.under_way.join_next().await else {
            return Ok(());
        };
        for (place, tally) in done.map_err(|why| Error::corrupt("fact", why))?? {
            match place {
                Some(place) => {
                    found.whole.add(&tally)?;
                    db.facts.found.put(place, Arc::new(tally));
                }
                None => found.rest.add(&tally)?,
            }
        }
        Ok(())
    }
}

/// The facts are elsewhere by now.
fn gone() -> Error {
    Error::Conflict {
        what: "what is asked about".to_owned(),
    }
}
