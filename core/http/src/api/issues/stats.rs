//! An issue's events over time.

use axum::Json;
use axum::extract::State;
use errand_store::issues;

use super::render::{DAY, FORTNIGHT};
use crate::AppState;
use crate::api::at::InIssue;
use crate::api::query::QueryPairs;
use crate::api::shape::issue::Point;
use crate::error::ApiError;

/// An issue's events over time: `[[seconds since 1970, events], …]`.
#[utoipa::path(
    get,
    path = "/stats/",
    summary = "Get an issue's events over time",
    params(("resolution" = Option<String>, Query, description = "`1h`: the last day (the default); `1d`: two weeks.")),
    responses((status = OK, body = Vec<Vec<i64>>), (status = NOT_FOUND)),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    at: InIssue,
    query: QueryPairs,
) -> Result<Json<Vec<Point>>, ApiError> {
    let (_, intervals) = query
        .choose("resolution", &[("1h", DAY), ("1d", FORTNIGHT)])?
        .unwrap_or(DAY);
    let mut series = issues::series(&state.db, &[at.issue.id], intervals, state.now()).await?;
    let series = series.remove(&at.issue.id).unwrap_or_default();
    Ok(Json(
        series
            .into_iter()
            .map(|(from, events)| (from.seconds(), events))
            .collect(),
    ))
}
