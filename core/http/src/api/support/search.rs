//! From what a customer sent along to the issues that they ran into.

use axum::Json;
use axum::extract::State;
use errand_model::clue::Clue;
use errand_store::support::{self, Asked, Hit, Reason};
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::{Events, InOrganization};
use crate::api::issues::shapes;
use crate::api::narrow::projects_of;
use crate::api::query::QueryPairs;
use crate::api::shape::issue::IssueShape;
use crate::error::{ApiError, Error};

/// Issues that are answered.
const MOST: usize = 50;

/// An issue, and why it was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SupportHit)]
pub(super) struct HitShape {
    issue: IssueShape,
    /// `issue`, `event`, `ticket`, `user`, `identifier` or `text`; the surest first.
    reasons: Vec<ReasonShape>,
}

/// Why an issue was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SupportReason)]
pub(super) struct ReasonShape {
    by: &'static str,
    /// The event, the ticket, the field of the user, the identifier.
    name: Option<String>,
}

impl ReasonShape {
    fn of(reason: &Reason) -> Self {
        let (by, name) = match reason {
            Reason::Named => ("issue", None),
            Reason::Event(id) => ("event", Some(id.to_string())),
            Reason::Ticket(name) => ("ticket", Some(name.clone())),
            Reason::User(field) => ("user", Some((*field).to_owned())),
            Reason::Identifier { key, .. } => ("identifier", Some(key.clone())),
            Reason::Text => ("text", None),
        };
        ReasonShape { by, name }
    }
}

/// The issues that a licence code, an e-mail address, a user id, an order number, an IP address, an event id, a text or a
/// ticket leads to: those without a fix first.
#[utoipa::path(
    get,
    path = "/support-search/",
    summary = "Find the issues of a customer",
    params(
        ("query" = String, Query, description = "What the customer sent along; up to 300 bytes of it are read."),
        ("project" = Option<Vec<String>>, Query, description = "Ids or slugs of projects; all, where there are none."),
    ),
    responses((status = OK, body = Vec<HitShape>), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn search(
    State(state): State<AppState>,
    at: InOrganization<Events>,
    query: QueryPairs,
) -> Result<Json<Vec<HitShape>>, ApiError> {
    let projects = projects_of(&state, &at, &query).await?;
    let clue = Clue::read(query.get("query").unwrap_or_default());
    if clue.is_empty() {
        return Err(ApiError(Error::bad_request(
            "query: what is to be looked for is missing",
        )));
    }
    let asked = Asked {
        organization: at.organization.id,
        projects: &projects,
        clue: &clue,
    };
    let (hits, _) = support::search(&state.db, asked, MOST).await?;
    let reasons: Vec<Vec<ReasonShape>> = hits
        .iter()
        .map(|hit| hit.reasons.iter().map(ReasonShape::of).collect())
        .collect();
    let issues = hits.into_iter().map(|hit: Hit| hit.issue).collect();
    let issues = shapes(&state, &projects, issues, &[]).await?;
    let both = issues.into_iter().zip(reasons);
    Ok(Json(
        both.map(|(issue, reasons)| HitShape { issue, reasons }).collect(),
    ))
}
