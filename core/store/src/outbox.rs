//! What happened, written down in the transaction that made it happen: once for people (`activity`), once for
//! whoever is owed to hear of it (`lifecycle`).

use errand_model::lifecycle::{Actor, Change};
use errand_model::{IssueId, LifecycleId, OrganizationId, ProjectId};

use crate::bulk::Bulk;
use crate::{Context, Error, Result, Tx};

/// Something that happened to an issue.
#[derive(Clone, Debug)]
pub(crate) struct Happening {
    pub(crate) organization: OrganizationId,
    pub(crate) project: ProjectId,
    pub(crate) issue: IssueId,
    pub(crate) change: Change,
    pub(crate) actor: Actor,
    pub(crate) chain_depth: i16,
}

static LIFECYCLE: Bulk = Bulk::new(
    "INSERT INTO lifecycle (id, organization_id, project_id, issue_id, change, actor, chain_depth, at, is_fanned_out)
     VALUES ",
    9,
    "",
);

static ACTIVITY: Bulk = Bulk::new(
    "INSERT INTO activity (id, issue_id, project_id, change, actor, at) VALUES ",
    6,
    "",
);

struct Row<'a> {
    id: i64,
    happening: &'a Happening,
    change: String,
    actor: String,
}

/// Writes `happenings` to both; answers their lifecycle ids, in order. The activity of each has the same id.
pub(crate) async fn record(
    tx: &mut Tx,
    cx: Context<'_>,
    happenings: &[Happening],
) -> Result<Vec<LifecycleId>> {
    let rows = happenings
        .iter()
        .map(|happening| row(cx.id(), happening))
        .collect::<Result<Vec<_>>>()?;
    let at = cx.now().micros();
    LIFECYCLE
        .execute(tx, &rows, |arguments, row| {
            arguments.add(row.id)?;
            arguments.add(row.happening.organization.0)?;
            arguments.add(row.happening.project.0)?;
            arguments.add(row.happening.issue.0)?;
            arguments.add(row.change.as_str())?;
            arguments.add(row.actor.as_str())?;
            arguments.add(row.happening.chain_depth)?;
            arguments.add(at)?;
            arguments.add(false)
        })
        .await?;
    ACTIVITY
        .execute(tx, &rows, |arguments, row| {
            arguments.add(row.id)?;
            arguments.add(row.happening.issue.0)?;
            arguments.add(row.happening.project.0)?;
            arguments.add(row.change.as_str())?;
            arguments.add(row.actor.as_str())?;
            arguments.add(at)
        })
        .await?;
    Ok(rows.iter().map(|row| LifecycleId(row.id)).collect())
}

/// A comment's change names its own activity, whose id is known only here.
fn row(id: i64, happening: &Happening) -> Result<Row<'_>> {
    let change = match &happening.change {
        Change::Commented { text, .. } => text_of(&Change::Commented {
            activity: id,
            text: text.clone(),
        })?,
        change => text_of(change)?,
    };
    Ok(Row {
        id,
        happening,
        change,
        actor: text_of(&happening.actor)?,
    })
}

pub(crate) fn text_of(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|why| Error::corrupt("change", why))
}
