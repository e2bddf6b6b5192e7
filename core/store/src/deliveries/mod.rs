//! Deliveries: what is owed to installations, claimed, tried, finished.
//!
//! A *lane* is what one installation is owed about one issue. Only the first of a lane that is not over may be
//! claimed, so an installation hears about an issue in the order in which it happened. Who wants to hear of the latest
//! alone has at most one that waits in a lane (`supersede.rs`); who wants digests has what was gathered claimed together
//! (`gather.rs`).
//!
//! `next_at` is when a delivery is due; one that waits for nothing is due since it was written, so that among those
//! that are due the oldest comes first.

mod attempt;
mod claim;
mod destinations;
mod finish;
mod gather;
mod list;
mod replay;
mod retention;
mod supersede;
mod want;

use errand_model::telling::Telling;
use errand_model::{InstallationId, IssueId, LifecycleId, ProjectId};

pub(crate) use attempt::AttemptColumns;
pub use attempt::{AskedChange, Attempt, AttemptRow, StoredAttempt, attempts, attempts_after, last_attempts};
pub use claim::{Claimed, PartOf, claim, peek, reclaim, release, renew};
pub use destinations::destinations;
pub use finish::{Ended, Finished, finish};
pub use list::{DeliveryRow, StateCount, counts, get, list, of_issue, of_lifecycle, of_state};
pub use replay::{Replay, replay, replay_all};
pub use retention::{Keep, forget_old};
pub use supersede::superseded;
pub use want::{Hosts, Want};

pub(crate) use destinations::{forget as forget_destinations, tell_one as tell_destination};
pub(crate) use finish::take_place;

use crate::bulk::Bulk;
use crate::{Context, Result, Tx, execute};

/// A delivery to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// To whom.
    pub installation: InstallationId,
    /// What.
    pub lifecycle: LifecycleId,
    /// In which project.
    pub project: ProjectId,
    /// About which issue.
    pub issue: IssueId,
    /// How it is told.
    pub telling: Telling,
}

/// Made once: fanning out again after a crash adds nothing.
static INSERT: Bulk = Bulk::new(
    "INSERT INTO delivery (id, installation_id, lifecycle_id, issue_id, state, attempts, crashes, next_at, created,
        is_replay, gathering)
     VALUES ",
    11,
    " ON CONFLICT (installation_id, lifecycle_id) DO NOTHING",
);

/// Writes what is owed, due at once or with its digest; answers how many were not written already. What is told of the
/// latest alone takes the place of what waits.
pub async fn insert(tx: &mut Tx, cx: Context<'_>, new: &[NewDelivery]) -> Result<u64> {
    let now = cx.now();
    let due = gather::due(tx, now, new).await?;
    let rows: Vec<_> = new
        .iter()
        .zip(due)
        .map(|(new, due)| (cx.id(), new, due))
        .collect();
    let written = INSERT
        .execute(tx, &rows, |arguments, (id, new, due)| {
            arguments.add(*id)?;
            arguments.add(new.installation.0)?;
            arguments.add(new.lifecycle.0)?;
            arguments.add(new.issue.0)?;
            arguments.add(0_i16)?;
            arguments.add(0_i32)?;
            arguments.add(0_i32)?;
            arguments.add(due.micros())?;
            arguments.add(now.micros())?;
            arguments.add(false)?;
            arguments.add(gather::name(new))
        })
        .await?;
    supersede::older(tx, now, new).await?;
    Ok(written)
}

/// Lets what is parked of an installation go on, the oldest first.
async fn unpark(tx: &mut Tx, installation: InstallationId) -> Result<()> {
    execute!(
        tx,
        "UPDATE delivery SET state = 0, next_at = created, reason = NULL WHERE installation_id = $1 AND state = 4",
        installation.0
    )
    .map(|_| ())
}

/// Lets an installation's deliveries go on: the parked ones, and those that wait for their next attempt, the oldest
/// first.
pub(crate) async fn go_on(tx: &mut Tx, installation: InstallationId) -> Result<()> {
    execute!(
        tx,
        "UPDATE delivery SET state = 0, next_at = created, reason = NULL, host = NULL
         WHERE installation_id = $1 AND state IN (0, 4)",
        installation.0
    )
    .map(|_| ())
}
