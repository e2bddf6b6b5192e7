//! What another system sent: read within bounds of size and time.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONNECTION, COOKIE, HeaderMap, HeaderValue};
use axum::http::{HeaderName, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::error::Error;

/// The largest body, in bytes.
const BODY_BYTES: usize = 1 << 20;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Headers that are none of a plugin's business: a person's session comes along when a browser calls.
const KEPT_BACK: [HeaderName; 2] = [COOKIE, HeaderName::from_static("x-forwarded-for")];

/// The headers that a plugin may see; what is no text is left out.
pub(super) fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let seen = headers.iter().filter(|(name, _)| !KEPT_BACK.contains(name));
    seen.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}

/// The body, as it came: that is what is signed.
pub(super) async fn body(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Error> {
    let declared = headers.get(axum::http::header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > BODY_BYTES) {
        return Err(too_large(BODY_BYTES));
    }
    let reading = Limited::new(body, BODY_BYTES).collect();
    let read = tokio::time::timeout(BODY_TIMEOUT, reading)
        .await
        .map_err(|_| too_slow())?;
    match read {
        Ok(whole) => Ok(whole.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(BODY_BYTES)),
        Err(_) => Err(Error::bad_request("the body was cut short")),
    }
}

/// 413: more than `limit` bytes.
pub(super) fn too_large(limit: usize) -> Error {
    Error::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("the body is too large: at most {limit} bytes are taken here"),
    )
}

fn too_slow() -> Error {
    Error::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time")
        .with_header(CONNECTION, HeaderValue::from_static("close"))
}
