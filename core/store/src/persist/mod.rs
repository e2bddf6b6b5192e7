//! The hot path: what the pipeline made of a batch of envelopes becomes rows, in one transaction.
//!
//! 1. [`gather`](gather): which events are new? Twice in the batch, or stored already: counted, not stored.
//! 2. [`bind`](bind): whose are they? The first of an event's hashes that is bound decides; where none is, an
//!    issue is made. Events of discarded issues are dropped.
//! 3. [`rows`](rows): the events themselves, and what came with them.
//! 4. what of each event outlives it ([`crate::facts`]).
//! 5. [`counters`](counters): what is counted by issue: hours, users, tags, releases. Added up in memory first,
//!    so that a statement is one row's whole share of the batch.
//! 6. [`issues`](issues): the issues move on, and what that is to be told as goes to the outbox.
//! 7. [`sessions`](sessions): what was said of sessions is added to their hours.
//! 8. the outcomes of all items, and the queue's mark: after a crash the batch is there as a whole or not at all.

mod bind;
mod counters;
mod gather;
mod issues;
pub(crate) mod known;
mod outcomes;
pub(crate) mod recount;
mod rows;
mod sessions;

use errand_model::digested::DigestedEnvelope;
use errand_model::{Clock, Ids, OrganizationId, ProjectId};

pub use recount::{EventFacts, FactsOf};

use crate::facts::batch::Stored;
use crate::{Context, Db, Error, Result, execute, facts};

/// An envelope that arrived, digested.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Whose project it is.
    pub organization: OrganizationId,
    /// Where it was sent to.
    pub project: ProjectId,
    /// What is in it.
    pub envelope: DigestedEnvelope,
}

/// What persisting takes besides the batch.
#[derive(Clone, Copy, Debug)]
pub struct Persist<'a> {
    /// Says what time it is.
    pub clock: &'a dyn Clock,
    /// Numbers new rows.
    pub ids: &'a Ids,
    /// The queue that the batch was taken from.
    pub queue: &'a str,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Persisted {
    /// Events that are stored now.
    pub accepted: u64,
    /// Events that were stored already, or came twice.
    pub duplicates: u64,
    /// Events of discarded issues and of projects that are gone, dropped.
    pub discarded: u64,
    /// Issues that are new.
    pub new_issues: u64,
    /// Rows in the outbox: fan-out has something to do.
    pub lifecycle: u64,
}

/// Attempts at a batch that other nodes stand in the way of.
const ATTEMPTS: usize = 5;

/// Stores a batch, all or nothing, and moves the mark of the queue to `mark` with it. A batch of 100 to 4,000
/// envelopes is best. Nodes that meet on one event or one issue make it start again; it is an error after a few times.
pub async fn persist(db: &Db, cx: &Persist<'_>, batch: &[Arrival], mark: Option<i64>) -> Result<Persisted> {
    let mut attempt = 1;
    loop {
        match persist_once(db, cx, batch, mark).await {
            Err(Error::Conflict { .. } | Error::Retry { .. }) if attempt < ATTEMPTS => attempt += 1,
            done => return done,
        }
    }
}

async fn persist_once(db: &Db, cx: &Persist<'_>, batch: &[Arrival], mark: Option<i64>) -> Result<Persisted> {
    let context = Context {
        clock: cx.clock,
        ids: cx.ids,
    };
    let mut tx = db.begin().await?;
    let mut gathered = gather::gather(&mut tx, batch).await?;
    let new_issues = bind::bind(&mut tx, context, &mut gathered).await?;
    let rows = rows::insert(&mut tx, context, batch, &gathered).await?;
    let stored = rows.iter().zip(&gathered.events).map(|(row, incoming)| Stored {
        row: *row,
        event: incoming.event,
        issue: incoming.issue,
        decisive: incoming.decisive,
    });
    facts::batch::write(&mut tx, context, stored, |project| gathered.moves_of(project)).await?;
    let mut standing = issues::read(&mut tx, &gathered).await?;
    let counted = counters::count(&mut tx, &db.known, &gathered, &mut standing).await?;
    let lifecycle = issues::write(&mut tx, context, standing, &new_issues).await?;
    sessions::write(&mut tx, context, batch, &gathered).await?;
    outcomes::write(&mut tx, context, batch, &gathered).await?;
    if let Some(mark) = mark {
        execute!(
            tx,
            "INSERT INTO queue_mark (queue, position) VALUES ($1, $2)
             ON CONFLICT (queue) DO UPDATE SET position = excluded.position",
            cx.queue,
            mark
        )?;
    }
    tx.commit().await?;
    counted.remember(&db.known);
    Ok(Persisted {
        accepted: gathered.events.len() as u64,
        duplicates: gathered.duplicates.len() as u64,
        discarded: gathered.discarded.len() as u64,
        new_issues: new_issues.len() as u64,
        lifecycle,
    })
}

/// How far a queue is digested; none for a queue that nothing was ever taken from.
pub async fn mark(db: &Db, queue: &str) -> Result<Option<i64>> {
    let row = crate::fetch_optional!(
        db,
        (i64,),
        "SELECT position FROM queue_mark WHERE queue = $1",
        queue
    )?;
    Ok(row.map(|(position,)| position))
}
