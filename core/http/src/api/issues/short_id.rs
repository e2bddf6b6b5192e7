//! Issues by their short ids.

use axum::Json;
use axum::extract::State;
use errand_model::OrganizationId;
use errand_model::issue::{Issue, parse_short_id};
use errand_store::{issues, projects};
use serde::Serialize;
use utoipa::ToSchema;

use super::render;
use crate::AppState;
use crate::api::at::{Events, InOrganization};
use crate::api::error::invalid;
use crate::api::query::QueryPairs;
use crate::api::shape::issue::IssueShape;
use crate::error::{ApiError, Error};

/// The issue of a short id.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResolvedShortId {
    organization_slug: String,
    project_slug: String,
    group_id: String,
    short_id: String,
    group: IssueShape,
}

/// The issue of a short id.
#[utoipa::path(
    get,
    path = "/shortids/{short_id}/",
    summary = "Resolve a short id",
    responses((status = OK, body = ResolvedShortId), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn resolve(
    State(state): State<AppState>,
    at: InOrganization<Events>,
) -> Result<Json<ResolvedShortId>, ApiError> {
    let text = at.by.path.text("short_id");
    let no_such_issue = || Error::not_found("there is no such issue");
    let (slug, number) =
        parse_short_id(text).ok_or_else(|| invalid("short_id", text, "a short id, as SHOP-1A"))?;
    let issue = issues::by_short_id(&state.db, at.organization.id, &slug, number).await?;
    let issue = issue.ok_or_else(no_such_issue)?;
    let project = projects::by_id(&state.db, issue.project)
        .await?
        .ok_or_else(no_such_issue)?;
    if !at.by.sees(&state.db, project.id).await? {
        return Err(ApiError(no_such_issue()));
    }
    let (group_id, projects) = (issue.id.to_string(), [project]);
    let shapes = render::shapes(&state, &projects, vec![issue], &[]).await?;
    let [project] = projects;
    Ok(Json(ResolvedShortId {
        organization_slug: at.organization.slug,
        project_slug: project.slug,
        group_id,
        short_id: text.to_uppercase(),
        group: shapes.into_iter().next().ok_or_else(no_such_issue)?,
    }))
}

/// The issue that a search names, where all of the query is a short id.
pub(super) async fn looked_up(
    state: &AppState,
    organization: OrganizationId,
    query: &QueryPairs,
) -> Result<Option<Issue>, Error> {
    let text = query.get("query").unwrap_or_default().trim();
    match parse_short_id(text) {
        Some((slug, number)) => Ok(issues::by_short_id(&state.db, organization, &slug, number).await?),
        None => Ok(None),
    }
}
