//! `POST /api/{project}/security/` and `/csp-report/`: what browsers report about pages by themselves.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use errand_model::EventId;
use errand_pipeline::enclose;

use super::visit::Visit;
use crate::error::Error;

/// What such reports come as; the last is the Reporting API's.
const MEDIA_TYPES: [&str; 6] = [
    "application/json",
    "application/csp-report",
    "application/expect-ct-report",
    "application/expect-ct-report+json",
    "application/expect-staple-report",
    "application/reports+json",
];

pub(super) async fn post(visit: Visit, body: Body) -> Result<Response, Error> {
    let media_type = visit.media_type();
    if !MEDIA_TYPES.contains(&media_type.as_str()) {
        let cause = format!("one of these is taken here: {}", MEDIA_TYPES.join(", "));
        let detail = "the content type is not that of a security report";
        return Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).with_causes(vec![cause]));
    }
    let known = visit.admit().await?;
    let payload = visit.read(body, visit.event_cap(), Some(&known)).await?;
    let release = visit.parameter("sentry_release");
    let environment = visit.parameter("sentry_environment");
    let reports = enclose::for_security_report(
        &payload.body,
        release.as_deref(),
        environment.as_deref(),
        EventId::random,
    )
    .map_err(|malformed| visit.malformed(&known, &malformed))?;
    let mut last = None;
    for (_, envelope) in reports {
        last = Some(visit.submit_made(&known, envelope).await?);
    }
    Ok(match last {
        Some(taken) => taken.answer(StatusCode::OK),
        None => StatusCode::OK.into_response(),
    })
}
