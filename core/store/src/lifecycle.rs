//! The outbox, as it is read: what happened and is not fanned out yet.

use errand_model::lifecycle::LifecycleEvent;
use errand_model::{IssueId, LifecycleId, OrganizationId, ProjectId, Timestamp};

use crate::bulk::Bulk;
use crate::{Dialect, Error, Reads, Result, Tx, execute, fetch_all, fetch_optional};

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: i64,
    organization_id: i64,
    project_id: i64,
    issue_id: i64,
    change: String,
    actor: String,
    chain_depth: i16,
    at: i64,
}

impl Row {
    pub(crate) fn read(self) -> Result<LifecycleEvent> {
        Ok(LifecycleEvent {
            id: LifecycleId(self.id),
            organization: OrganizationId(self.organization_id),
            project: ProjectId(self.project_id),
            issue: IssueId(self.issue_id),
            change: serde_json::from_str(&self.change)
                .map_err(|why| Error::corrupt("lifecycle.change", why))?,
            actor: serde_json::from_str(&self.actor).map_err(|why| Error::corrupt("lifecycle.actor", why))?,
            chain_depth: self.chain_depth,
            at: Timestamp::from_micros(self.at),
        })
    }
}

/// The oldest events that nobody was told of yet. One transaction at a time fans out, so that what happened first
/// is delivered first: on PostgreSQL the others wait here.
pub async fn pending(tx: &mut Tx, limit: i64) -> Result<Vec<LifecycleEvent>> {
    if tx.dialect() == Dialect::Postgres {
        execute!(tx, "SELECT pg_advisory_xact_lock(7304283912)")?;
    }
    let rows = fetch_all!(
        tx,
        Row,
        "SELECT id, organization_id, project_id, issue_id, change, actor, chain_depth, at FROM lifecycle
         WHERE NOT is_fanned_out ORDER BY id LIMIT $1",
        limit
    )?;
    rows.into_iter().map(Row::read).collect()
}

/// Whether there is anything to fan out.
pub async fn is_pending(mut on: impl Reads) -> Result<bool> {
    let row = fetch_optional!(
        on,
        (i64,),
        "SELECT id FROM lifecycle WHERE NOT is_fanned_out LIMIT 1"
    )?;
    Ok(row.is_some())
}

static FANNED_OUT: Bulk = Bulk::new(
    "UPDATE lifecycle SET is_fanned_out = TRUE FROM (VALUES ",
    1,
    ") AS given WHERE lifecycle.id = given.column1",
);

/// Remembers that their deliveries are written.
pub async fn mark_fanned_out(tx: &mut Tx, events: &[LifecycleId]) -> Result<()> {
    FANNED_OUT
        .execute(tx, events, |arguments, event| arguments.add(event.0))
        .await
        .map(|_| ())
}

/// One by its id.
pub async fn by_id(mut on: impl Reads, id: LifecycleId) -> Result<Option<LifecycleEvent>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT id, organization_id, project_id, issue_id, change, actor, chain_depth, at FROM lifecycle
         WHERE id = $1",
        id.0
    )?;
    row.map(Row::read).transpose()
}

/// What happened to an issue, the newest first.
pub async fn of_issue(mut on: impl Reads, issue: IssueId, limit: i64) -> Result<Vec<LifecycleEvent>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, organization_id, project_id, issue_id, change, actor, chain_depth, at FROM lifecycle
         WHERE issue_id = $1 ORDER BY id DESC LIMIT $2",
        issue.0,
        limit
    )?;
    rows.into_iter().map(Row::read).collect()
}
