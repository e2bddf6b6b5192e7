//! Who is written to no more.

use axum::extract::State;
use errand_store::mail;

use super::RefusalShape;
use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::paging::{Paged, Paging};
use crate::error::ApiError;

/// Who is written to no more, and why; the newest first.
#[utoipa::path(
    get,
    path = "/mail-refusals/",
    summary = "List who gets no mail",
    responses((status = OK, body = Vec<RefusalShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    _: InOrganization<Organizations>,
    paging: Paging,
) -> Result<Paged<RefusalShape>, ApiError> {
    let all = mail::list(&state.db).await?;
    Ok(paging.whole(all, |refusal| RefusalShape::of(&refusal)))
}
