//! The JSON of a request.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::AppState;
use crate::error::{ApiError, Error};

/// A request's JSON. Its content type is not looked at: there is nothing else that it could be.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<AppState> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|rejection| Error::new(rejection.status(), rejection.body_text()))?;
        let bytes = if bytes.is_empty() {
            Bytes::from_static(b"{}")
        } else {
            bytes
        };
        let Json(value) = Json::from_bytes(&bytes).map_err(|rejection| refuse(&rejection))?;
        Ok(Body(value))
    }
}

/// Says which field is wrong and what is allowed there, as serde does.
fn refuse(rejection: &JsonRejection) -> Error {
    let text = rejection.body_text();
    let detail = match rejection {
        JsonRejection::JsonDataError(_) => text
            .rsplit_once("target type: ")
            .map(|(_, detail)| detail.to_owned()),
        _ => None,
    };
    Error::bad_request(detail.unwrap_or(text))
}
