//! What other systems are answered: nothing that a browser would run, or show as a page of the hub.

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::request;
use crate::error::{ApiError, Error};
use crate::ingest::limits;
use crate::plugins::{HookAnswer, HookError};

/// When to come again while there is no room, in seconds.
pub(super) const NO_ROOM_SECONDS: u32 = 5;

/// When to come again while a plugin is held, in seconds: somebody has to act.
pub(super) const HELD_SECONDS: u32 = 300;

/// On every answer.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox"),
    ),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// What becomes of a request that was handed over.
pub(super) fn response(answer: HookAnswer) -> Response {
    let failed = |status, detail: &'static str| Error::new(status, detail);
    match answer {
        HookAnswer::Plugin {
            status,
            content_type,
            body,
        } => {
            let mut response = Response::new(Body::from(body));
            *response.status_mut() =
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            harmless(response)
        }
        HookAnswer::Again => {
            let body = axum::Json(serde_json::json!({ "detail": "this was dealt with before" }));
            harmless(body.into_response())
        }
        HookAnswer::UnderWay => {
            let error = failed(StatusCode::CONFLICT, "this is being dealt with");
            refusal(wait(error, NO_ROOM_SECONDS))
        }
        HookAnswer::Later(after) => {
            let error = failed(StatusCode::SERVICE_UNAVAILABLE, "the plugin cannot do it now");
            let after = after.and_then(|seconds| u32::try_from(seconds).ok());
            refusal(wait(error, after.unwrap_or(NO_ROOM_SECONDS)))
        }
        HookAnswer::Never => refusal(failed(
            StatusCode::UNPROCESSABLE_ENTITY,
            "the plugin cannot do anything with it",
        )),
        HookAnswer::Broken => refusal(failed(StatusCode::BAD_GATEWAY, "the plugin broke off")),
        HookAnswer::TimedOut => refusal(failed(StatusCode::GATEWAY_TIMEOUT, "the plugin took too long")),
    }
}

/// Why a request woke nobody.
pub(super) fn error(error: HookError) -> Error {
    match error {
        HookError::NoRoute => nothing_there(),
        HookError::NotLoaded => {
            let error = Error::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "the plugin is not there at the moment",
            );
            wait(error, HELD_SECONDS)
        }
        HookError::TooLarge(limit) => request::too_large(limit),
        HookError::Unproved(why) => Error::unauthorized(why),
        error @ HookError::Failed(_) => Error::internal(error),
    }
}

/// With when to come again.
pub(super) fn wait(error: Error, seconds: u32) -> Error {
    let (name, value) = limits::retry_after(seconds);
    error.with_header(name, value)
}

/// 404, whatever part of the address is wrong.
pub(super) fn nothing_there() -> Error {
    Error::not_found("there is nothing at this address")
}

/// The answer of an error.
pub(super) fn refusal(error: Error) -> Response {
    harmless(ApiError(error).into_response())
}

fn harmless(mut response: Response) -> Response {
    let headers: &mut HeaderMap = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, value);
    }
    response
}
