//! A file that came with an event. It is only ever downloaded: browsers show nothing that an SDK sent.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use errand_store::attachments;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::issues::found::Found;
use crate::ui::visit::Visit;

/// The file.
pub(super) async fn download(
    State(state): State<AppState>,
    visit: Visit,
    Path((id, event, attachment)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let missing = || Error::not_found("The event has no such file.");
    let found = Found::find(&state, &visit, &id).await?;
    let stored = found.event(&state, &event).await?;
    let attachment: i64 = attachment.parse().map_err(|_| missing())?;
    let file = attachments::get(&state.db, stored.project, stored.event_id, attachment).await?;
    let (info, content) = file.ok_or_else(missing)?;
    let name = utf8_percent_encode(&info.name, NON_ALPHANUMERIC);
    let disposition =
        HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{name}")).map_err(Error::internal)?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        ),
        (header::CONTENT_DISPOSITION, disposition),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    Ok((headers, content).into_response())
}
