//! A person with a browser.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use errand_store::people::Person;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{SIGN_IN_PATH, cookie};
use crate::AppState;
use crate::error::{Error, PageError};

/// Who is signed in. As an argument of a page it is required; `Option<Session>` takes anybody.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who it is.
    pub person: Person,
}

/// Why there is no session.
#[derive(Debug)]
pub enum SignInFirst {
    /// Nobody is signed in: goes to the sign-in page, and from there back to this path.
    Nobody {
        /// The path and query that were asked for.
        next: String,
    },
    /// It could not be found out.
    Failed(Error),
}

impl IntoResponse for SignInFirst {
    fn into_response(self) -> Response {
        match self {
            SignInFirst::Nobody { next } => {
                let next = utf8_percent_encode(&next, NON_ALPHANUMERIC);
                Redirect::to(&format!("{SIGN_IN_PATH}?next={next}")).into_response()
            }
            SignInFirst::Failed(error) => PageError(error).into_response(),
        }
    }
}

impl Session {
    /// The session of the request's cookie.
    pub async fn find(state: &AppState, parts: &Parts) -> Result<Option<Self>, Error> {
        let Some(secret) = cookie::secret(&state.config, &parts.headers) else {
            return Ok(None);
        };
        let person = errand_store::sessions::person_of(&state.db, state.now(), secret.reveal()).await?;
        Ok(person.map(|person| Session { person }))
    }
}

impl FromRequestParts<AppState> for Session {
    type Rejection = SignInFirst;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, SignInFirst> {
        let found = Self::find(state, parts).await.map_err(SignInFirst::Failed)?;
        found.ok_or_else(|| {
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            SignInFirst::Nobody {
                next: path.to_owned(),
            }
        })
    }
}

impl axum::extract::OptionalFromRequestParts<AppState> for Session {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Option<Self>, PageError> {
        Ok(Self::find(state, parts).await?)
    }
}
