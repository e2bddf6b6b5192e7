//! Letting somebody in: the session that every way of signing in ends with.

use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use errand_store::Tx;
use errand_store::people::Person;
use errand_store::sessions::{self, Device};

use crate::AppState;
use crate::auth::cookie;
use crate::error::Error;
use crate::middleware::client_ip;
use crate::ui::look::add_cookie;
use crate::ui::visit::local;

/// Begins a session in `tx`, commits it, and goes on to `next`.
pub(super) async fn let_in(
    state: &AppState,
    mut tx: Tx,
    parts: &Parts,
    person: &Person,
    next: &str,
) -> Result<Response, Error> {
    let lifetime = i64::try_from(state.config.sign_in.session_lifetime.as_secs()).unwrap_or(i64::MAX);
    let device = device(state, parts);
    let session = sessions::create(&mut tx, state.context(), person.id, lifetime, &device).await?;
    tx.commit().await?;
    tracing::info!(person.id = %person.id, "somebody signed in");
    let mut response = Redirect::to(local(next)).into_response();
    add_cookie(&mut response, cookie::set(&state.config, &session));
    Ok(response)
}

fn device(state: &AppState, parts: &Parts) -> Device {
    let agent = parts.headers.get(USER_AGENT);
    let address = client_ip::of(&state.config, parts);
    Device {
        agent: agent
            .and_then(|agent| agent.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
        address: address.map_or_else(String::new, |address| address.to_string()),
    }
}
