//! The outbox, as it is read: what happened and is not fanned out yet.

use errand_model::delivery::Unowed;
use errand_model::lifecycle::LifecycleEvent;
use errand_model::{Ids, InstallationId, IssueId, LifecycleId, OrganizationId, ProjectId, Timestamp};

use crate::bulk::Bulk;
use crate::outbox::text_of;
use crate::{Dialect, Error, Reads, Result, Tx, execute, fetch_all, fetch_optional};

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) organization_id: i64,
    pub(crate) project_id: i64,
    pub(crate) issue_id: i64,
    pub(crate) change: String,
    pub(crate) actor: String,
    pub(crate) chain_depth: i16,
    pub(crate) at: i64,
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
    "UPDATE lifecycle SET is_fanned_out = TRUE, passed_over = given.column2 FROM (VALUES ",
    2,
    ") AS given WHERE lifecycle.id = given.column1",
);

/// An event whose deliveries are written.
#[derive(Clone, Debug, PartialEq)]
pub struct FannedOut {
    /// Which.
    pub event: LifecycleId,
    /// Who is owed nothing of it, and why.
    pub passed_over: Vec<(InstallationId, Unowed)>,
}

/// Remembers that their deliveries are written, and why others are not.
pub async fn mark_fanned_out(tx: &mut Tx, events: &[FannedOut]) -> Result<()> {
    let rows = events
        .iter()
        .map(|done| {
            let passed_over = &done.passed_over;
            let text = (!passed_over.is_empty()).then(|| text_of(passed_over));
            Ok((done.event, text.transpose()?))
        })
        .collect::<Result<Vec<_>>>()?;
    FANNED_OUT
        .execute(tx, &rows, |arguments, (event, passed_over)| {
            arguments.add(event.0)?;
            arguments.add(passed_over.as_deref())
        })
        .await
        .map(|_| ())
}

/// Something that happened to an issue, and how it was fanned out.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// What happened.
    pub event: LifecycleEvent,
    /// Whether its deliveries are written.
    pub is_fanned_out: bool,
    /// Who is owed nothing of it, and why.
    pub passed_over: Vec<(InstallationId, Unowed)>,
}

#[derive(sqlx::FromRow)]
struct ToldRow {
    #[sqlx(flatten)]
    row: Row,
    is_fanned_out: bool,
    passed_over: Option<String>,
}

/// What happened to an issue and how it was fanned out, the newest first.
pub async fn told_of_issue(mut on: impl Reads, issue: IssueId, limit: i64) -> Result<Vec<Told>> {
    let rows = fetch_all!(
        on,
        ToldRow,
        "SELECT id, organization_id, project_id, issue_id, change, actor, chain_depth, at, is_fanned_out, passed_over
         FROM lifecycle WHERE issue_id = $1 ORDER BY id DESC LIMIT $2",
        issue.0,
        limit
    )?;
    rows.into_iter().map(ToldRow::read).collect()
}

impl ToldRow {
    fn read(self) -> Result<Told> {
        let passed_over = match self.passed_over {
            Some(text) => {
                serde_json::from_str(&text).map_err(|why| Error::corrupt("lifecycle.passed_over", why))?
            }
            None => Vec::new(),
        };
        Ok(Told {
            event: self.row.read()?,
            is_fanned_out: self.is_fanned_out,
            passed_over,
        })
    }
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

/// What happened last to the issues of a project since a time, the oldest first; at most `limit`.
pub async fn of_project(
    mut on: impl Reads,
    project: ProjectId,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<LifecycleEvent>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, organization_id, project_id, issue_id, change, actor, chain_depth, at FROM lifecycle
         WHERE project_id = $1 AND id >= $2 ORDER BY id DESC LIMIT $3",
        project.0,
        Ids::floor(since),
        limit
    )?;
    rows.into_iter().rev().map(Row::read).collect()
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
