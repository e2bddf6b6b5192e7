//! Deploys of a release.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_store::issues::By;
use errand_store::releases::{self, NewDeploy};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body;
use super::place::Place;
use crate::AppState;
use crate::api::body::Body;
use crate::api::error::{invalid, missing};
use crate::api::paging::{Paged, Paging};
use crate::api::shape::release::DeployShape;
use crate::error::ApiError;

/// Longer names of environments are none.
const MAX_ENVIRONMENT: usize = 64;

/// A deploy to be written down.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewDeployBody {
    /// Where to: `production`.
    #[serde(default)]
    environment: String,
    name: Option<String>,
    /// A page about it.
    url: Option<String>,
    date_started: Option<String>,
    /// Now, where it is missing.
    date_finished: Option<String>,
    /// Slugs or ids of the projects that were deployed; all that know the release, where it is missing.
    #[serde(default, deserialize_with = "body::names")]
    #[schema(value_type = Vec<String>)]
    projects: Vec<String>,
}

/// The deploys of a release, the last first.
#[utoipa::path(
    get,
    path = "/releases/{version}/deploys/",
    summary = "List a release's deploys",
    responses((status = OK, body = Vec<DeployShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    place: Place,
    paging: Paging,
) -> Result<Paged<DeployShape>, ApiError> {
    place.found(&state).await?;
    let organization = place.organization.id;
    let page = releases::deploys(
        &state.db,
        organization,
        place.version(),
        paging.cursor,
        paging.limit,
    )
    .await?;
    Ok(paging.page(page, |deploy| DeployShape::of(&deploy)))
}

/// Writes down that a release was deployed. Where that is an environment in which customers are (`productionEnvironments`
/// of the project), plugins hear `fix.deployed` of the issues that it fixes.
#[utoipa::path(
    post,
    path = "/releases/{version}/deploys/",
    summary = "Make a deploy",
    request_body = NewDeployBody,
    responses((status = CREATED, body = DeployShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn create(
    State(state): State<AppState>,
    place: Place,
    Body(new): Body<NewDeployBody>,
) -> Result<(StatusCode, Json<DeployShape>), ApiError> {
    let environment = new.environment.trim();
    if environment.is_empty() {
        return Err(ApiError(missing(
            "environment",
            "where it was deployed to: production",
        )));
    }
    if environment.len() > MAX_ENVIRONMENT || environment.contains(|c: char| c.is_control() || c == '/') {
        let allowed = "at most 64 bytes without slashes and line breaks";
        return Err(ApiError(invalid("environment", environment, allowed)));
    }
    let found = place.found(&state).await?;
    let mut projects = place.projects_of(&found);
    if !new.projects.is_empty() {
        let named = place.named(&new.projects)?;
        projects.retain(|project| named.iter().any(|named| named.id == project.id));
        if projects.is_empty() {
            return Err(ApiError(invalid(
                "projects",
                &new.projects.join(", "),
                "projects that have the release",
            )));
        }
    }
    let (name, url) = (
        body::text("name", new.name.as_deref())?,
        body::page("url", new.url.as_deref())?,
    );
    let by = By::new(place.by.actor());
    let deploy = NewDeploy {
        version: place.version(),
        environment,
        name: name.as_deref(),
        url: url.as_deref(),
        started: body::time("dateStarted", new.date_started.as_deref())?,
        finished: body::time("dateFinished", new.date_finished.as_deref())?.unwrap_or(state.now()),
    };
    let mut tx = state.db.begin().await?;
    let deploy = releases::deploy(&mut tx, state.context(), &by, &projects, deploy).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(DeployShape::of(&deploy))))
}
