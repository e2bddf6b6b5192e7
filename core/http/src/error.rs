//! One error, three faces: SDKs, API clients and people each get theirs.
//!
//! Code returns [`Error`] (by `?` into the face of its surface). What the client may know stands in `detail`
//! and `causes`; what only the operator may know is the source, which is logged once, here, under an id that
//! the client is told.

use std::borrow::Cow;
use std::error::Error as StdError;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// What went wrong with a request.
#[derive(Debug)]
pub struct Error {
    /// What to answer.
    pub status: StatusCode,
    /// What the client is told.
    pub detail: Cow<'static, str>,
    /// Why, from the outermost cause to the innermost.
    pub causes: Vec<String>,
    /// Headers of the answer: `Retry-After` and their like.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What the operator is told.
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error with a status of its own.
    pub fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Error {
            status,
            detail: detail.into(),
            causes: Vec::new(),
            headers: Vec::new(),
            source: None,
        }
    }

    /// 400: the request makes no sense.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 401: nobody said who asks.
    pub fn unauthorized(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, detail)
    }

    /// 403: who asks may not.
    pub fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    /// 404: there is no such thing, or who asks may not know.
    pub fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// 409: things are no longer as the client thought.
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// 500: the hub's own fault. The source goes to the log, never to the client.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Error {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            detail: Cow::Borrowed("The hub failed to handle this request."),
            causes: Vec::new(),
            headers: Vec::new(),
            source: Some(source.into()),
        }
    }

    /// With the causes that the client is told.
    #[must_use]
    pub fn with_causes(mut self, causes: Vec<String>) -> Self {
        self.causes = causes;
        self
    }

    /// With one more header in the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// With what the operator is told.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The answer of a face, with the headers.
    pub(crate) fn respond(self, body: impl IntoResponse) -> Response {
        let mut response = (self.status, body).into_response();
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response
    }

    /// Logs what the client is not told; gives the id under which it stands in the log.
    pub(crate) fn log(&self) -> Option<String> {
        // A 503 without a source says all there is, and may be said to every request.
        if self.source.is_none() && self.status != StatusCode::INTERNAL_SERVER_ERROR {
            return None;
        }
        let id = uuid::Uuid::new_v4().simple().to_string();
        let source = self.source.as_deref().map(chain).unwrap_or_default();
        tracing::error!(error.id = %id, error.source = %source, http.status = self.status.as_u16(),
            "a request failed: {}", self.detail);
        Some(id)
    }
}

/// An error and what caused it, in one line.
fn chain(error: &(dyn StdError + Send + Sync + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

impl From<errand_store::Error> for Error {
    fn from(error: errand_store::Error) -> Self {
        use errand_store::Error as E;
        match &error {
            E::Missing { .. } => Self::not_found(error.to_string()),
            E::Conflict { .. } => Self::conflict(error.to_string()),
            E::Invalid { .. } => Self::bad_request(error.to_string()),
            E::Unavailable { .. } | E::Retry { .. } => {
                let detail = "The hub is too busy to handle this request; try again in a moment.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, detail).with_source(error)
            }
            E::Corrupt { .. } | E::Sealed { .. } | E::Newer { .. } | E::Driver(_) => Self::internal(error),
        }
    }
}

macro_rules! faces {
    ($($(#[$meta:meta])* $name:ident,)*) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name(pub Error);

        impl<E: Into<Error>> From<E> for $name {
            fn from(error: E) -> Self {
                $name(error.into())
            }
        }
    )*};
}

faces! {
    /// The face for SDKs: `{"detail": …, "causes": […]}`.
    IngestError,
    /// The face for API clients: `{"detail": …}`, with `causes` where there are some.
    ApiError,
    /// The face for people: a page, which `ui` makes of it.
    PageError,
}

/// An error as SDKs and API clients read it.
#[derive(Serialize)]
struct ErrorBody<'a> {
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    causes: Option<&'a [String]>,
    /// Under which the log knows it.
    #[serde(rename = "errorId", skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

impl IntoResponse for IngestError {
    fn into_response(self) -> Response {
        let id = self.0.log();
        let body = Json(ErrorBody {
            detail: &self.0.detail,
            causes: Some(&self.0.causes),
            id,
        })
        .into_response();
        self.0.respond(body)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let id = self.0.log();
        let body = Json(ErrorBody {
            detail: &self.0.detail,
            causes: (!self.0.causes.is_empty()).then_some(&self.0.causes),
            id,
        })
        .into_response();
        self.0.respond(body)
    }
}

/// An error in the face of the surface that the path belongs to.
pub(crate) fn refuse(path: &str, error: Error) -> Response {
    if path.starts_with("/api/") {
        ApiError(error).into_response()
    } else {
        PageError(error).into_response()
    }
}
