//! An organization's outcomes over time, grouped: Sentry's `stats_v2`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use errand_model::ProjectId;
use errand_store::stats::{self, OutcomeHour, Wanted};

use super::span::Span;
use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::error::{invalid, missing};
use crate::api::query::QueryPairs;
use crate::api::shape::Time;
use crate::api::shape::stats::{StatsGroup, StatsV2, Sum};
use crate::error::{ApiError, Error};

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
    let all = at.projects(&state.db).await?;
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
