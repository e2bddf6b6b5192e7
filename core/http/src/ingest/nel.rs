//! `POST /api/{project}/nel/`: network error logging. Taken and counted; nothing uses it yet.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use errand_pipeline::enclose::{Builder, ItemMeta};
use serde::de::IgnoredAny;

use super::visit::Visit;
use crate::error::Error;

pub(super) async fn post(visit: Visit, body: Body) -> Result<Response, Error> {
    let known = visit.admit().await?;
    let payload = visit.read(body, visit.event_cap(), Some(&known)).await?;
    serde_json::from_slice::<IgnoredAny>(&payload.body)
        .map_err(|error| Error::bad_request("the report is not JSON").with_causes(vec![error.to_string()]))?;
    let meta = ItemMeta {
        kind: "nel",
        content_type: Some("application/json"),
        ..ItemMeta::default()
    };
    let envelope = Builder::new(None).item(meta, &payload.body).finish();
    let taken = visit.submit_made(&known, envelope).await?;
    Ok(taken.answer(StatusCode::OK))
}
