//! Whose new issues of a project are: Sentry's paths and fields, our rules.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_model::project::Project;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::at::{InProject, Projects};
use crate::api::body::Body;
use crate::api::error::missing;
use crate::api::shape::Nothing;
use crate::error::{ApiError, Error};
use crate::owners;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get, update))
        .routes(routes!(import))
}

/// The rules by which new issues are given to people and teams.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ownership)]
#[serde(rename_all = "camelCase")]
struct OwnershipShape {
    /// One rule a line: `path:src/checkout/* #payments`. See `docs/triage.md`.
    raw: String,
    /// Whether there are any.
    is_active: bool,
    /// Who fits no rule is nobody's: always false.
    fallthrough: bool,
    /// `Auto Assign to Issue Owner`: what fits a rule is given away.
    auto_assignment: &'static str,
    date_created: Nothing,
    last_updated: Nothing,
}

impl OwnershipShape {
    fn of(project: &Project) -> Self {
        let rules = &project.settings.ownership_rules;
        OwnershipShape {
            raw: rules.clone(),
            is_active: !rules.trim().is_empty(),
            fallthrough: false,
            auto_assignment: "Auto Assign to Issue Owner",
            date_created: Nothing,
            last_updated: Nothing,
        }
    }
}

/// The rules as they should be.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewOwnership)]
struct OwnershipBody {
    /// All rules; none at all for an empty text.
    raw: Option<String>,
}

/// A file of owners.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewCodeOwners)]
struct CodeOwnersBody {
    /// What is in the file.
    raw: Option<String>,
    /// Whether the rules are only shown, and not saved.
    preview: Option<bool>,
}

/// What a file of owners became.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CodeOwners)]
#[serde(rename_all = "camelCase")]
struct CodeOwnersShape {
    /// The file.
    raw: String,
    /// Its lines as rules; what names nobody known is left in as a comment.
    ownership_syntax: String,
    /// The project's rules with these below them: what is saved, or would be.
    ownership: OwnershipShape,
}

/// The ownership rules of a project.
#[utoipa::path(
    get,
    path = "/ownership/",
    summary = "Get a project's ownership rules",
    responses((status = OK, body = OwnershipShape), (status = NOT_FOUND)),
)]
async fn get(at: InProject<Projects>) -> Result<Json<OwnershipShape>, ApiError> {
    Ok(Json(OwnershipShape::of(&at.project)))
}

/// Sets the ownership rules of a project. New issues follow them.
#[utoipa::path(
    put,
    path = "/ownership/",
    summary = "Set a project's ownership rules",
    request_body = OwnershipBody,
    responses((status = OK, body = OwnershipShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
async fn update(
    State(state): State<AppState>,
    at: InProject<Projects>,
    Body(body): Body<OwnershipBody>,
) -> Result<Json<OwnershipShape>, ApiError> {
    let mut project = at.project;
    let raw = body.raw.ok_or_else(|| missing("raw", "rules, one a line"))?;
    at.by.note(format!("changed the owners of {}", project.name));
    save(&state, &mut project, raw).await?;
    Ok(Json(OwnershipShape::of(&project)))
}

/// Adds the lines of a CODEOWNERS file to the ownership rules of a project, below those that are there.
#[utoipa::path(
    post,
    path = "/codeowners/",
    summary = "Import a CODEOWNERS file",
    request_body = CodeOwnersBody,
    responses(
        (status = OK, body = CodeOwnersShape, description = "It is only shown."),
        (status = CREATED, body = CodeOwnersShape),
        (status = BAD_REQUEST),
        (status = NOT_FOUND),
    ),
)]
async fn import(
    State(state): State<AppState>,
    at: InProject<Projects>,
    Body(body): Body<CodeOwnersBody>,
) -> Result<(StatusCode, Json<CodeOwnersShape>), ApiError> {
    let mut project = at.project;
    let raw = body.raw.ok_or_else(|| missing("raw", "what is in the file"))?;
    let imported = owners::imported(&state, project.organization, &raw).await?;
    let rules = owners::appended(&project.settings.ownership_rules, &imported);
    let status = match body.preview.unwrap_or(false) {
        true => {
            project.settings.ownership_rules = rules;
            StatusCode::OK
        }
        false => {
            at.by.note(format!("changed the owners of {}", project.name));
            save(&state, &mut project, rules).await?;
            StatusCode::CREATED
        }
    };
    let shape = CodeOwnersShape {
        raw,
        ownership_syntax: imported,
        ownership: OwnershipShape::of(&project),
    };
    Ok((status, Json(shape)))
}

async fn save(state: &AppState, project: &mut Project, rules: String) -> Result<(), Error> {
    let saved = owners::save(state, project, rules).await?;
    saved.map_err(|problem| Error::bad_request(format!("raw: {problem}")))
}
