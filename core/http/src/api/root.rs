//! The root: what this is, and its own description.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::auth::Caller;
use crate::error::ApiError;
use axum::extract::FromRequestParts;
use axum::extract::State;
use axum::http::request::Parts;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get))
        .route("/openapi.json", axum::routing::get(super::openapi::get))
}

/// What this is.
#[derive(Debug, Serialize, ToSchema)]
struct Root {
    /// The version of Sentry's API.
    version: &'static str,
    auth: Option<RootAuth>,
    user: Option<RootUser>,
}

/// What the caller's token may do.
#[derive(Debug, Serialize, ToSchema)]
struct RootAuth {
    scopes: Vec<&'static str>,
}

/// Who calls.
#[derive(Debug, Serialize, ToSchema)]
struct RootUser {
    id: String,
    email: Option<String>,
    name: Option<String>,
}

/// Says what this is and who calls. Anybody may ask.
#[utoipa::path(get, path = "/", summary = "What this is", responses((status = OK, body = Root)))]
async fn get(State(state): State<AppState>, mut parts: Parts) -> Result<Json<Root>, ApiError> {
    let is_named = parts.headers.contains_key(axum::http::header::AUTHORIZATION);
    let caller = match Caller::from_request_parts(&mut parts, &state).await {
        Ok(caller) => Some(caller),
        // Who names a token wants to know whether it works.
        Err(error) if is_named => return Err(error),
        Err(_) => None,
    };
    let (auth, user) = match caller {
        None => (None, None),
        Some(Caller::Token { token, .. }) => {
            let scopes = token.scopes.iter().map(|scope| scope.as_str()).collect();
            let user = token.person.map(|id| RootUser {
                id: id.to_string(),
                email: None,
                name: None,
            });
            (Some(RootAuth { scopes }), user)
        }
        Some(Caller::Person(person)) => {
            let user = RootUser {
                id: person.id.to_string(),
                email: Some(person.email),
                name: Some(person.name),
            };
            (None, Some(user))
        }
    };
    Ok(Json(Root {
        version: "0",
        auth,
        user,
    }))
}
