//! Making a project.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_model::TeamId;
use errand_model::project::Organization;
use errand_store::projects::NewProject;
use errand_store::{projects, teams};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::{InOrganization, Projects};
use crate::api::body::Body;
use crate::api::error::missing;
use crate::api::shape::organization::OrganizationShape;
use crate::api::shape::project::ProjectShape;
use crate::api::teams::{membership, runs};
use crate::error::{ApiError, Error};

/// A project to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewProjectBody {
    /// What to call it.
    #[serde(default)]
    name: String,
    /// Its name in URLs; made from the name where none is given.
    slug: Option<String>,
    /// `python`, `javascript-react`, …
    platform: Option<String>,
}

type Made = (StatusCode, Json<ProjectShape>);

/// Makes a project and its first key.
#[utoipa::path(
    post,
    path = "/projects/",
    summary = "Make a project",
    request_body = NewProjectBody,
    responses((status = CREATED, body = ProjectShape), (status = BAD_REQUEST), (status = CONFLICT)),
)]
pub(super) async fn create(
    State(state): State<AppState>,
    at: InOrganization<Projects>,
    Body(body): Body<NewProjectBody>,
) -> Result<Made, ApiError> {
    at.by.note(format!("made the project {}", body.name));
    Ok(make(&state, at.organization, &body, None).await?)
}

/// Makes a project of a team. For its members, and who runs the hub.
#[utoipa::path(
    post,
    path = "/teams/{organization}/{team}/projects/",
    summary = "Make a project, as Sentry's clients do",
    request_body = NewProjectBody,
    responses((status = CREATED, body = ProjectShape), (status = BAD_REQUEST), (status = CONFLICT), (status = NOT_FOUND)),
)]
pub(super) async fn in_team(
    State(state): State<AppState>,
    at: InOrganization<Projects>,
    Body(body): Body<NewProjectBody>,
) -> Result<Made, ApiError> {
    let team = teams::by_slug(&state.db, at.organization.id, at.by.path.text("team")).await?;
    let team = team.ok_or_else(|| Error::not_found("there is no such team"))?;
    runs(&at.by, membership(&state, &at.by, &team).await?)?;
    at.by
        .note(format!("made the project {} of #{}", body.name, team.slug));
    Ok(make(&state, at.organization, &body, Some(team.id)).await?)
}

async fn make(
    state: &AppState,
    organization: Organization,
    body: &NewProjectBody,
    team: Option<TeamId>,
) -> Result<Made, Error> {
    if body.name.trim().is_empty() {
        return Err(missing("name", "any text that is not blank"));
    }
    let new = NewProject {
        organization: organization.id,
        name: body.name.trim(),
        slug: body.slug.as_deref(),
        platform: body.platform.as_deref(),
    };
    let mut tx = state.db.begin().await?;
    let (project, _) = projects::create(&mut tx, state.context(), new).await?;
    if let Some(team) = team {
        teams::add_project(&mut tx, team, project.id).await?;
    }
    tx.commit().await?;
    let organization = OrganizationShape::of(&organization);
    Ok((
        StatusCode::CREATED,
        Json(ProjectShape::of(&project, Some(organization))),
    ))
}
