//! Who calls the API: a token, or a signed-in person's browser.

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use errand_model::access::{Role, Scope};
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
    Token {
        /// The token.
        token: Token,
        /// For whom it acts, if for anybody: it may what it was given, as far as they may.
        person: Option<Person>,
    },
    /// A person in a browser.
    Person(Person),
}

impl Caller {
    /// For whom it acts, if for anybody.
    pub fn person(&self) -> Option<UserId> {
        match self {
            Caller::Token { token, .. } => token.person,
            Caller::Person(person) => Some(person.id),
        }
    }

    /// The one organization that it reaches; none if it is not bound to one.
    pub fn organization(&self) -> Option<OrganizationId> {
        match self {
            Caller::Token { token, .. } => Some(token.organization),
            Caller::Person(_) => None,
        }
    }

    /// What they are for whom it acts; none for a token that acts for nobody.
    pub fn role(&self) -> Option<Role> {
        match self {
            Caller::Token { person, .. } => person.as_ref().map(|person| person.role),
            Caller::Person(person) => Some(person.role),
        }
    }

    /// Whose teams decide which projects it sees; none if it sees all of them.
    pub(crate) fn viewer(&self) -> Option<UserId> {
        match self {
            Caller::Token { person: None, .. } => None,
            Caller::Token {
                person: Some(person), ..
            }
            | Caller::Person(person) => person.viewer(),
        }
    }

    /// Whether the token has the scope. A person in a browser needs none: their role decided already.
    pub fn grants(&self, wanted: Scope) -> bool {
        match self {
            Caller::Token { token, .. } => token.grants(wanted),
            Caller::Person(_) => true,
        }
    }

    /// 403 unless the token has the scope.
    pub fn require(&self, wanted: Scope) -> Result<(), Error> {
        match self.grants(wanted) {
            true => Ok(()),
            false => Err(Error::forbidden(format!("this token lacks the scope {wanted}"))),
        }
    }

    /// 403 unless it may give the scope to a token: none may do more than who makes it.
    pub fn require_to_give(&self, scope: Scope) -> Result<(), Error> {
        self.require(scope)?;
        let (resource, action) = scope.right();
        match self.role() {
            Some(role) if !role.may(resource, action) => Err(Error::forbidden(format!(
                "the role {role} may not give the scope {scope}"
            ))),
            _ => Ok(()),
        }
    }

    /// Who calls, if anybody known.
    pub(crate) async fn find(state: &AppState, parts: &Parts) -> Result<Option<Self>, Error> {
        if let Some(known) = parts.extensions.get::<Caller>() {
            return Ok(Some(known.clone()));
        }
        match bearer(&parts.headers) {
            Some(secret) => {
                let token = errand_store::tokens::by_secret(&state.db, state.now(), secret).await?;
                let token = token.ok_or_else(|| unauthorized("this token is unknown, revoked or expired"))?;
                let person = match token.person {
                    Some(id) => errand_store::people::by_id(&state.db, id).await?,
                    None => None,
                };
                note_use(state, &token).await;
                Ok(Some(Caller::Token { token, person }))
            }
            None => {
                let session = Session::find(state, parts).await?;
                Ok(session.map(|session| Caller::Person(session.person)))
            }
        }
    }
}

/// How old what is written down of a token's last use may be, in seconds.
const USED_SECONDS: i64 = 900;

/// Writes down now and then that a token is used. That it cannot be written is no reason to refuse the call.
async fn note_use(state: &AppState, token: &Token) {
    let now = state.now();
    if token
        .last_used
        .is_some_and(|used| now < used.plus_seconds(USED_SECONDS))
    {
        return;
    }
    let written = async {
        let mut tx = state.db.begin().await?;
        errand_store::tokens::used(&mut tx, now, token.id).await?;
        tx.commit().await
    };
    if let Err(error) = written.await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the use of a token is not written down"
        );
    }
}

/// The token in `Authorization: Bearer …` (or `Token …`, as older clients write).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
    is_bearer.then(|| token.trim())
}

/// 401: nobody said who calls.
pub(crate) fn no_credentials() -> Error {
    unauthorized("authentication credentials were not provided")
}

fn unauthorized(detail: &'static str) -> Error {
    Error::unauthorized(detail)
        .with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"api\""))
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let caller = Caller::find(state, parts).await?;
        Ok(caller.ok_or_else(no_credentials)?)
    }
}
