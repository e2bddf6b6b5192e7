//! Addresses as Sentry has them, which the API gives out: they lead to the pages.

use axum::extract::Path;
use axum::response::Redirect;

/// `/organizations/acme/issues/1/`.
pub(super) async fn issue(Path((_, id)): Path<(String, String)>) -> Redirect {
    Redirect::to(&format!("/issues/{id}"))
}

/// `/organizations/acme/issues/1/events/2/`.
pub(super) async fn event(Path((_, id, event)): Path<(String, String, String)>) -> Redirect {
    Redirect::to(&format!("/issues/{id}/events/{event}"))
}
