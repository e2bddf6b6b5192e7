//! Mail that comes back.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::query::QueryPairs;
use crate::error::{ApiError, Error};
use crate::returned_mail::{self, Taken};

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReturnedMail)]
pub(super) struct TakenShape {
    /// `refused` (the address gets no more mail), `remembered` (it does still), `nothing` or `foreign` (it is no report
    /// about a mail of this hub).
    outcome: &'static str,
    /// Whose mail it was.
    address: Option<String>,
    /// The outcome in a sentence.
    detail: String,
}

/// Takes a mail that came back, as the mail server has it (`message/rfc822`). Anything may be sent here: what is no report
/// about a mail of this hub does nothing. Needs `org:write`.
#[utoipa::path(
    post,
    path = "/mail-bounces/",
    summary = "Hand over a bounce",
    params(("to" = Option<String>, Query, description = "Whom it was sent to, if its headers do not say.")),
    request_body(content = Vec<u8>, content_type = "message/rfc822"),
    responses((status = OK, body = TakenShape), (status = BAD_REQUEST), (status = PAYLOAD_TOO_LARGE)),
)]
pub(super) async fn bounce(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    query: QueryPairs,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Json<TakenShape>, ApiError> {
    let message = body.map_err(|rejection| Error::new(rejection.status(), rejection.body_text()))?;
    let bounces = &state.config.mail_bounces;
    at.by.note("brought a mail that came back");
    let taken = returned_mail::take(&state.db, state.now(), &message, query.text("to"), bounces).await?;
    Ok(Json(TakenShape {
        outcome: taken.as_str(),
        address: taken.address().map(str::to_owned),
        detail: Taken::in_words(&taken),
    }))
}
