//! Where other systems call plugins: `/hooks/{token}/{route}`.
//!
//! The token names an installation and cannot be guessed; how the sender proves himself besides is the plugin's
//! manifest's, and checked before the plugin wakes. Nobody's session counts here, and nothing that a plugin answers
//! is taken for a page of the hub.

mod answer;
mod request;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use errand_model::project::RateLimit;
use errand_store::installations::{self, Installation};
use errand_store::plugin_hooks;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::AppState;
use crate::error::Error;
use crate::ingest::limits::{self, Scope, Verdict};
use crate::plugins::HookRequest;

/// Calls under way at a time: each may hold a body and a plugin.
const AT_ONCE: usize = 64;

/// Calls of one installation: ten a second, and as many at once as come in a minute.
const LIMIT: RateLimit = RateLimit {
    count: 600,
    window: 60,
};

/// When to come again while there is no room, in seconds.
const NO_ROOM_SECONDS: u32 = 5;

/// When to come again while a plugin is held, in seconds: somebody has to act.
const HELD_SECONDS: u32 = 300;

/// How many calls may be under way.
#[derive(Debug)]
pub(crate) struct HookRoom(Arc<Semaphore>);

impl HookRoom {
    pub(crate) fn new() -> Self {
        HookRoom(Arc::new(Semaphore::new(AT_ONCE)))
    }

    fn enter(&self) -> Result<OwnedSemaphorePermit, Error> {
        Arc::clone(&self.0).try_acquire_owned().map_err(|_| {
            let error = Error::new(StatusCode::TOO_MANY_REQUESTS, "too many calls are under way");
            wait(error, NO_ROOM_SECONDS)
        })
    }
}

/// The routes of plugins' callers.
pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/hooks/{token}/{route}", get(receive).post(receive))
}

async fn receive(
    State(state): State<AppState>,
    Path((token, route)): Path<(String, String)>,
    request: Request,
) -> Response {
    match hand_over(&state, &token, route, request).await {
        Ok(response) => response,
        Err(error) => answer::refusal(error),
    }
}

async fn hand_over(
    state: &AppState,
    token: &str,
    route: String,
    request: Request,
) -> Result<Response, Error> {
    let _room = state.hook_room.enter()?;
    let installation = find(state, token).await?;
    let limit = [(Scope::Hook(installation.id), LIMIT)];
    if let Verdict::Hold(reached) = state.limits.take(&limit, state.now()) {
        let error = Error::new(StatusCode::TOO_MANY_REQUESTS, reached.scope.in_words());
        return Err(wait(error, reached.retry_after_seconds));
    }
    if installation.paused.is_some() {
        let error = Error::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the plugin is held until an admin acts",
        );
        return Err(wait(error, HELD_SECONDS));
    }
    let (parts, body) = request.into_parts();
    let request = HookRequest {
        installation,
        route,
        method: parts.method.to_string(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: request::headers(&parts.headers),
        body: request::body(&parts.headers, body).await?,
    };
    let answered = state.plugins.receive(request).await;
    // A plugin may have changed what others are to hear of.
    state.deliveries.wake();
    answered.map(answer::response).map_err(answer::error)
}

/// The installation of a token. What is disabled is not there.
async fn find(state: &AppState, token: &str) -> Result<Installation, Error> {
    let found = match plugin_hooks::by_token(&state.db, token).await? {
        Some(id) => installations::by_id(&state.db, id).await?,
        None => None,
    };
    found
        .filter(|found| found.is_enabled)
        .ok_or_else(answer::nothing_there)
}

/// With when to come again.
fn wait(error: Error, seconds: u32) -> Error {
    let (name, value) = limits::retry_after(seconds);
    error.with_header(name, value)
}

/// The address of a route, for people and the API.
pub(crate) fn url(public_url: &str, token: &str, route: &str) -> String {
    format!("{}/hooks/{token}/{route}", public_url.trim_end_matches('/'))
}
