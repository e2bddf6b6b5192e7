//! What a batch of events adds: one row for each project, in the transaction of the events themselves.

use std::collections::BTreeMap;

use errand_model::digested::DigestedEvent;
use errand_model::{EventRow, IssueId, ProjectId};

use super::rows::Rows;
use crate::bulk::Bulk;
use crate::{Context, Result, Tx};

/// An event that is stored, and why it is whose it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored<'a> {
    /// Its row.
    pub(crate) row: EventRow,
    pub(crate) event: &'a DigestedEvent,
    pub(crate) issue: IssueId,
    /// The place in its hashes of the one that decided.
    pub(crate) decisive: usize,
}

static BATCHES: Bulk = Bulk::new(
    "INSERT INTO fact_batch (id, project_id, facts, first, last, moved, content) VALUES ",
    7,
    "",
);

/// Writes the facts of events. `moved` says what number of moves a project is at.
pub(crate) async fn write(
    tx: &mut Tx,
    cx: Context<'_>,
    events: impl Iterator<Item = Stored<'_>>,
    moved: impl Fn(ProjectId) -> i64,
) -> Result<()> {
    let mut projects: BTreeMap<ProjectId, Rows> = BTreeMap::new();
    for stored in events {
        let rows = projects.entry(stored.event.project).or_default();
        rows.add(stored.row, stored.event, stored.issue, stored.decisive);
    }
    let stored = projects.iter().map(|(project, rows)| {
        let content = rows.store()?;
        Ok((cx.id(), *project, rows, moved(*project), content))
    });
    let stored: Vec<_> = stored.collect::<Result<_>>()?;
    BATCHES
        .execute(tx, &stored, |arguments, (id, project, rows, moved, content)| {
            let (first, last) = rows.span();
            arguments.add(*id)?;
            arguments.add(project.0)?;
            arguments.add(rows.len() as i64)?;
            arguments.add(first)?;
            arguments.add(last)?;
            arguments.add(*moved)?;
            arguments.add(content.as_slice())
        })
        .await
        .map(drop)
}
