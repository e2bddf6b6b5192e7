//! Writing to somebody again.

use axum::extract::State;
use axum::http::StatusCode;
use errand_store::mail;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::query::QueryPairs;
use crate::error::{ApiError, Error};

/// Lets mail go to an address again. With `installation`, that of this plugin; without, what is about all mail.
#[utoipa::path(
    delete,
    path = "/mail-refusals/{address}/",
    summary = "Write to somebody again",
    params(("installation" = Option<String>, Query, description = "The plugin whose mail it is about.")),
    responses((status = NO_CONTENT), (status = NOT_FOUND)),
)]
pub(super) async fn allow(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    query: QueryPairs,
) -> Result<StatusCode, ApiError> {
    let installation = query.parse("installation", "the id of a plugin")?;
    let mut tx = state.db.begin().await?;
    let address = at.by.path.text("address");
    let was_refused = mail::allow(&mut tx, address, installation).await?;
    if !was_refused {
        return Err(Error::not_found("this address is not refused").into());
    }
    at.by.note(format!("allowed mail to {address}"));
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
