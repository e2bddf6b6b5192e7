//! What became of what was sent, by hour.

use errand_model::outcome::{Category, Outcome};
use errand_model::{ProjectId, Timestamp};

use crate::{Db, Result, Statement};

/// That many items of a project ended so within an hour.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OutcomeHour {
    /// Whose.
    pub project_id: i64,
    /// The start of the hour, in microseconds since 1970.
    pub hour: i64,
    /// What they were: [`Category`]'s names.
    pub category: String,
    /// How they ended: [`Outcome`]'s names.
    pub outcome: String,
    /// Why.
    pub reason: String,
    /// How many.
    pub quantity: i64,
}

/// Which outcomes are wanted; empty lists want all.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of these kinds.
    pub categories: Vec<Category>,
    /// That ended so.
    pub outcomes: Vec<Outcome>,
}

/// Counts by hour of `projects`, from the hour of `start` to before `end`, in the order of the hours.
pub async fn outcomes(
    db: &Db,
    projects: &[ProjectId],
    (start, end): (Timestamp, Timestamp),
    wanted: &Wanted,
) -> Result<Vec<OutcomeHour>> {
    let mut statement = Statement::new(
        db.dialect(),
        "SELECT project_id, hour, category, outcome, reason, quantity FROM outcome_hour WHERE project_id IN ",
    );
    statement.bind_list(projects.iter().map(|project| project.0))?;
    statement.push(" AND hour >= ").bind(start.hour().micros())?;
    statement.push(" AND hour < ").bind(end.micros())?;
    if !wanted.categories.is_empty() {
        statement
            .push(" AND category IN ")
            .bind_list(wanted.categories.iter().map(|it| it.as_str()))?;
    }
    if !wanted.outcomes.is_empty() {
        statement
            .push(" AND outcome IN ")
            .bind_list(wanted.outcomes.iter().map(|it| it.as_str()))?;
    }
    statement.push(" ORDER BY hour");
    statement.fetch_all(db).await
}
