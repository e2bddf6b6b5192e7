//! `POST|GET /api/{project}/store/` and `/api/store/`: one event, as SDKs of old send it.
//!
//! The `GET` form is for pages that can do no better than ask for an image.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use errand_model::{EventId, ProjectId};
use errand_pipeline::enclose;

use super::auth::{self, AuthError};
use super::submit::Taken;
use super::visit::Visit;
use super::{directory::Known, envelope};
use crate::error::Error;

/// One transparent pixel.
const PIXEL: &[u8] =
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\
    \x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

pub(super) async fn post(visit: Visit, body: Body) -> Result<Response, Error> {
    let project = project(&visit)?;
    if visit.media_type() == "application/x-sentry-envelope" {
        return envelope::take(&visit, body, project).await;
    }
    let known = admit(&visit, project).await?;
    let payload = visit.read(body, visit.event_cap(), Some(&known)).await?;
    Ok(take(&visit, &known, &payload.body).await?.into_json())
}

pub(super) async fn get(visit: Visit, _body: Body) -> Result<Response, Error> {
    let known = admit(&visit, project(&visit)?).await?;
    let data = visit
        .parameter("sentry_data")
        .ok_or_else(|| Error::bad_request("the parameter sentry_data is missing"))?;
    // A plus that was not escaped arrives as a blank.
    let data = data.replace(' ', "+");
    let taken = take(&visit, &known, data.as_bytes()).await?;
    let headers = [(CONTENT_TYPE, "image/gif"), (CACHE_CONTROL, "no-store")];
    Ok(taken.answer((headers, PIXEL).into_response()))
}

/// The project in the path; `/api/store/` has none.
fn project(visit: &Visit) -> Result<Option<ProjectId>, Error> {
    match visit.segment(1) {
        Some("store") => Ok(None),
        _ => visit.project().map(Some),
    }
}

async fn admit(visit: &Visit, project: Option<ProjectId>) -> Result<std::sync::Arc<Known>, Error> {
    let key = auth::key_of_request(&visit.parts, None)?.ok_or(AuthError::Missing)?;
    visit.admit_key(key, project).await
}

async fn take(visit: &Visit, known: &Known, body: &[u8]) -> Result<Taken, Error> {
    let (event_id, envelope) = enclose::for_store_payload(body, EventId::random())
        .map_err(|malformed| visit.malformed(known, &malformed))?;
    let taken = visit.submit_made(known, envelope).await?;
    Ok(Taken {
        event_id: taken.event_id.or(Some(event_id)),
        ..taken
    })
}
