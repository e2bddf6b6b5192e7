//! Events over time: Sentry's `events-stats`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use errand_model::Timestamp;
use errand_model::question::{Answer, Question, Row};
use errand_store::facts::Names;
use serde_json::{Map, Value, json};

use super::field::{Aggregate, Fields, aggregate, allowed};
use super::{Asked, span};
use crate::AppState;
use crate::api::at::{Events, InOrganization};
use crate::api::error::invalid;
use crate::api::query::QueryPairs;
use crate::error::{ApiError, Error};
use crate::estimate;

/// Groups that have a series of their own at most.
const MOST_TOP: usize = 20;

/// The events of an organization over time.
#[utoipa::path(
    get,
    path = "/events-stats/",
    summary = "Count an organization's events, users and issues over time",
    params(
        ("yAxis" = Option<Vec<String>>, Query, description = "What is counted: `count()` (where nothing is said), `count_unique(user)`, `count_unique(issue)`, `epm()`, `eph()`, `eps()`."),
        ("query" = Option<String>, Query, description = "Search terms."),
        ("interval" = Option<String>, Query, description = "`5m`, `1h`, `1d`: what fits the time, where nothing is said."),
        ("statsPeriod" = Option<String>, Query, description = "`24h`, `14d`: back from now."),
        ("start" = Option<String>, Query, description = "From here, together with `end`."),
        ("end" = Option<String>, Query, description = "To here."),
        ("topEvents" = Option<usize>, Query, description = "A series for each of so many groups of `field`, and one for the others."),
        ("field" = Option<Vec<String>>, Query, description = "What groups are told apart by, where there are `topEvents`."),
        ("project" = Option<Vec<String>>, Query, description = "Ids or slugs of projects; all where it is missing."),
        ("environment" = Option<Vec<String>>, Query, description = "In one of these."),
    ),
    responses((status = OK, body = Object, headers(("x-estimated-within" = f64, description = "Within how many per cent `count_unique` is, where it is estimated."))), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    at: InOrganization<Events>,
    query: QueryPairs,
) -> Result<Response, ApiError> {
    let axes = axes(&query)?;
    let top = top(&query)?;
    let of_groups = query
        .all("field")
        .filter(|name| top.is_some() && aggregate(name).is_none());
    let fields = Fields::read(
        "yAxis",
        axes.iter().map(|(name, _)| name.as_str()).chain(of_groups),
    )?;
    let span = span::of(&query, state.now())?;
    let asked = Asked::of(&state, &at, &query).await?;
    let step = span::step(&query, span)?;
    let question = Question {
        filter: asked.filter.clone(),
        measures: fields.measures.clone(),
        keys: fields.keys.clone(),
        span,
        step: Some(step),
        sort: 0,
        is_ascending: false,
        top: top.unwrap_or(0),
    };
    let (answer, names) = asked.answer(&state, &at, &question).await?;
    let frame = Frame {
        axes: &axes,
        fields: &fields,
        steps: &answer.steps,
        step,
        bounds: (span.since.seconds(), span.until.seconds()),
    };
    let mut response = Json(frame.of_answer(&answer, &names)).into_response();
    estimate::say(&mut response, answer.within);
    Ok(response)
}

fn axes(query: &QueryPairs) -> Result<Vec<(String, Aggregate)>, Error> {
    let mut axes: Vec<(String, Aggregate)> = Vec::new();
    for name in query.all("yAxis") {
        let found = aggregate(name).ok_or_else(|| invalid("yAxis", name, &allowed()))?;
        if !axes.iter().any(|(known, _)| known == name) {
            axes.push((name.to_owned(), found));
        }
    }
    if axes.is_empty() {
        axes.extend(aggregate("count()").map(|count| ("count()".to_owned(), count)));
    }
    Ok(axes)
}

fn top(query: &QueryPairs) -> Result<Option<usize>, Error> {
    let allowed = "a number from 1 to 20, with a field to group by";
    let top: Option<usize> = query.parse("topEvents", allowed)?;
    let has_key = query.all("field").any(|name| aggregate(name).is_none());
    match top {
        Some(top) if !(1..=MOST_TOP).contains(&top) || !has_key => {
            Err(invalid("topEvents", &top.to_string(), allowed))
        }
        top => Ok(top),
    }
}

/// What all series of an answer have in common.
struct Frame<'a> {
    axes: &'a [(String, Aggregate)],
    fields: &'a Fields,
    steps: &'a [Timestamp],
    step: i64,
    bounds: (i64, i64),
}

impl Frame<'_> {
    /// The series of all together; by group, where groups are told apart.
    fn of_answer(&self, answer: &Answer, names: &Names) -> Value {
        if self.fields.keys.is_empty() {
            return self.of_row(&answer.total, 0);
        }
        let mut groups = Map::new();
        for (order, row) in answer.rows.iter().enumerate() {
            let labels = self.fields.keys.iter().zip(&row.labels);
            let label: Vec<String> = labels.map(|(key, label)| names.text(key, label)).collect();
            groups.insert(label.join(","), self.of_row(row, order));
        }
        if let Some(others) = &answer.others {
            groups.insert("Other".to_owned(), self.of_row(others, answer.rows.len()));
        }
        Value::Object(groups)
    }

    /// The series of a group; by axis, where there are several.
    fn of_row(&self, row: &Row, order: usize) -> Value {
        match self.axes {
            [(_, axis)] => self.series(row, *axis, order),
            axes => {
                let series = axes.iter().enumerate();
                let mut map: Map<String, Value> = series
                    .map(|(at, (name, axis))| (name.clone(), self.series(row, *axis, at)))
                    .collect();
                if !self.fields.keys.is_empty() {
                    map.insert("order".to_owned(), json!(order));
                }
                Value::Object(map)
            }
        }
    }

    fn series(&self, row: &Row, axis: Aggregate, order: usize) -> Value {
        let counted = row.series.get(self.fields.place(axis));
        let counted = counted.map(Vec::as_slice).unwrap_or_default();
        let data: Vec<Value> = self
            .steps
            .iter()
            .zip(counted)
            .map(|(at, counted)| json!([at.seconds(), [{ "count": axis.value(*counted, self.step) }]]))
            .collect();
        json!({
            "data": data,
            "order": order,
            "start": self.bounds.0,
            "end": self.bounds.1,
            "isMetricsData": false,
        })
    }
}
