//! Claiming what is due.

use errand_model::delivery::{Delivery, DeliveryState};
use errand_model::lifecycle::LifecycleEvent;
use errand_model::{DeliveryId, InstallationId, Timestamp};

use crate::{Context, Dialect, Error, Reads, Result, Statement, Tx, execute, fetch_optional, lifecycle};

/// A delivery that is ours to try until its lease ends.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The delivery, as it was claimed.
    pub delivery: Delivery,
    /// Times that the plugin crashed on it.
    pub crashes: i32,
    /// What is to be told.
    pub event: LifecycleEvent,
    /// Who shows this may finish it.
    pub lease_token: i64,
    /// Until when.
    pub lease_until: Timestamp,
}

/// What is due, and first in its lane. Deliveries whose lease has ended are due again: who had them is dead.
const DUE: &str =
    "SELECT delivery.id FROM delivery JOIN installation ON installation.id = delivery.installation_id
     WHERE delivery.state IN (0, 1) AND delivery.next_at <= ";

const HEARD: &str = "
       AND installation.is_enabled AND installation.paused IS NULL";

const FIRST_IN_LANE: &str = "
       AND NOT EXISTS (
           SELECT 1 FROM delivery AS earlier
           WHERE earlier.installation_id = delivery.installation_id AND earlier.issue_id = delivery.issue_id
             AND earlier.lifecycle_id < delivery.lifecycle_id AND earlier.state IN (0, 1, 4))
     ORDER BY delivery.next_at, delivery.lifecycle_id LIMIT ";

/// Claims up to `limit` deliveries that are due, each for `lease_seconds`: until then nobody else tries it.
pub async fn claim(tx: &mut Tx, cx: Context<'_>, limit: i64, lease_seconds: i64) -> Result<Vec<Claimed>> {
    claim_except(tx, cx, &[], limit, lease_seconds).await
}

/// Like [`claim`], but none of the installations in `except`: they have enough to do.
pub async fn claim_except(
    tx: &mut Tx,
    cx: Context<'_>,
    except: &[InstallationId],
    limit: i64,
    lease_seconds: i64,
) -> Result<Vec<Claimed>> {
    let now = cx.now();
    let until = now.plus_seconds(lease_seconds);
    let mut due = Statement::new(tx.dialect(), DUE);
    due.bind(now.micros())?.push(HEARD);
    if !except.is_empty() {
        due.push(" AND installation.id NOT IN ")
            .bind_list(except.iter().map(|installation| installation.0))?;
    }
    due.push(FIRST_IN_LANE).bind(limit)?;
    due.push(tx.dialect().skip_locked_deliveries());
    let ids: Vec<(i64,)> = due.fetch_all(&mut *tx).await?;
    let mut claimed = Vec::with_capacity(ids.len());
    for (id,) in ids {
        let token = cx.id();
        // A lease that ends is a delivery that is due: one index finds both.
        execute!(
            tx,
            "UPDATE delivery SET state = 1, lease_token = $1, lease_until = $2, next_at = $2 WHERE id = $3",
            token,
            until.micros(),
            id
        )?;
        claimed.push(read(tx, DeliveryId(id), token, until).await?);
    }
    Ok(claimed)
}

async fn read(tx: &mut Tx, id: DeliveryId, lease_token: i64, lease_until: Timestamp) -> Result<Claimed> {
    let missing = Error::Missing { what: "delivery" };
    let (installation, event, attempts, crashes) = fetch_optional!(
        tx,
        (i64, i64, i32, i32),
        "SELECT installation_id, lifecycle_id, attempts, crashes FROM delivery WHERE id = $1",
        id.0
    )?
    .ok_or(missing)?;
    let event = lifecycle::by_id(tx, event.into()).await?;
    let event = event.ok_or_else(|| Error::corrupt("delivery", format!("{id} tells of nothing")))?;
    let delivery = Delivery {
        id,
        installation: InstallationId(installation),
        lifecycle: event.id,
        issue: event.issue,
        state: DeliveryState::Leased,
        attempts,
        next_at: lease_until,
    };
    Ok(Claimed {
        delivery,
        crashes,
        event,
        lease_token,
        lease_until,
    })
}

/// Holds a claimed delivery for longer; fails if it is no longer ours.
pub async fn renew(
    tx: &mut Tx,
    cx: Context<'_>,
    id: DeliveryId,
    lease_token: i64,
    lease_seconds: i64,
) -> Result<()> {
    let changed = execute!(
        tx,
        "UPDATE delivery SET lease_until = $1, next_at = $1 WHERE id = $2 AND lease_token = $3 AND state = 1",
        cx.now().plus_seconds(lease_seconds).micros(),
        id.0,
        lease_token
    )?;
    if changed == 0 {
        Err(Error::Conflict {
            what: "delivery".to_owned(),
        })
    } else {
        Ok(())
    }
}

/// Ends the leases of a hub that died, for the one that starts after it; answers how many there were. On SQLite
/// nobody but the hub that starts can hold any. On PostgreSQL another node may, so there they run out by themselves.
pub async fn reclaim(tx: &mut Tx, cx: Context<'_>) -> Result<u64> {
    if tx.dialect() != Dialect::Sqlite {
        return Ok(0);
    }
    execute!(
        tx,
        "UPDATE delivery SET state = $1, next_at = $2, lease_token = NULL, lease_until = NULL WHERE state = $3",
        DeliveryState::Waiting.code(),
        cx.now().micros(),
        DeliveryState::Leased.code()
    )
}

/// When the next delivery is due, so that nobody has to ask before; none if nothing waits. What is held because
/// its installation is paused, or by an earlier one of its lane, is due all the same.
pub async fn next_due(mut on: impl Reads) -> Result<Option<Timestamp>> {
    let row = fetch_optional!(
        on,
        (i64,),
        "SELECT delivery.next_at FROM delivery JOIN installation ON installation.id = delivery.installation_id
         WHERE delivery.state IN (0, 1) AND installation.is_enabled AND installation.paused IS NULL
         ORDER BY delivery.next_at LIMIT 1"
    )?;
    Ok(row.map(|(next,)| Timestamp::from_micros(next)))
}
