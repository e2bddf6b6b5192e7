//! What the API says when a request makes no sense.

use axum::http::{Method, Uri};

use crate::error::{ApiError, Error};

/// A value that is not allowed: names the field, the value and what is.
pub(super) fn invalid(field: &str, value: &str, allowed: &str) -> Error {
    // The value may be anything a client sent: what is quoted is bounded.
    let value: String = value.chars().take(100).collect();
    Error::bad_request(format!("{field}: '{value}' is not allowed; allowed is {allowed}"))
}

/// A value that has to be there.
pub(super) fn missing(field: &str, allowed: &str) -> Error {
    Error::bad_request(format!("{field}: is missing; allowed is {allowed}"))
}

/// There is nothing at this path.
pub(super) async fn no_such_endpoint(method: Method, uri: Uri) -> ApiError {
    let hint = if uri.path().ends_with('/') {
        ""
    } else {
        "; paths of the API end with a slash"
    };
    ApiError(Error::not_found(format!(
        "the API has no {method} {}{hint}",
        uri.path()
    )))
}
