//! The tags of an issue.

use axum::Json;
use axum::extract::State;
use errand_store::tags::{self, Facet, TagCount, TagSort};

use crate::AppState;
use crate::api::at::InIssue;
use crate::api::paging::{Paged, Paging};
use crate::api::query::QueryPairs;
use crate::api::shape::Time;
use crate::api::shape::tags::{TagSummary, TagValueShape, tag_name};
use crate::error::{ApiError, Error};

/// Values that a tag is shown with.
const TOP: u32 = 10;

/// The tags of an issue, by name, each with its commonest values.
#[utoipa::path(
    get,
    path = "/tags/",
    summary = "List an issue's tags",
    params(
        ("key" = Option<Vec<String>>, Query, description = "Only these."),
        ("limit" = Option<u32>, Query, description = "How many values of each: 1 to 100."),
    ),
    responses((status = OK, body = Vec<TagSummary>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InIssue,
    query: QueryPairs,
    paging: Paging,
) -> Result<Json<Vec<TagSummary>>, ApiError> {
    let top = if query.text("limit").is_some() {
        paging.limit
    } else {
        TOP
    };
    let mut facets = tags::facets(&state.db, at.issue.id, top).await?;
    let wanted: Vec<&str> = query.all("key").collect();
    facets.retain(|facet| wanted.is_empty() || wanted.contains(&facet.key.as_str()));
    Ok(Json(facets.into_iter().map(summary).collect()))
}

/// One tag of an issue with its commonest values.
#[utoipa::path(
    get,
    path = "/tags/{key}/",
    summary = "Get an issue's tag",
    responses((status = OK, body = TagSummary), (status = NOT_FOUND)),
)]
pub(super) async fn get(State(state): State<AppState>, at: InIssue) -> Result<Json<TagSummary>, ApiError> {
    let facet = tags::facet(&state.db, at.issue.id, at.by.path.text("key"), TOP).await?;
    Ok(Json(summary(facet.ok_or_else(no_such_tag)?)))
}

/// The values of a tag of an issue.
#[utoipa::path(
    get,
    path = "/tags/{key}/values/",
    summary = "List the values of an issue's tag",
    params(
        ("sort" = Option<String>, Query, description = "`count` (the default), `date` or `age`."),
        ("cursor" = Option<String>, Query, description = "From a `Link` header."),
        ("limit" = Option<u32>, Query, description = "1 to 100."),
    ),
    responses((status = OK, body = Vec<TagValueShape>), (status = NOT_FOUND)),
)]
pub(super) async fn values(
    State(state): State<AppState>,
    at: InIssue,
    query: QueryPairs,
    paging: Paging,
) -> Result<Paged<TagValueShape>, ApiError> {
    let sorts = [
        ("count", TagSort::Events),
        ("-count", TagSort::Events),
        ("date", TagSort::LastSeen),
        ("-last_seen", TagSort::LastSeen),
        ("age", TagSort::FirstSeen),
        ("-first_seen", TagSort::FirstSeen),
    ];
    let sort = query.choose("sort", &sorts)?.unwrap_or_default();
    let key = at.by.path.text("key");
    let page = tags::values_of(&state.db, at.issue.id, key, sort, paging.cursor, paging.limit).await?;
    if page.rows.is_empty() && paging.cursor.is_none() {
        return Err(ApiError(no_such_tag()));
    }
    Ok(paging.page(page, |value| shape(key, value)))
}

fn no_such_tag() -> Error {
    Error::not_found("no event of this issue has that tag")
}

fn summary(facet: Facet) -> TagSummary {
    let values = facet
        .top
        .into_iter()
        .map(|value| shape(&facet.key, value))
        .collect();
    TagSummary {
        name: tag_name(&facet.key),
        key: facet.key,
        total_values: facet.events,
        unique_values: Some(facet.values),
        top_values: Some(values),
    }
}

fn shape(key: &str, value: TagCount) -> TagValueShape {
    TagValueShape {
        key: key.to_owned(),
        name: value.value.clone(),
        value: value.value,
        count: value.events,
        first_seen: Time(value.first_seen),
        last_seen: Time(value.last_seen),
    }
}
