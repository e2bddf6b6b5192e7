//! Making a token.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_model::Timestamp;
use errand_model::access::Scope;
use errand_store::tokens::{self, NewToken};
use serde::Deserialize;
use utoipa::ToSchema;

use super::TokenShape;
use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::body::Body;
use crate::api::error::{invalid, missing};
use crate::error::{ApiError, Error};

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewTokenBody {
    /// What to call it.
    name: Option<String>,
    /// What it may do: `event:read`, `project:write`, …
    #[serde(default)]
    scopes: Vec<String>,
    /// Until when, as RFC 3339; for ever where it is missing.
    expires: Option<String>,
}

/// Makes a token; its secret is in the answer and nowhere else. It cannot do more than who makes it.
#[utoipa::path(
    post,
    path = "/org-auth-tokens/",
    summary = "Make a token",
    request_body = NewTokenBody,
    responses((status = CREATED, body = TokenShape), (status = BAD_REQUEST), (status = FORBIDDEN)),
)]
pub(super) async fn create(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    Body(body): Body<NewTokenBody>,
) -> Result<(StatusCode, Json<TokenShape>), ApiError> {
    let name = body
        .name
        .as_deref()
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| missing("name", "any text that is not blank"))?;
    let scopes = scopes(&body.scopes)?;
    for scope in &scopes {
        at.by.caller.require_to_give(*scope)?;
    }
    let expires = body.expires.as_deref().map(|text| {
        Timestamp::parse_rfc3339(text)
            .ok_or_else(|| invalid("expires", text, "a time (2027-01-31T12:00:00Z)"))
    });
    let new = NewToken {
        name,
        organization: at.organization.id,
        person: at.by.caller.person(),
        scopes: &scopes,
        expires: expires.transpose()?,
    };
    let mut tx = state.db.begin().await?;
    let (token, secret) = tokens::create(&mut tx, state.context(), new).await?;
    at.by.note(format!("made the API token {name}"));
    tx.commit().await?;
    let mut shape = TokenShape::of(&token);
    shape.token = Some(secret.reveal().clone());
    Ok((StatusCode::CREATED, Json(shape)))
}

fn scopes(names: &[String]) -> Result<Vec<Scope>, Error> {
    if names.is_empty() {
        return Err(missing("scopes", "a list of scopes, as [\"event:read\"]"));
    }
    let parsed = names.iter().map(|name| name.parse::<Scope>());
    parsed
        .map(|scope| scope.map_err(|error| Error::bad_request(format!("scopes: {error}"))))
        .collect()
}
