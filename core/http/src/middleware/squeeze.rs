//! Makes answers small: pages and API are text, which goes over the line as a fifth of what it is.

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use libdeflater::{CompressionLvl, Compressor};

/// Smaller answers fit a packet anyway.
const LEAST: u64 = 1_000;
/// Larger ones are files.
const MOST: u64 = 4 << 20;
/// More than that costs more time than it saves.
const LEVEL: i32 = 4;

/// Packs what can be packed, for who can unpack it.
pub(super) async fn squeeze(request: Request, next: Next) -> Response {
    let is_understood = takes_gzip(request.headers());
    let mut response = next.run(request).await;
    if !is_text(response.headers()) || response.headers().contains_key(CONTENT_ENCODING) {
        return response;
    }
    response
        .headers_mut()
        .append(VARY, HeaderValue::from_static("accept-encoding"));
    let length = response.body().size_hint().exact();
    if !is_understood || !length.is_some_and(|length| (LEAST..=MOST).contains(&length)) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Its length is known, so it is there already.
    let Ok(plain) = to_bytes(body, usize::try_from(MOST).unwrap_or(usize::MAX)).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let Some(packed) = pack(&plain) else {
        return Response::from_parts(parts, Body::from(plain));
    };
    parts.headers.remove(CONTENT_LENGTH);
    parts
        .headers
        .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Response::from_parts(parts, Body::from(packed))
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let all = headers.get_all(ACCEPT_ENCODING).into_iter();
    let named = all
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    named.into_iter().any(|one| {
        let (name, quality) = one.split_once(';').unwrap_or((one, ""));
        let is_refused = matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
        name.trim().eq_ignore_ascii_case("gzip") && !is_refused
    })
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default();
    kind.starts_with("text/") || matches!(kind, "application/json" | "image/svg+xml")
}

fn pack(plain: &[u8]) -> Option<Vec<u8>> {
    let mut compressor = Compressor::new(CompressionLvl::new(LEVEL).ok()?);
    let mut packed = vec![0; compressor.gzip_compress_bound(plain.len())];
    let length = compressor.gzip_compress(plain, &mut packed).ok()?;
    packed.truncate(length);
    Some(packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(text: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(text));
        takes_gzip(&headers)
    }

    #[test]
    fn who_can_unpack_says_so() {
        assert!(accepts("gzip") && accepts("br, GZIP;q=0.5"));
        assert!(!accepts("br") && !accepts("gzip;q=0") && !accepts(""));
    }

    #[test]
    fn text_alone_is_packed() {
        let kind = |text| HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(text))]);
        assert!(is_text(&kind("text/html; charset=utf-8")) && is_text(&kind("application/json")));
        assert!(!is_text(&kind("image/png")) && !is_text(&HeaderMap::new()));
    }
}
