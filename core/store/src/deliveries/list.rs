//! Deliveries, as people look at them.

use errand_model::delivery::{Delivery, DeliveryState};
use errand_model::{DeliveryId, InstallationId, IssueId, LifecycleId, Timestamp};

use crate::{Error, Reads, Result, fetch_all};

/// A delivery and what can be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryRow {
    /// The delivery.
    pub delivery: Delivery,
    /// Why it stands where it stands, where that needs to be said.
    pub reason: Option<String>,
    /// When it was written.
    pub created: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    installation_id: i64,
    lifecycle_id: i64,
    issue_id: i64,
    state: i16,
    attempts: i32,
    next_at: i64,
    reason: Option<String>,
    created: i64,
}

impl Row {
    fn read(self) -> Result<DeliveryRow> {
        Ok(DeliveryRow {
            delivery: Delivery {
                id: DeliveryId(self.id),
                installation: InstallationId(self.installation_id),
                lifecycle: LifecycleId(self.lifecycle_id),
                issue: IssueId(self.issue_id),
                state: state(self.state)?,
                attempts: self.attempts,
                next_at: Timestamp::from_micros(self.next_at),
            },
            reason: self.reason,
            created: Timestamp::from_micros(self.created),
        })
    }
}

fn state(code: i16) -> Result<DeliveryState> {
    DeliveryState::from_code(code).ok_or_else(|| Error::corrupt("delivery.state", code))
}

/// What installations were and are told about an issue, the newest first.
pub async fn of_issue(mut on: impl Reads, issue: IssueId, limit: i64) -> Result<Vec<DeliveryRow>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, installation_id, lifecycle_id, issue_id, state, attempts, next_at, reason, created FROM delivery
         WHERE issue_id = $1 ORDER BY id DESC LIMIT $2",
        issue.0,
        limit
    )?;
    rows.into_iter().map(Row::read).collect()
}

/// What an installation was and is told, the newest first.
pub async fn list(mut on: impl Reads, installation: InstallationId, limit: i64) -> Result<Vec<DeliveryRow>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, installation_id, lifecycle_id, issue_id, state, attempts, next_at, reason, created FROM delivery
         WHERE installation_id = $1 ORDER BY lifecycle_id DESC LIMIT $2",
        installation.0,
        limit
    )?;
    rows.into_iter().map(Row::read).collect()
}

/// How many deliveries stand somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateCount {
    /// Where.
    pub state: DeliveryState,
    /// How many.
    pub count: i64,
}

/// How many deliveries stand in each state that any stands in.
pub async fn counts(mut on: impl Reads) -> Result<Vec<StateCount>> {
    let rows = fetch_all!(
        on,
        (i16, i64),
        "SELECT state, COUNT(*) FROM delivery GROUP BY state ORDER BY state"
    )?;
    rows.into_iter()
        .map(|(code, count)| {
            Ok(StateCount {
                state: state(code)?,
                count,
            })
        })
        .collect()
}
