//! An event as JSON, as plain text and as Markdown.

use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::event::Event;

use super::view::{EventView, copy};
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::issues::found::Found;
use crate::ui::json::indented;
use crate::ui::page::text;
use crate::ui::visit::Visit;

type Which = Path<(String, String)>;

/// The stored JSON, indented.
pub(super) async fn json(
    State(state): State<AppState>,
    visit: Visit,
    which: Which,
) -> Result<Response, PageError> {
    let (_, payload) = payload(&state, &visit, which).await?;
    Ok(text("application/json", indented(&payload)))
}

/// What a terminal would print.
pub(super) async fn plain(
    State(state): State<AppState>,
    visit: Visit,
    which: Which,
) -> Result<Response, PageError> {
    copied(&state, &visit, which, copy::plain).await
}

/// For tickets and chats.
pub(super) async fn markdown(
    State(state): State<AppState>,
    visit: Visit,
    which: Which,
) -> Result<Response, PageError> {
    copied(&state, &visit, which, copy::markdown).await
}

async fn copied(
    state: &AppState,
    visit: &Visit,
    which: Which,
    write: impl Fn(&copy::Heading<'_>, &EventView<'_>) -> String,
) -> Result<Response, PageError> {
    let (found, payload) = payload(state, visit, which).await?;
    let event = Event::from_json(&payload)
        .map_err(Error::internal)?
        .unwrap_or_default();
    let base = state.config.public_url.trim_end_matches('/');
    let heading = copy::Heading {
        title: &found.issue.title,
        short_id: &found.short_id(),
        url: &format!("{base}{}", found.url()),
    };
    Ok(text(
        "text/plain; charset=utf-8",
        write(&heading, &EventView::of(&event)),
    ))
}

async fn payload(
    state: &AppState,
    visit: &Visit,
    Path((id, event)): Which,
) -> Result<(Found, Vec<u8>), Error> {
    let found = Found::find(state, visit, &id).await?;
    let stored = found.event(state, &event).await?;
    Ok((found, stored.payload))
}
