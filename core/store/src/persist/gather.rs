//! Which events of a batch are to be stored.

use std::collections::HashSet;

use errand_model::digested::DigestedEvent;
use errand_model::{IssueId, OrganizationId, ProjectId};

use super::Arrival;
use crate::bulk::Bulk;
use crate::{Result, Statement, Tx};

/// An event on its way into the database.
#[derive(Clone, Copy, Debug)]
pub(super) struct Incoming<'a> {
    pub(super) event: &'a DigestedEvent,
    pub(super) organization: OrganizationId,
    /// Where in the batch its envelope is.
    pub(super) at: usize,
    /// Its issue, once that is known; 0 until then.
    pub(super) issue: IssueId,
    /// The place in `hashes` of the hash that decided the issue.
    pub(super) decisive: usize,
}

/// The events of a batch, by what becomes of them.
#[derive(Debug, Default)]
pub(super) struct Gathered<'a> {
    /// To be stored.
    pub(super) events: Vec<Incoming<'a>>,
    /// Stored already.
    pub(super) duplicates: Vec<Incoming<'a>>,
    /// Dropped, because their issue is discarded or their project gone.
    pub(super) discarded: Vec<Incoming<'a>>,
    /// The projects of the batch that exist, in order.
    pub(super) projects: Vec<ProjectId>,
    /// By project: how many moves of issues its facts are written after (`facts/moved.rs`).
    pub(super) moves: Vec<i64>,
}

impl Gathered<'_> {
    /// How many moves of issues a project is at.
    pub(super) fn moves_of(&self, project: ProjectId) -> i64 {
        let at = self.projects.binary_search(&project);
        at.ok().and_then(|at| self.moves.get(at)).copied().unwrap_or(0)
    }

    /// Whether what came with an event is to be kept: what is left out is not.
    pub(super) fn left_out(&self) -> HashSet<usize> {
        self.duplicates
            .iter()
            .chain(&self.discarded)
            .map(|incoming| incoming.at)
            .collect()
    }
}

static STORED: Bulk = Bulk::new(
    "SELECT event.project_id, event.event_id FROM (VALUES ",
    2,
    ") AS given CROSS JOIN event WHERE event.event_id = given.column1 AND event.project_id = given.column2",
);

pub(super) async fn gather<'a>(tx: &mut Tx, batch: &'a [Arrival]) -> Result<Gathered<'a>> {
    let (projects, moves) = projects(tx, batch).await?;
    let mut gathered = Gathered {
        projects,
        moves,
        ..Gathered::default()
    };
    let mut seen = HashSet::with_capacity(batch.len());
    for (at, arrival) in batch.iter().enumerate() {
        let Some(event) = &arrival.envelope.event else {
            continue;
        };
        let incoming = Incoming {
            event,
            organization: arrival.organization,
            at,
            issue: IssueId(0),
            decisive: 0,
        };
        if gathered.projects.binary_search(&event.project).is_err() || event.hashes.is_empty() {
            gathered.discarded.push(incoming);
        } else if seen.insert((event.project.0, event.event_id.0)) {
            gathered.events.push(incoming);
        } else {
            gathered.duplicates.push(incoming);
        }
    }
    let stored: Vec<(i64, Vec<u8>)> = STORED
        .fetch(tx, &gathered.events, |arguments, incoming| {
            arguments.add(incoming.event.event_id.0.as_slice())?;
            arguments.add(incoming.event.project.0)
        })
        .await?;
    if !stored.is_empty() {
        let stored: HashSet<(i64, &[u8])> = stored
            .iter()
            .map(|(project, id)| (*project, id.as_slice()))
            .collect();
        let is_new = |incoming: &Incoming<'_>| {
            !stored.contains(&(incoming.event.project.0, incoming.event.event_id.0.as_slice()))
        };
        let (fresh, again) = gathered.events.into_iter().partition(is_new);
        gathered.events = fresh;
        gathered.duplicates.extend::<Vec<_>>(again);
    }
    Ok(gathered)
}

/// The projects of the batch that exist. From here on nobody changes what their hashes mean.
async fn projects(tx: &mut Tx, batch: &[Arrival]) -> Result<(Vec<ProjectId>, Vec<i64>)> {
    let mut wanted: Vec<i64> = batch.iter().map(|arrival| arrival.project.0).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let lock = tx.dialect().for_key_share();
    let mut found = Vec::with_capacity(wanted.len());
    for wanted in wanted.chunks(1_000) {
        let mut statement = Statement::new(tx.dialect(), "SELECT id, moves FROM project WHERE id IN ");
        statement
            .bind_list(wanted.iter().copied())?
            .push(" ORDER BY id")
            .push(lock);
        let rows: Vec<(i64, i64)> = statement.fetch_all(&mut *tx).await?;
        found.extend(rows.into_iter().map(|(id, moves)| (ProjectId(id), moves)));
    }
    Ok(found.into_iter().unzip())
}
