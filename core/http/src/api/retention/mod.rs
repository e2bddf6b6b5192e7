//! What is kept: of the hub's events, of a project's, and of the facts that reports count from.

use axum::Json;
use axum::extract::State;
use errand_store::retention::{self, Keep, Of, Rules};
use errand_store::{facts, storage};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::at::{InOrganization, InProject, Organizations, Projects};
use crate::api::body::Body;
use crate::api::error::invalid;
use crate::error::{ApiError, Error};

/// A century.
const MOST_DAYS: i64 = 36_500;
/// A petabyte.
const MOST_BYTES: i64 = 1_000_000_000_000_000;

pub(super) fn organization_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(of_hub, set_of_hub))
}

pub(super) fn project_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(of_project, set_of_project))
}

/// What is kept, and how much there is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Retention)]
#[serde(rename_all = "camelCase")]
struct RetentionShape {
    /// For how many days; none without bound.
    days: Option<i64>,
    /// How many bytes; none without bound.
    bytes: Option<i64>,
    /// How many bytes there are.
    stored_bytes: i64,
}

impl RetentionShape {
    const fn new(keep: Keep, stored_bytes: i64) -> Self {
        RetentionShape {
            days: keep.days,
            bytes: keep.bytes,
            stored_bytes,
        }
    }
}

/// What is kept of the hub.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HubRetention)]
#[serde(rename_all = "camelCase")]
struct HubShape {
    /// Events: days of projects without their own, bytes of all together.
    events: RetentionShape,
    /// What reports and rules count from, which outlives events; without days, 400 of them.
    facts: RetentionShape,
}

/// Bounds; 0 for none. What is not named stays.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
struct KeepBody {
    /// Days.
    days: Option<i64>,
    /// Bytes.
    bytes: Option<i64>,
}

impl KeepBody {
    fn apply(self, keep: &mut Keep) -> Result<(), Error> {
        for (name, slot, given, most) in [
            ("days", &mut keep.days, self.days, MOST_DAYS),
            ("bytes", &mut keep.bytes, self.bytes, MOST_BYTES),
        ] {
            let Some(given) = given else { continue };
            if !(0..=most).contains(&given) {
                return Err(invalid(name, &given.to_string(), &format!("0 to {most}")));
            }
            *slot = (given > 0).then_some(given);
        }
        Ok(())
    }
}

/// Bounds of the hub.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
struct HubBody {
    /// Of events.
    events: Option<KeepBody>,
    /// Of facts.
    facts: Option<KeepBody>,
}

async fn hub(state: &AppState, rules: &Rules) -> Result<HubShape, Error> {
    let stored = storage::of_projects(&state.db).await?;
    let bytes = stored.iter().map(|of| of.bytes).sum();
    let of_facts = facts::extent(&state.db).await?.bytes;
    Ok(HubShape {
        events: RetentionShape::new(rules.hub, bytes),
        facts: RetentionShape::new(rules.facts, of_facts),
    })
}

/// What is kept of all projects together.
#[utoipa::path(
    get,
    path = "/retention/",
    summary = "Get what is kept",
    responses((status = OK, body = HubShape), (status = NOT_FOUND)),
)]
async fn of_hub(
    State(state): State<AppState>,
    _at: InOrganization<Organizations>,
) -> Result<Json<HubShape>, ApiError> {
    let rules = retention::rules(&state.db).await?;
    Ok(Json(hub(&state, &rules).await?))
}

/// Says what is kept. What is beyond it goes within the next minutes, the oldest first.
#[utoipa::path(
    put,
    path = "/retention/",
    summary = "Set what is kept",
    request_body = HubBody,
    responses((status = OK, body = HubShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
async fn set_of_hub(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    Body(body): Body<HubBody>,
) -> Result<Json<HubShape>, ApiError> {
    let mut tx = state.db.begin().await?;
    let mut rules = retention::rules(&mut tx).await?;
    for (of, given, keep) in [
        (Of::Hub, body.events, &mut rules.hub),
        (Of::Facts, body.facts, &mut rules.facts),
    ] {
        if let Some(given) = given {
            given.apply(keep)?;
            retention::set(&mut tx, of, *keep).await?;
        }
    }
    at.by.note("said what is kept");
    tx.commit().await?;
    Ok(Json(hub(&state, &rules).await?))
}

async fn project(state: &AppState, at: &InProject<Projects>, keep: Keep) -> Result<RetentionShape, Error> {
    let stored = storage::of_projects(&state.db).await?;
    let of = stored.iter().find(|of| of.project == at.project.id);
    Ok(RetentionShape::new(keep, of.map_or(0, |of| of.bytes)))
}

/// What is kept of a project's events; where it says no days, the hub's count.
#[utoipa::path(
    get,
    path = "/retention/",
    summary = "Get what is kept of a project",
    responses((status = OK, body = RetentionShape), (status = NOT_FOUND)),
)]
async fn of_project(
    State(state): State<AppState>,
    at: InProject<Projects>,
) -> Result<Json<RetentionShape>, ApiError> {
    let keep = retention::rules(&state.db).await?.of(at.project.id);
    Ok(Json(project(&state, &at, keep).await?))
}

/// Says what is kept of a project's events.
#[utoipa::path(
    put,
    path = "/retention/",
    summary = "Set what is kept of a project",
    request_body = KeepBody,
    responses((status = OK, body = RetentionShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
async fn set_of_project(
    State(state): State<AppState>,
    at: InProject<Projects>,
    Body(body): Body<KeepBody>,
) -> Result<Json<RetentionShape>, ApiError> {
    let mut tx = state.db.begin().await?;
    let mut keep = retention::rules(&mut tx).await?.of(at.project.id);
    body.apply(&mut keep)?;
    retention::set(&mut tx, Of::Project(at.project.id), keep).await?;
    at.by.note(format!("said what is kept of {}", at.project.slug));
    tx.commit().await?;
    Ok(Json(project(&state, &at, keep).await?))
}
