//! Who calls the API: a token, or a signed-in person's browser.

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use errand_model::access::Scope;
use errand_model::{OrganizationId, UserId};
use errand_store::people::Person;
use errand_store::tokens::Token;

use super::Session;
use crate::AppState;
use crate::error::{ApiError, Error};

/// Who calls. As an argument of an endpoint it answers 401 to everybody else.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Somebody who holds a token; reaches its organization alone.
    Token(Token),
    /// A person in a browser.
    Person(Person),
}

impl Caller {
    /// For whom it acts, if for anybody.
    pub fn person(&self) -> Option<UserId> {
        match self {
            Caller::Token(token) => token.person,
            Caller::Person(person) => Some(person.id),
        }
    }

    /// The one organization that it reaches; none if it is not bound to one.
    pub fn organization(&self) -> Option<OrganizationId> {
        match self {
            Caller::Token(token) => Some(token.organization),
            Caller::Person(_) => None,
        }
    }

    /// Whether it may do what `wanted` asks.
    pub fn grants(&self, wanted: Scope) -> bool {
        match self {
            Caller::Token(token) => token.grants(wanted),
            Caller::Person(person) => {
                let admins_alone = matches!(
                    wanted,
                    Scope::OrgWrite
                        | Scope::OrgAdmin
                        | Scope::ProjectAdmin
                        | Scope::TeamAdmin
                        | Scope::MemberWrite
                        | Scope::MemberAdmin
                );
                person.is_admin || !admins_alone
            }
        }
    }

    /// 403 unless it may do what `wanted` asks.
    pub fn require(&self, wanted: Scope) -> Result<(), Error> {
        if self.grants(wanted) {
            return Ok(());
        }
        Err(Error::forbidden(match self {
            Caller::Token(_) => format!("this token lacks the scope {wanted}"),
            Caller::Person(_) => format!("only administrators may do this ({wanted})"),
        }))
    }

    /// Who calls, if anybody known.
    async fn find(state: &AppState, parts: &Parts) -> Result<Option<Self>, Error> {
        match bearer(&parts.headers) {
            Some(secret) => {
                let token = errand_store::tokens::by_secret(&state.db, state.now(), secret).await?;
                let token = token.ok_or_else(|| unauthorized("this token is unknown, revoked or expired"))?;
                Ok(Some(Caller::Token(token)))
            }
            None => {
                let session = Session::find(state, parts).await?;
                Ok(session.map(|session| Caller::Person(session.person)))
            }
        }
    }
}

/// The token in `Authorization: Bearer …` (or `Token …`, as older clients write).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
    is_bearer.then(|| token.trim())
}

fn unauthorized(detail: &'static str) -> Error {
    Error::unauthorized(detail)
        .with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"api\""))
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let caller = Caller::find(state, parts).await?;
        Ok(caller.ok_or_else(|| unauthorized("authentication credentials were not provided"))?)
    }
}
