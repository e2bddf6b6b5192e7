//! Deliveries that a later one about the same issue takes the place of, before they are told.

use std::collections::{BTreeMap, HashMap};

use errand_model::lifecycle::LifecycleEvent;
use errand_model::telling::Telling;
use errand_model::{DeliveryId, InstallationId, IssueId, LifecycleId, Timestamp};

use super::NewDelivery;
use crate::{Reads, Result, Statement, Tx, execute, fetch_all, fetch_optional, lifecycle};

/// Happenings that the one in their place is told with at most, the newest.
const TOLD: usize = 50;

/// Has what is new take the place of what waits before it in its lane, where the latest alone is told. What is under way
/// stays: it may have been told already.
pub(super) async fn older(tx: &mut Tx, now: Timestamp, new: &[NewDelivery]) -> Result<()> {
    let mut newest: BTreeMap<(InstallationId, IssueId), LifecycleId> = BTreeMap::new();
    for new in new.iter().filter(|new| new.telling == Telling::Latest) {
        let last = newest
            .entry((new.installation, new.issue))
            .or_insert(new.lifecycle);
        *last = (*last).max(new.lifecycle);
    }
    for ((installation, issue), last) in newest {
        in_lane(tx, now, (installation, issue), last).await?;
    }
    Ok(())
}

async fn in_lane(
    tx: &mut Tx,
    now: Timestamp,
    (installation, issue): (InstallationId, IssueId),
    last: LifecycleId,
) -> Result<()> {
    let waiting = fetch_all!(
        tx,
        (i64, i64, Option<String>),
        "SELECT id, next_at, host FROM delivery
         WHERE installation_id = $1 AND issue_id = $2 AND lifecycle_id < $3 AND state IN (0, 4)
         ORDER BY lifecycle_id LIMIT 1000",
        installation.0,
        issue.0,
        last.0
    )?;
    let by = fetch_optional!(
        tx,
        (i64,),
        "SELECT id FROM delivery WHERE installation_id = $1 AND lifecycle_id = $2 AND state IN (0, 4)",
        installation.0,
        last.0
    )?;
    let Some((by,)) = by else { return Ok(()) };
    for (old, next_at, host) in waiting {
        let gone = execute!(
            tx,
            "UPDATE delivery SET state = 6, superseded_by = $1, next_at = $2, host = NULL, reason = NULL
             WHERE id = $3 AND state IN (0, 4)",
            by,
            now.micros(),
            old
        )?;
        if gone > 0 {
            // What it took the place of goes with it.
            let sql = "UPDATE delivery SET superseded_by = $1 WHERE superseded_by = $2";
            execute!(tx, sql, by, old)?;
            // It waits for what the other waited for: something newer makes no destination work.
            let sql = "UPDATE delivery SET next_at = $1, host = $2 WHERE id = $3 AND next_at < $1";
            execute!(tx, sql, next_at, host, by)?;
        }
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    superseded_by: i64,
    #[sqlx(flatten)]
    event: lifecycle::Row,
}

/// What deliveries took the place of: at most the newest fifty happenings for each, the oldest first.
pub async fn superseded(
    on: impl Reads,
    by: &[DeliveryId],
) -> Result<HashMap<DeliveryId, Vec<LifecycleEvent>>> {
    let mut found: HashMap<DeliveryId, Vec<LifecycleEvent>> = HashMap::new();
    if by.is_empty() {
        return Ok(found);
    }
    let mut statement = Statement::new(
        on.dialect(),
        "SELECT delivery.superseded_by, lifecycle.id, lifecycle.organization_id, lifecycle.project_id,
            lifecycle.issue_id, lifecycle.change, lifecycle.actor, lifecycle.chain_depth, lifecycle.at
         FROM delivery JOIN lifecycle ON lifecycle.id = delivery.lifecycle_id WHERE delivery.superseded_by IN ",
    );
    statement
        .bind_list(by.iter().map(|id| id.0))?
        .push(" ORDER BY lifecycle.id DESC LIMIT 10000");
    let rows: Vec<Row> = statement.fetch_all(on).await?;
    for row in rows {
        let of = found.entry(DeliveryId(row.superseded_by)).or_default();
        if of.len() < TOLD {
            of.push(row.event.read()?);
        }
    }
    found.values_mut().for_each(|events| events.reverse());
    Ok(found)
}
