//! Where other systems call plugins: `/hooks/{token}/{route}`.
//!
//! The token names an installation and cannot be guessed; how the sender proves himself besides is the plugin's
//! manifest's, and checked before the plugin wakes. Nobody's session counts here, and nothing that a plugin answers
//! is taken for a page of the hub.

mod answer;
mod request;
pub(crate) mod room;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use errand_model::project::RateLimit;
use errand_store::installations::{self, Installation};
use errand_store::plugin_hooks;

use crate::AppState;
use crate::error::Error;
use crate::ingest::limits::{Scope, Verdict};
use crate::plugins::HookRequest;

/// Calls of one installation: ten a second, and as many at once as come in a minute.
const LIMIT: RateLimit = RateLimit {
    count: 600,
    window: 60,
};

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
        return Err(answer::wait(error, reached.retry_after_seconds));
    }
    if installation.paused.is_some() {
        let error = Error::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the plugin is held until an admin acts",
        );
        return Err(answer::wait(error, answer::HELD_SECONDS));
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

/// The address of a route, for people and the API.
pub(crate) fn url(public_url: &str, token: &str, route: &str) -> String {
    format!("{}/hooks/{token}/{route}", public_url.trim_end_matches('/'))
}
