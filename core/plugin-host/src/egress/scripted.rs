//! Requests that a test answers.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::{EgressError, Incoming, Outgoing};
use crate::remote::{Remote, RemoteAnswer, RemoteRequest};

/// Asks the test.
pub(super) fn send(remote: &dyn Remote, request: Outgoing) -> Result<Incoming, EgressError> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let max_body = request.max_body;
    let request = RemoteRequest {
        method: request.method.to_string(),
        url: request.url.into(),
        headers: request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), text(value)))
            .collect(),
        body: request.body,
    };
    match remote.answer(&request) {
        RemoteAnswer::Answer { body, .. } if body.len() > max_body => {
            Err(EgressError::BodyTooLarge(max_body))
        }
        RemoteAnswer::Answer {
            status,
            headers,
            body,
        } => Ok(Incoming {
            status,
            headers: header_map(&headers),
            body,
        }),
        RemoteAnswer::Refused => Err(EgressError::Connect("connection refused".to_owned())),
        RemoteAnswer::Timeout => Err(EgressError::Timeout),
        RemoteAnswer::Interrupted => Err(EgressError::Interrupted("connection reset".to_owned())),
    }
}

fn header_map(headers: &[(String, String)]) -> HeaderMap {
    let read = headers.iter().filter_map(|(name, value)| {
        let name: HeaderName = name.parse().ok()?;
        Some((name, HeaderValue::from_str(value).ok()?))
    });
    read.collect()
}
