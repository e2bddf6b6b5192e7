//! Events, grouped and counted: Sentry's `events`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use errand_model::page::Cursor;
use errand_model::question::{MOST_ROWS, Question, Row, Span};
use errand_store::facts::Names;
use serde_json::{Map, Value, json};

use super::field::{Field, Fields, allowed, sorted_by};
use super::{Asked, span};
use crate::AppState;
use crate::api::at::{Events, InOrganization};
use crate::api::error::invalid;
use crate::api::paging::Paging;
use crate::api::query::QueryPairs;
use crate::api::shape::discover::{EventsTable, TableMeta};
use crate::error::{ApiError, Error};
use crate::estimate;

/// The events of an organization, grouped and counted.
#[utoipa::path(
    get,
    path = "/events/",
    summary = "Count an organization's events, users and issues in groups",
    params(
        ("field" = Vec<String>, Query, description = "What is counted (`count()`, `count_unique(user)`, `count_unique(issue)`, `epm()`, `eph()`, `eps()`), and up to two fields to group by: `release`, `environment`, `project`, `issue`, `title`, `user`, or any tag."),
        ("query" = Option<String>, Query, description = "Search terms."),
        ("sort" = Option<String>, Query, description = "What is counted, the least first; with `-` before it, the most first: `-count_unique(user)`."),
        ("statsPeriod" = Option<String>, Query, description = "`24h`, `14d`: back from now; `90d` where nothing is said."),
        ("start" = Option<String>, Query, description = "From here, together with `end`."),
        ("end" = Option<String>, Query, description = "To here."),
        ("project" = Option<Vec<String>>, Query, description = "Ids or slugs of projects; all where it is missing."),
        ("environment" = Option<Vec<String>>, Query, description = "In one of these."),
        ("cursor" = Option<String>, Query, description = "From a `Link` header."),
        ("per_page" = Option<u32>, Query, description = "1 to 100."),
    ),
    responses((status = OK, body = EventsTable, headers(("x-estimated-within" = f64, description = "Within how many per cent `count_unique` is, where it is estimated."))), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    at: InOrganization<Events>,
    query: QueryPairs,
    paging: Paging,
) -> Result<Response, ApiError> {
    let fields = Fields::read("field", query.all("field"))?;
    let span = span::of(&query, state.now())?;
    let asked = Asked::of(&state, &at, &query).await?;
    let offset = paging.cursor.map_or(0, |cursor| cursor.offset.max(0));
    let offset = usize::try_from(offset).unwrap_or(MOST_ROWS);
    let limit = paging.limit as usize;
    let (sort, is_ascending) = sort(&query, &fields)?;
    let question = Question {
        filter: asked.filter.clone(),
        measures: fields.measures.clone(),
        keys: fields.keys.clone(),
        span,
        step: None,
        sort,
        is_ascending,
        top: (offset + limit).min(MOST_ROWS),
    };
    let (answer, names) = asked.answer(&state, &at, &question).await?;
    let within = answer.within;
    let rows: Vec<Row> = match fields.keys.is_empty() {
        true => vec![answer.total],
        false => answer.rows,
    };
    let has_next = answer.groups > offset + limit && offset + limit < MOST_ROWS;
    let rows = rows.iter().skip(offset).take(limit);
    let table = EventsTable {
        data: rows.map(|row| line(row, &fields, &names, span)).collect(),
        meta: meta(&fields),
    };
    let to = |offset: usize, is_prev| Cursor {
        value: 0,
        offset: offset as i64,
        is_prev,
    };
    let prev = (offset > 0).then(|| to(offset.saturating_sub(limit), true));
    let links = paging.links(prev, has_next.then(|| to(offset + limit, false)));
    let mut response = Json(table).into_response();
    if let Ok(links) = HeaderValue::from_str(&links) {
        response.headers_mut().insert(header::LINK, links);
    }
    estimate::say(&mut response, within);
    Ok(response)
}

/// The place of what rows are sorted by, and whether the least comes first.
fn sort(query: &QueryPairs, fields: &Fields) -> Result<(usize, bool), Error> {
    let Some(text) = query.text("sort") else {
        return Ok((0, false));
    };
    let name = text.strip_prefix('-').unwrap_or(text);
    let aggregate = sorted_by(name)
        .filter(|aggregate| fields.measures.contains(&aggregate.measure()))
        .ok_or_else(|| {
            invalid(
                "sort",
                text,
                &format!("one of the fields that is counted: {}", allowed()),
            )
        })?;
    Ok((fields.place(aggregate), !text.starts_with('-')))
}

fn line(row: &Row, fields: &Fields, names: &Names, span: Span) -> Map<String, Value> {
    let value = |name: &String, field: &Field| match field {
        Field::Key(place) => fields.label(name, *place, &row.labels, names),
        Field::Aggregate(aggregate) => {
            let counted = row.values.get(fields.place(*aggregate)).copied();
            aggregate.value(counted.unwrap_or_default(), span.seconds())
        }
    };
    let pairs = fields.names.iter().zip(&fields.fields);
    pairs
        .map(|(name, field)| (name.clone(), value(name, field)))
        .collect()
}

fn meta(fields: &Fields) -> TableMeta {
    let kind = |(name, field): (&String, &Field)| {
        let kind = match (name.as_str(), field) {
            (_, Field::Aggregate(aggregate)) => aggregate.kind(),
            ("project.id" | "issue.id", _) => "integer",
            _ => "string",
        };
        (name.clone(), json!(kind))
    };
    let pairs = fields.names.iter().zip(&fields.fields);
    TableMeta {
        fields: pairs.map(kind).collect(),
        units: fields
            .names
            .iter()
            .map(|name| (name.clone(), Value::Null))
            .collect(),
        is_metrics_data: false,
    }
}
