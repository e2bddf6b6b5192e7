//! Linking an issue with a ticket.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_model::ticket::Ticket;
use errand_store::issues::{self, By};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::InIssue;
use crate::api::body::Body;
use crate::api::shape::external_issue::ExternalIssueShape;
use crate::error::ApiError;

/// A ticket of another system.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TicketBody {
    /// The system: `jira`.
    service_type: String,
    /// What the system knows the ticket by.
    identifier: String,
    /// What people call it; the identifier where it is missing.
    display_name: Option<String>,
    #[serde(default)]
    web_url: String,
    #[serde(default)]
    title: String,
    /// Its state in the system's own word.
    #[serde(default)]
    state: String,
    /// Whether somebody still has to do something about it; `true` where it is missing.
    is_open: Option<bool>,
    /// More, to be kept with it.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    extra: Map<String, Value>,
}

/// Links an issue with a ticket of another system. Where they are linked already, it says how the ticket stands now.
#[utoipa::path(
    post,
    path = "/",
    summary = "Link an issue with a ticket",
    request_body = TicketBody,
    responses((status = CREATED, body = ExternalIssueShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn create(
    State(state): State<AppState>,
    at: InIssue,
    Body(body): Body<TicketBody>,
) -> Result<(StatusCode, Json<ExternalIssueShape>), ApiError> {
    let by = By::new(at.by.actor());
    let ticket = Ticket {
        system: body.service_type,
        name: body.display_name.unwrap_or_else(|| body.identifier.clone()),
        id: body.identifier,
        url: body.web_url,
        title: body.title,
        state: body.state,
        is_open: body.is_open.unwrap_or(true),
        extra: Value::Object(body.extra),
    };
    let mut tx = state.db.begin().await?;
    let id = issues::link(&mut tx, state.context(), &by, at.issue.id, &ticket).await?;
    tx.commit().await?;
    let link = super::named(&state, &at, id).await?;
    Ok((StatusCode::CREATED, Json(ExternalIssueShape::new(link))))
}
