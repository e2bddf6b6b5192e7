//! Changing or deleting many issues at once: those of `?id=…`, or those that match `?query=…`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use errand_model::IssueId;
use errand_model::issue::Issue;
use errand_store::issues::{self, By};
use serde_json::{Map, Value, json};

use super::change::{IssueChanges, assignee_of};
use super::render;
use super::search::Wanted;
use crate::AppState;
use crate::api::at::{self, Events, InOrganization, InProject};
use crate::api::body::Body;
use crate::api::error::{invalid, missing};
use crate::api::query::QueryPairs;
use crate::error::{ApiError, Error};

/// Issues that one request changes at most.
const MOST: u32 = 1_000;

/// Issues that one transaction changes or deletes: events wait for it.
const AT_ONCE: usize = 50;

/// Changes issues of an organization.
#[utoipa::path(
    put,
    path = "/issues/",
    summary = "Change many issues of an organization",
    params(
        ("id" = Option<Vec<i64>>, Query, description = "Which."),
        ("query" = Option<String>, Query, description = "Which, where no `id` is given; at most 1,000."),
        ("project" = Option<Vec<String>>, Query, description = "Ids or slugs of projects; all where it is missing."),
    ),
    request_body = IssueChanges,
    responses((status = OK, body = Object), (status = NO_CONTENT), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn update_of_organization(
    State(state): State<AppState>,
    at: InOrganization<Events>,
    query: QueryPairs,
    Body(changes): Body<IssueChanges>,
) -> Result<Response, ApiError> {
    let (by, wanted) = Wanted::of_organization(&state, at, &query).await?;
    Ok(update(&state, &by, &wanted, &query, &changes).await?)
}

/// Changes issues of a project.
#[utoipa::path(
    put,
    path = "/issues/",
    summary = "Change many issues of a project",
    params(
        ("id" = Option<Vec<i64>>, Query, description = "Which."),
        ("query" = Option<String>, Query, description = "Which, where no `id` is given; at most 1,000."),
    ),
    request_body = IssueChanges,
    responses((status = OK, body = Object), (status = NO_CONTENT), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn update_of_project(
    State(state): State<AppState>,
    at: InProject<Events>,
    query: QueryPairs,
    Body(changes): Body<IssueChanges>,
) -> Result<Response, ApiError> {
    let (by, wanted) = Wanted::of_project(&state, at, &query)?;
    Ok(update(&state, &by, &wanted, &query, &changes).await?)
}

/// Deletes issues of an organization.
#[utoipa::path(
    delete,
    path = "/issues/",
    summary = "Delete many issues of an organization",
    params(
        ("id" = Option<Vec<i64>>, Query, description = "Which."),
        ("query" = Option<String>, Query, description = "Which, where no `id` is given; at most 1,000."),
        ("project" = Option<Vec<String>>, Query, description = "Ids or slugs of projects; all where it is missing."),
    ),
    responses((status = NO_CONTENT), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn delete_of_organization(
    State(state): State<AppState>,
    at: InOrganization<Events>,
    query: QueryPairs,
) -> Result<StatusCode, ApiError> {
    let (by, wanted) = Wanted::of_organization(&state, at, &query).await?;
    Ok(delete(&state, &by, &wanted, &query, false).await?)
}

/// Deletes issues of a project.
#[utoipa::path(
    delete,
    path = "/issues/",
    summary = "Delete many issues of a project",
    params(
        ("id" = Option<Vec<i64>>, Query, description = "Which."),
        ("query" = Option<String>, Query, description = "Which, where no `id` is given; at most 1,000."),
    ),
    responses((status = NO_CONTENT), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn delete_of_project(
    State(state): State<AppState>,
    at: InProject<Events>,
    query: QueryPairs,
) -> Result<StatusCode, ApiError> {
    let (by, wanted) = Wanted::of_project(&state, at, &query)?;
    Ok(delete(&state, &by, &wanted, &query, false).await?)
}

/// The issues that a request names. Ids of what is elsewhere or gone are passed over.
async fn chosen(state: &AppState, wanted: &Wanted, query: &QueryPairs) -> Result<Vec<Issue>, Error> {
    let mut ids: Vec<IssueId> = query.parse_all("id", "ids of issues")?;
    if ids.is_empty() {
        if query.get("query").is_none() {
            return Err(missing("id", "ids of issues, or a query"));
        }
        ids = issues::ids(&state.db, &wanted.search(), MOST).await?;
    }
    if ids.len() > MOST as usize {
        return Err(invalid("id", &format!("{} ids", ids.len()), "at most 1,000 ids"));
    }
    let mut found = issues::by_ids(&state.db, &ids).await?;
    found.retain(|issue| wanted.projects.iter().any(|project| project.id == issue.project));
    Ok(found)
}

async fn update(
    state: &AppState,
    by: &at::By<Events>,
    wanted: &Wanted,
    query: &QueryPairs,
    changes: &IssueChanges,
) -> Result<Response, Error> {
    if changes.discard {
        return Ok(delete(state, by, wanted, query, true).await?.into_response());
    }
    let found = chosen(state, wanted, query).await?;
    let assignee = assignee_of(&state.db, wanted.organization.id, changes).await?;
    let actor = By::new(by.actor());
    for some in found.chunks(AT_ONCE) {
        let mut tx = state.db.begin().await?;
        changes
            .apply(&mut tx, state.context(), &actor, some, assignee)
            .await?;
        tx.commit().await?;
    }
    let mut answer = Map::new();
    if changes.merge {
        answer.insert("merge".to_owned(), merge(state, &actor, &found).await?);
    }
    if let Some(first) = found.first() {
        changed(state, wanted, first.id, changes, &mut answer).await?;
    }
    Ok(Json(answer).into_response())
}

/// Folds the issues into the one that was seen most, as Sentry does.
async fn merge(state: &AppState, by: &By, found: &[Issue]) -> Result<Value, Error> {
    let winner = found
        .iter()
        .max_by_key(|issue| (issue.times_seen, std::cmp::Reverse(issue.id)));
    let winner = winner.filter(|_| found.len() > 1).map(|issue| issue.id);
    let winner = winner.ok_or_else(|| invalid("merge", "true", "it for two issues at least"))?;
    let losers: Vec<IssueId> = found
        .iter()
        .map(|issue| issue.id)
        .filter(|id| *id != winner)
        .collect();
    let mut tx = state.db.begin().await?;
    issues::merge(&mut tx, state.context(), by, winner, &losers).await?;
    tx.commit().await?;
    let children: Vec<String> = losers.iter().map(ToString::to_string).collect();
    Ok(json!({ "parent": winner.to_string(), "children": children }))
}

/// Answers what was changed, as it stands at the first of the issues.
async fn changed(
    state: &AppState,
    wanted: &Wanted,
    first: IssueId,
    changes: &IssueChanges,
    answer: &mut Map<String, Value>,
) -> Result<(), Error> {
    let Some(issue) = issues::get(&state.db, first).await? else {
        return Ok(());
    };
    let shapes = render::shapes(state, &wanted.projects, vec![issue], &[]).await?;
    let shape = serde_json::to_value(shapes.first()).map_err(Error::internal)?;
    let fields = [
        ("status", changes.status.is_some()),
        ("statusDetails", changes.status.is_some()),
        (
            "substatus",
            changes.status.is_some() || changes.substatus.is_some(),
        ),
        ("assignedTo", changes.assigned_to.is_some()),
        ("priority", changes.priority.is_some()),
    ];
    for (field, _) in fields.into_iter().filter(|(_, is_changed)| *is_changed) {
        let value = shape.get(field).cloned().unwrap_or_default();
        answer.insert(field.to_owned(), value);
    }
    Ok(())
}

async fn delete(
    state: &AppState,
    by: &at::By<Events>,
    wanted: &Wanted,
    query: &QueryPairs,
    discard: bool,
) -> Result<StatusCode, Error> {
    let found = chosen(state, wanted, query).await?;
    let actor = By::new(by.actor());
    let ids: Vec<IssueId> = found.iter().map(|issue| issue.id).collect();
    for some in ids.chunks(AT_ONCE) {
        let mut tx = state.db.begin().await?;
        issues::delete(&mut tx, state.context(), &actor, some, discard).await?;
        tx.commit().await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
