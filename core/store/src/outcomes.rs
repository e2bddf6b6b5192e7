//! How items ended, counted by the hour.

use errand_model::outcome::OutcomeCount;
use errand_model::{ProjectId, Timestamp};

use crate::bulk::Bulk;
use crate::{Reads, Result, Tx, fetch_all};

static ADD: Bulk = Bulk::new(
    "INSERT INTO outcome_hour (project_id, hour, category, outcome, reason, quantity) VALUES ",
    6,
    " ON CONFLICT (project_id, hour, category, outcome, reason)
      DO UPDATE SET quantity = outcome_hour.quantity + excluded.quantity",
);

/// Adds counts to the hour of `now`. Each is of another project, category, outcome and reason, and they are in
/// that order, so that no two nodes wait for each other crosswise.
pub async fn add(tx: &mut Tx, now: Timestamp, counts: &[OutcomeCount]) -> Result<()> {
    let hour = now.hour().micros();
    ADD.execute(tx, counts, |arguments, count| {
        arguments.add(count.project.0)?;
        arguments.add(hour)?;
        arguments.add(count.category.as_str())?;
        arguments.add(count.outcome.as_str())?;
        arguments.add_key(Some(&count.reason))?;
        arguments.add(count.quantity)
    })
    .await
    .map(|_| ())
}

/// One hour's count.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OutcomeHour {
    /// The start of the hour, in microseconds since 1970.
    pub hour: i64,
    /// `Category::as_str`.
    pub category: String,
    /// `Outcome::as_str`.
    pub outcome: String,
    /// Why.
    pub reason: String,
    /// How many.
    pub quantity: i64,
}

/// The counts of a project from one time to another, in order.
pub async fn list(
    mut on: impl Reads,
    project: ProjectId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<OutcomeHour>> {
    fetch_all!(
        on,
        OutcomeHour,
        "SELECT hour, category, outcome, reason, quantity FROM outcome_hour
         WHERE project_id = $1 AND hour >= $2 AND hour < $3 ORDER BY hour, category, outcome, reason",
        project.0,
        from.hour().micros(),
        to.micros()
    )
}
