//! One event of an issue.

use axum::extract::State;
use axum::response::Response;
use errand_model::EventId;
use errand_store::events::{self, Which};

use crate::AppState;
use crate::api::at::InIssue;
use crate::api::events::render;
use crate::api::shape::event::EventDetails;
use crate::error::{ApiError, Error};

/// An event of an issue by its id, or `latest`, `oldest`, `recommended`.
#[utoipa::path(
    get,
    path = "/events/{event}/",
    summary = "Get an issue's event",
    responses((status = OK, body = EventDetails<'static>), (status = NOT_FOUND)),
)]
pub(super) async fn get(State(state): State<AppState>, at: InIssue) -> Result<Response, ApiError> {
    let issue = at.issue.id;
    let found = match at.by.path.text("event") {
        // The newest has the most to say of the program as it is now.
        "latest" | "recommended" => events::end_of_issue(&state.db, issue, Which::Latest).await?,
        "oldest" => events::end_of_issue(&state.db, issue, Which::Oldest).await?,
        _ => {
            let allowed = "latest, oldest, recommended, or 32 hexadecimal digits";
            let id: EventId = at.by.path.parse("event", allowed)?;
            events::get_of_issue(&state.db, issue, id).await?
        }
    };
    let event = found.ok_or_else(|| Error::not_found("this issue has no such event"))?;
    Ok(render::details(&state, &event).await?)
}
