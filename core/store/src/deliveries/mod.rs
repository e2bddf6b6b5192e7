//! Deliveries: what is owed to installations, claimed, tried, finished.
//!
//! A *lane* is what one installation is owed about one issue. Only the first of a lane that is not over may be
//! claimed, so an installation hears about an issue in the order in which it happened.

mod attempt;
mod claim;
mod list;

use errand_model::{DeliveryId, InstallationId, IssueId, LifecycleId, Timestamp};

pub use attempt::{Attempt, StoredAttempt, attempts, finish, release};
pub use claim::{Claimed, claim, claim_except, next_due, reclaim, renew};
pub use list::{DeliveryRow, StateCount, counts, list, of_issue};

use crate::bulk::Bulk;
use crate::{Context, Error, Result, Tx, execute};

/// A delivery to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// To whom.
    pub installation: InstallationId,
    /// What.
    pub lifecycle: LifecycleId,
    /// About which issue.
    pub issue: IssueId,
}

/// Made once: fanning out again after a crash adds nothing.
static INSERT: Bulk = Bulk::new(
    "INSERT INTO delivery (id, installation_id, lifecycle_id, issue_id, state, attempts, crashes, next_at, created)
     VALUES ",
    9,
    " ON CONFLICT (installation_id, lifecycle_id) DO NOTHING",
);

/// Writes what is owed, due at once; answers how many were not written already.
pub async fn insert(tx: &mut Tx, cx: Context<'_>, new: &[NewDelivery]) -> Result<u64> {
    let now = cx.now().micros();
    let rows: Vec<(i64, NewDelivery)> = new.iter().map(|new| (cx.id(), *new)).collect();
    INSERT
        .execute(tx, &rows, |arguments, (id, new)| {
            arguments.add(*id)?;
            arguments.add(new.installation.0)?;
            arguments.add(new.lifecycle.0)?;
            arguments.add(new.issue.0)?;
            arguments.add(0_i16)?;
            arguments.add(0_i32)?;
            arguments.add(0_i32)?;
            arguments.add(now)?;
            arguments.add(now)
        })
        .await
}

/// Lets what was parked of an installation go on.
pub(crate) async fn unpark(tx: &mut Tx, installation: InstallationId, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        "UPDATE delivery SET state = 0, next_at = $1, reason = NULL WHERE installation_id = $2 AND state = 4",
        now.micros(),
        installation.0
    )
    .map(|_| ())
}

/// Tries one that is over once more, with all its attempts. One that is under way or waiting is left alone.
pub async fn replay(tx: &mut Tx, cx: Context<'_>, id: DeliveryId) -> Result<()> {
    let changed = execute!(
        tx,
        "UPDATE delivery SET state = 0, attempts = 0, crashes = 0, next_at = $1, reason = NULL,
            lease_token = NULL, lease_until = NULL
         WHERE id = $2 AND state NOT IN (0, 1)",
        cx.now().micros(),
        id.0
    )?;
    if changed == 0 {
        Err(Error::Missing {
            what: "delivery that is over",
        })
    } else {
        Ok(())
    }
}
