//! `POST /api/{project}/unreal/{key}/`: a crash of the Unreal engine. Kept as a file of an event that says so;
//! it is not taken apart.

use axum::body::Body;
use axum::response::Response;
use errand_model::EventId;
use errand_pipeline::enclose::{Builder, ItemMeta};

use super::visit::Visit;
use crate::error::Error;

/// The event that carries the crash.
const EVENT: &[u8] = br#"{"platform":"native","level":"fatal","exception":{"values":[{"type":"Unreal crash","value":"the crash report is attached","mechanism":{"type":"unreal","handled":false,"synthetic":true}}]}}"#;

pub(super) async fn post(visit: Visit, body: Body) -> Result<Response, Error> {
    let known = visit.admit_with(visit.segment(3)).await?;
    let payload = visit.read(body, visit.file_cap(), Some(&known)).await?;
    if payload.body.is_empty() {
        return Err(Error::bad_request("the crash report is empty"));
    }
    let event_id = EventId::random();
    let event = ItemMeta {
        kind: "event",
        content_type: Some("application/json"),
        ..ItemMeta::default()
    };
    let report = ItemMeta {
        kind: "attachment",
        content_type: Some("application/octet-stream"),
        filename: Some("unreal.crash"),
        attachment_type: Some("event.attachment"),
        ..ItemMeta::default()
    };
    let envelope = Builder::new(Some(event_id))
        .item(event, EVENT)
        .item(report, &payload.body)
        .finish();
    let taken = visit.submit_made(&known, envelope).await?;
    Ok(taken.answer(taken.event_id.unwrap_or(event_id).hyphenated()))
}
