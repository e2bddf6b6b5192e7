//! Refuses what other sites have a signed-in person's browser send.
//!
//! Browsers say where a request comes from, in `Sec-Fetch-Site` or `Origin`; what says neither is no browser,
//! and carries no cookie that its user did not give it.

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, HeaderMap, ORIGIN};
use axum::http::{Method, Uri};
use axum::middleware::Next;
use axum::response::Response;

use crate::AppState;
use crate::error::{Error, refuse};

pub(super) async fn check(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    // A token is sent by who holds it, from wherever.
    let has_token = request.headers().contains_key(AUTHORIZATION);
    if is_safe || has_token || is_own(request.headers(), &state.config.public_url) {
        return next.run(request).await;
    }
    let error = Error::forbidden("this request came from another site");
    refuse(request.uri().path(), error)
}

fn is_own(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(ORIGIN.as_str()) else {
        return true;
    };
    let authority = |url: &str| {
        url.parse::<Uri>()
            .ok()
            .and_then(|uri| Some(uri.authority()?.as_str().to_owned()))
    };
    let theirs = authority(origin);
    theirs.is_some() && (theirs.as_deref() == text(HOST.as_str()) || theirs == authority(public_url))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn only_the_hubs_own_pages_may_send() {
        let check = |pairs: &[(&'static str, &'static str)], expected: bool| {
            let headers: HeaderMap = pairs
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect();
            assert_eq!(
                is_own(&headers, "https://errors.example.com"),
                expected,
                "{pairs:?}"
            );
        };
        check(&[], true);
        check(&[("sec-fetch-site", "same-origin"), ("origin", "null")], true);
        check(&[("sec-fetch-site", "cross-site")], false);
        check(&[("sec-fetch-site", "same-site")], false);
        check(&[("origin", "https://errors.example.com")], true);
        check(&[("origin", "http://hub:9000"), ("host", "hub:9000")], true);
        check(
            &[("origin", "https://evil.example.com"), ("host", "hub:9000")],
            false,
        );
        check(&[("origin", "null"), ("host", "hub:9000")], false);
    }
}
