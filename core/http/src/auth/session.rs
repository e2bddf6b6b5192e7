//! A person with a browser.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use errand_model::SessionId;
use errand_store::people::Person;
use errand_store::sessions::{self, Current};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::cookie;
use crate::AppState;
use crate::client_ip;
use crate::error::{Error, PageError};

/// Where people sign in.
pub const SIGN_IN_PATH: &str = "/sign-in";

/// How old what is written down of a session's last use may be, in seconds: a write for each page would be many.
const SEEN_SECONDS: i64 = 900;

/// Who is signed in. As an argument of a page it is required; `Option<Session>` takes anybody.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who it is.
    pub person: Person,
    /// The session itself.
    pub id: SessionId,
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
        if let Some(known) = parts.extensions.get::<Session>() {
            return Ok(Some(known.clone()));
        }
        let Some(secret) = cookie::secret(&state.config, &parts.headers) else {
            return Ok(None);
        };
        let Some(current) = sessions::current(&state.db, state.now(), secret.reveal()).await? else {
            return Ok(None);
        };
        note_use(state, parts, &current).await;
        Ok(Some(Session {
            person: current.person,
            id: current.id,
        }))
    }
}

/// Writes down now and then that a session is used. That it cannot be written is no reason to refuse the page.
async fn note_use(state: &AppState, parts: &Parts, current: &Current) {
    let now = state.now();
    if now < current.seen.plus_seconds(SEEN_SECONDS) {
        return;
    }
    let address = client_ip::of(&state.config, parts).map_or_else(String::new, |address| address.to_string());
    let written = async {
        let mut tx = state.db.begin().await?;
        sessions::saw(&mut tx, now, current.id, &address).await?;
        tx.commit().await
    };
    if let Err(error) = written.await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the use of a session is not written down"
        );
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
