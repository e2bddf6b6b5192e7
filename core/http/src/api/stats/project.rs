//! A project's events over time.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use errand_model::Timestamp;
use errand_model::outcome::{Category, Outcome};
use errand_store::stats::{self, Wanted};

use crate::AppState;
use crate::api::at::{InProject, Projects};
use crate::api::error::invalid;
use crate::api::query::QueryPairs;
use crate::api::shape::issue::Point;
use crate::error::{ApiError, Error};

/// The longest span that is answered, in seconds: ninety days.
const LONGEST: i64 = 90 * 86_400;

/// A project's events over time: `[[seconds since 1970, events], …]`.
#[utoipa::path(
    get,
    path = "/stats/",
    summary = "Get a project's events over time",
    params(
        ("stat" = Option<String>, Query, description = "`received` (the default), `rejected`, `blacklisted`, `generated`."),
        ("since" = Option<String>, Query, description = "Seconds since 1970; a day before `until` where it is missing."),
        ("until" = Option<String>, Query, description = "Seconds since 1970; now where it is missing."),
        ("resolution" = Option<String>, Query, description = "`1h` (the default) or `1d`."),
    ),
    responses((status = OK, body = Vec<Vec<i64>>), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    at: InProject<Projects>,
    query: QueryPairs,
) -> Result<Json<Vec<Point>>, ApiError> {
    let step = query
        .choose("resolution", &[("1h", 3_600), ("1d", 86_400), ("10s", 3_600)])?
        .unwrap_or(3_600);
    let (since, until) = span(&query, state.now())?;
    let wanted = Wanted {
        categories: vec![
            Category::Error,
            Category::Default,
            Category::Security,
            Category::Feedback,
        ],
        outcomes: outcomes(&query)?,
    };
    let hours = (Timestamp::from_seconds(since), Timestamp::from_seconds(until));
    let rows = stats::outcomes(&state.db, &[at.project.id], hours, &wanted).await?;
    let mut points: BTreeMap<i64, i64> = (since.div_euclid(step)..=(until - 1).div_euclid(step))
        .map(|n| (n * step, 0))
        .collect();
    for row in rows {
        let second = Timestamp::from_micros(row.hour).seconds();
        if let Some(events) = points.get_mut(&(second.div_euclid(step) * step)) {
            *events += row.quantity;
        }
    }
    Ok(Json(points.into_iter().collect()))
}

fn span(query: &QueryPairs, now: Timestamp) -> Result<(i64, i64), Error> {
    let allowed = "seconds since 1970";
    let seconds = |name| Ok::<_, Error>(query.parse::<f64>(name, allowed)?.map(|seconds| seconds as i64));
    let until = seconds("until")?.unwrap_or(now.seconds() + 1);
    let since = seconds("since")?.unwrap_or(until.saturating_sub(86_400));
    if since >= until || until.saturating_sub(since) > LONGEST {
        return Err(invalid(
            "since",
            &since.to_string(),
            "a time before `until`, by at most ninety days",
        ));
    }
    Ok((since, until))
}

fn outcomes(query: &QueryPairs) -> Result<Vec<Outcome>, Error> {
    let choices = [
        ("received", 0),
        ("rejected", 1),
        ("blacklisted", 2),
        ("generated", 0),
    ];
    Ok(match query.choose("stat", &choices)? {
        Some(1) => vec![Outcome::RateLimited, Outcome::Invalid],
        Some(2) => vec![Outcome::Filtered],
        _ => vec![Outcome::Accepted],
    })
}
