//! An organization's outcomes over time, grouped: Sentry's `stats_v2`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use errand_model::{ProjectId, Timestamp};
use errand_store::projects;
use errand_store::stats::{self, OutcomeHour, Wanted};

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::error::{invalid, missing};
use crate::api::query::QueryPairs;
use crate::api::shape::Time;
use crate::api::shape::stats::{StatsGroup, StatsV2, Sum};
use crate::error::{ApiError, Error};

const HOUR: i64 = 3_600;

/// Intervals that are answered at most.
const MOST_INTERVALS: i64 = 1_000;

/// What can be grouped by.
const FIELDS: [(&str, Field); 4] = [
    ("outcome", Field::Outcome),
    ("category", Field::Category),
    ("reason", Field::Reason),
    ("project", Field::Project),
];

#[derive(Clone, Copy, Debug)]
enum Field {
    Outcome,
    Category,
    Reason,
    Project,
}

/// What became of what was sent to an organization's projects.
#[utoipa::path(
    get,
    path = "/stats_v2/",
    summary = "Get an organization's outcomes over time",
    params(
        ("field" = String, Query, description = "`sum(quantity)`."),
        ("groupBy" = Vec<String>, Query, description = "`outcome`, `category`, `reason`, `project`."),
        ("statsPeriod" = Option<String>, Query, description = "`24h`, `14d`: hours or days, at most `90d`."),
        ("interval" = Option<String>, Query, description = "`1h` or `1d`."),
        ("project" = Option<Vec<i64>>, Query, description = "Ids of projects; all where it is missing."),
        ("category" = Option<String>, Query, description = "One category."),
        ("outcome" = Option<String>, Query, description = "One outcome."),
    ),
    responses((status = OK, body = StatsV2), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    query: QueryPairs,
) -> Result<Json<StatsV2>, ApiError> {
    match query.text("field") {
        Some("sum(quantity)") => {}
        Some(other) => return Err(ApiError(invalid("field", other, "sum(quantity)"))),
        None => return Err(ApiError(missing("field", "sum(quantity)"))),
    }
    let by = group_by(&query)?;
    let span = Span::of(&query, state.now())?;
    let all = projects::list(&state.db, Some(at.organization.id)).await?;
    let wanted: Vec<i64> = query.parse_all("project", "ids of projects")?;
    let is_wanted = |id: &ProjectId| wanted.is_empty() || wanted.contains(&-1) || wanted.contains(&id.0);
    let ids: Vec<ProjectId> = all.iter().map(|project| project.id).filter(is_wanted).collect();
    let rows = stats::outcomes(&state.db, &ids, (span.start, span.end), &Wanted::default()).await?;
    let (category, outcome) = (query.text("category"), query.text("outcome"));
    let rows = rows.into_iter().filter(|row| {
        category.is_none_or(|category| category == row.category)
            && outcome.is_none_or(|outcome| outcome == row.outcome)
    });
    Ok(Json(StatsV2 {
        start: Time(span.start),
        end: Time(span.end),
        intervals: span.intervals().map(Time).collect(),
        groups: grouped(rows, &by, span),
    }))
}

fn group_by(query: &QueryPairs) -> Result<Vec<(&'static str, Field)>, Error> {
    let names = query.all("groupBy");
    let found = names.map(|name| {
        let field = FIELDS.iter().find(|(field, _)| *field == name);
        field
            .copied()
            .ok_or_else(|| invalid("groupBy", name, "outcome, category, reason, project"))
    });
    found.collect()
}

/// The time that is looked at, in intervals.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: Timestamp,
    end: Timestamp,
    step: i64,
}

impl Span {
    fn of(query: &QueryPairs, now: Timestamp) -> Result<Self, Error> {
        let step = query
            .choose("interval", &[("1h", HOUR), ("1d", 24 * HOUR)])?
            .unwrap_or(HOUR);
        let period = query.text("statsPeriod").unwrap_or("24h");
        let hours =
            hours(period).ok_or_else(|| invalid("statsPeriod", period, "hours or days, as 24h or 14d"))?;
        let last = now.seconds().div_euclid(step) * step;
        let count = (hours * HOUR / step).clamp(1, MOST_INTERVALS);
        Ok(Span {
            start: Timestamp::from_seconds(last - (count - 1) * step),
            end: Timestamp::from_seconds(last + step),
            step,
        })
    }

    fn intervals(self) -> impl Iterator<Item = Timestamp> {
        let count = (self.end.seconds() - self.start.seconds()) / self.step;
        (0..count).map(move |n| self.start.plus_seconds(n * self.step))
    }

    fn index(self, hour: i64) -> Option<usize> {
        let seconds = Timestamp::from_micros(hour).seconds() - self.start.seconds();
        usize::try_from(seconds.div_euclid(self.step)).ok()
    }
}

/// `24h` or `14d` in hours.
fn hours(period: &str) -> Option<i64> {
    let (number, unit) = period.split_at_checked(period.len().checked_sub(1)?)?;
    let number: i64 = number
        .parse()
        .ok()
        .filter(|number| (1..=2_160).contains(number))?;
    match unit {
        "h" => Some(number),
        "d" if number <= 90 => Some(number * 24),
        _ => None,
    }
}

fn grouped(
    rows: impl Iterator<Item = OutcomeHour>,
    by: &[(&'static str, Field)],
    span: Span,
) -> Vec<StatsGroup> {
    let count = span.intervals().count();
    let mut groups: BTreeMap<Vec<String>, Vec<i64>> = BTreeMap::new();
    for row in rows {
        let key = by.iter().map(|(_, field)| value_of(&row, *field)).collect();
        let series = groups.entry(key).or_insert_with(|| vec![0; count]);
        if let Some(slot) = span.index(row.hour).and_then(|at| series.get_mut(at)) {
            *slot += row.quantity;
        }
    }
    let group = |(key, series): (Vec<String>, Vec<i64>)| StatsGroup {
        by: by.iter().map(|(name, _)| *name).zip(key).collect(),
        totals: Sum {
            quantity: series.iter().sum(),
        },
        series: Sum { quantity: series },
    };
    groups.into_iter().map(group).collect()
}

fn value_of(row: &OutcomeHour, field: Field) -> String {
    match field {
        Field::Outcome => row.outcome.clone(),
        Field::Category => row.category.clone(),
        Field::Reason => row.reason.clone(),
        Field::Project => row.project_id.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::hours;

    #[test]
    fn periods_are_hours_or_days() {
        assert_eq!(hours("24h"), Some(24));
        assert_eq!(hours("14d"), Some(336));
        for wrong in ["", "d", "91d", "0h", "-1h", "1w", "9999999999999999999h"] {
            assert_eq!(hours(wrong), None, "{wrong}");
        }
    }
}
