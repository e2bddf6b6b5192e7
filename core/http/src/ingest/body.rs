//! Reads bodies within bounds of size, time and memory.

use axum::body::{Body, HttpBody as _};
use axum::http::StatusCode;
use axum::http::header::{CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderValue};
use bytes::{Bytes, BytesMut};
use errand_pipeline::encoding::{DecodeError, Encoding, decode};
use http_body_util::BodyExt as _;

use super::memory::Room;
use crate::AppState;
use crate::error::Error;

/// Decoding what is larger than this leaves the thread that serves other requests.
const LARGE_BYTES: usize = 128 * 1024;

/// How large a body may be, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cap {
    /// As it comes over the wire.
    pub(crate) wire: usize,
    /// Decoded.
    pub(crate) decoded: usize,
}

/// A body, as it came and decoded.
#[derive(Debug)]
pub(crate) struct Payload {
    pub(crate) wire: Bytes,
    pub(crate) encoding: Encoding,
    pub(crate) body: Bytes,
    _room: Room,
}

/// Reads and decodes the body of a request.
pub(crate) async fn read(
    state: &AppState,
    headers: &HeaderMap,
    body: Body,
    cap: Cap,
) -> Result<Payload, Error> {
    let declared = declared_length(headers)?;
    if declared.is_some_and(|length| length > cap.wire) {
        return Err(too_large(cap.wire));
    }
    let mut room = state.body_memory.room();
    room.grow(declared.unwrap_or(0))?;
    let reading = collect(body, declared.unwrap_or(0), cap.wire, &mut room);
    let limit = state.config.ingest.body_timeout;
    let wire = tokio::time::timeout(limit, reading)
        .await
        .map_err(|_| too_slow())??;
    let encoding = content_encoding(headers);
    let body = match encoding {
        Encoding::Identity if wire.len() > cap.decoded => return Err(too_large(cap.decoded)),
        Encoding::Identity => wire.clone(),
        encoding => {
            let body = decoded(encoding, &wire, cap.decoded).await?;
            room.grow(body.len())?;
            body
        }
    };
    Ok(Payload {
        wire,
        encoding,
        body,
        _room: room,
    })
}

async fn decoded(encoding: Encoding, wire: &Bytes, limit: usize) -> Result<Bytes, Error> {
    let decoded = if wire.len() <= LARGE_BYTES {
        decode(encoding, wire, limit)
    } else {
        let wire = wire.clone();
        tokio::task::spawn_blocking(move || decode(encoding, &wire, limit))
            .await
            .map_err(Error::internal)?
    };
    decoded.map(Bytes::from).map_err(|error| match error {
        DecodeError::TooLarge { limit } => too_large(limit),
        DecodeError::Corrupt { .. } => {
            Error::bad_request("the body cannot be decoded").with_causes(vec![error.to_string()])
        }
    })
}

async fn collect(mut body: Body, declared: usize, cap: usize, room: &mut Room) -> Result<Bytes, Error> {
    // What most SDKs send fits one read, and is then passed on without a copy.
    let Some(first) = next(&mut body).await? else {
        return Ok(Bytes::new());
    };
    let mut accounted = declared;
    account(first.len(), &mut accounted, cap, room)?;
    if body.is_end_stream() {
        return Ok(first);
    }
    let mut whole = BytesMut::with_capacity(declared.max(first.len()));
    whole.extend_from_slice(&first);
    drop(first);
    while let Some(chunk) = next(&mut body).await? {
        account(whole.len() + chunk.len(), &mut accounted, cap, room)?;
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

/// Checks the size so far, and takes room for what was not declared.
fn account(length: usize, accounted: &mut usize, cap: usize, room: &mut Room) -> Result<(), Error> {
    if length > cap {
        return Err(too_large(cap));
    }
    if length > *accounted {
        room.grow(length - *accounted)?;
        *accounted = length;
    }
    Ok(())
}

/// The next bytes of the body; trailers are passed over.
async fn next(body: &mut Body) -> Result<Option<Bytes>, Error> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            Error::bad_request("the body was cut short").with_causes(vec![error.to_string()])
        })?;
        if let Ok(data) = frame.into_data()
            && !data.is_empty()
        {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

fn declared_length(headers: &HeaderMap) -> Result<Option<usize>, Error> {
    let Some(value) = headers.get(CONTENT_LENGTH) else {
        return Ok(None);
    };
    let length = value.to_str().ok().and_then(|text| text.parse().ok());
    length
        .map(Some)
        .ok_or_else(|| Error::bad_request("Content-Length is not a number"))
}

fn content_encoding(headers: &HeaderMap) -> Encoding {
    let header = headers
        .get(CONTENT_ENCODING)
        .and_then(|value| value.to_str().ok());
    header.map_or(Encoding::Identity, Encoding::parse)
}

fn too_large(limit: usize) -> Error {
    let cause = format!("at most {limit} bytes are taken here");
    Error::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large").with_causes(vec![cause])
}

fn too_slow() -> Error {
    Error::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time")
        .with_header(CONNECTION, HeaderValue::from_static("close"))
}
