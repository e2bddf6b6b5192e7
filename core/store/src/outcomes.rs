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

/// How many events were accepted of a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Since midnight, UTC.
    pub today: i64,
    /// In thirty days, by whole hours.
    pub thirty_days: i64,
    /// In an hour of the last seven days with any events, on the average; none before there were three.
    pub usual_hour: Option<i64>,
}

/// How many events were accepted of a project before `now`.
pub async fn accepted(mut on: impl Reads, project: ProjectId, now: Timestamp) -> Result<Accepted> {
    const DAY: i64 = 86_400_000_000;
    let hours = fetch_all!(
        on,
        (i64, i64),
        "SELECT hour, CAST(SUM(quantity) AS BIGINT) FROM outcome_hour
         WHERE project_id = $1 AND hour >= $2 AND outcome = 'accepted'
            AND category IN ('default', 'error', 'security', 'feedback') GROUP BY hour ORDER BY hour",
        project.0,
        now.hour().micros() - 30 * DAY
    )?;
    let midnight = now.micros().div_euclid(DAY) * DAY;
    let sum = |from: i64| {
        hours
            .iter()
            .filter(|(hour, _)| *hour >= from)
            .map(|(_, events)| events)
            .sum()
    };
    // The hour under way may be the flood itself.
    let week = hours
        .iter()
        .filter(|(hour, _)| *hour >= now.micros() - 7 * DAY && *hour < now.hour().micros());
    let (count, events) = week.fold((0, 0), |(count, sum), (_, events)| (count + 1, sum + events));
    Ok(Accepted {
        today: sum(midnight),
        thirty_days: sum(0),
        usual_hour: (count >= 3).then(|| events / count),
    })
}
