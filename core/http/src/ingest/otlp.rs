//! What SDKs may try and this hub does not take: OpenTelemetry and resumable uploads. Says so, clearly.

use axum::body::Body;
use axum::response::Response;

use super::visit::Visit;
use crate::error::Error;

pub(super) async fn post(_visit: Visit, _body: Body) -> Result<Response, Error> {
    Err(Error::not_found(
        "this hub does not take OpenTelemetry data; send errors with a Sentry SDK",
    ))
}

pub(super) async fn upload(_visit: Visit, _body: Body) -> Result<Response, Error> {
    Err(Error::not_found(
        "this hub does not take resumable uploads; send attachments in the envelope",
    ))
}
