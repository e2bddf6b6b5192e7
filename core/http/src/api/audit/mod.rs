//! What was done that is administrative.

use axum::extract::State;
use errand_store::audit::{self, Entry};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::paging::{Paged, Paging};
use crate::api::query::QueryPairs;
use crate::api::shape::Time;
use crate::error::ApiError;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
#[serde(rename_all = "camelCase")]
struct AuditShape {
    id: String,
    date_created: Time,
    /// The person who did it; none for a token that acts for nobody.
    user_id: Option<String>,
    /// What they were called then.
    actor: String,
    /// The token that did it, by its name.
    token: Option<String>,
    ip_address: String,
    /// What was done to what: `people change`, `teams create`, …
    event: String,
    /// What was done, in words; empty where nothing more is known than the request.
    note: String,
    request: String,
}

impl AuditShape {
    fn of(entry: Entry) -> Self {
        let deed = entry.deed;
        AuditShape {
            id: entry.id.to_string(),
            date_created: Time(entry.at),
            user_id: deed.person.map(|person| person.to_string()),
            actor: deed.actor,
            token: deed.token,
            ip_address: deed.address,
            event: deed.kind,
            note: deed.what,
            request: deed.request,
        }
    }
}

/// What was done that is administrative, the newest first. Kept for a year.
#[utoipa::path(
    get,
    path = "/audit-logs/",
    summary = "List the audit log",
    params(("event" = Option<String>, Query, description = "Only what was done to these: `people`, `teams`, `plugins`, `settings`, …")),
    responses((status = OK, body = Vec<AuditShape>), (status = BAD_REQUEST), (status = FORBIDDEN), (status = NOT_FOUND)),
)]
async fn list(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    query: QueryPairs,
    paging: Paging,
) -> Result<Paged<AuditShape>, ApiError> {
    // What everybody did is for who runs the organization, also where a token asks.
    at.by.caller.require(errand_model::access::Scope::OrgAdmin)?;
    let page = audit::list(&state.db, query.text("event"), paging.cursor, paging.limit).await?;
    Ok(paging.page(page, AuditShape::of))
}
