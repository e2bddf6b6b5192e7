//! Who is written to no more, and mail that comes back. The paths and fields are our own.

mod allow;
mod bounce;
mod list;

use axum::extract::DefaultBodyLimit;
use errand_store::mail::Refusal;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::shape::Time;

/// Bytes of a mail that comes back: with it comes what was sent.
const MAX_MAIL: usize = 8 << 20;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(bounce::bounce))
        .layer(DefaultBodyLimit::max(MAX_MAIL))
        .routes(routes!(list::list))
        .routes(routes!(allow::allow))
}

/// Somebody who is written to no more.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MailRefusal)]
#[serde(rename_all = "camelCase")]
struct RefusalShape {
    address: String,
    /// The plugin whose mail it is about; none, if it is about all mail.
    installation: Option<String>,
    /// `bounced`, `complained`, `unsubscribed` or `by-hand`.
    reason: &'static str,
    /// What was said about it, by a mail server for instance.
    details: String,
    date_created: Time,
}

impl RefusalShape {
    fn of(refusal: &Refusal) -> Self {
        RefusalShape {
            address: refusal.address.clone(),
            installation: refusal.installation.map(|id| id.to_string()),
            reason: refusal.reason.as_str(),
            details: refusal.details.clone(),
            date_created: Time(refusal.at),
        }
    }
}
