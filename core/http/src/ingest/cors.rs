//! Which pages in which browsers may send, and the headers by which browsers learn it.

use axum::http::StatusCode;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderMap, HeaderValue, ORIGIN,
};
use axum::response::{IntoResponse, Response};

const ALLOW_HEADERS: &str = "x-sentry-auth, x-requested-with, x-forwarded-for, origin, referer, accept, \
     content-type, authentication, authorization, content-encoding, transfer-encoding, sentry-trace, baggage";
const EXPOSE_HEADERS: &str = "x-sentry-error, x-sentry-rate-limits, retry-after";

/// Answers a browser that asks before it sends. Origins are judged when it sends: only then is the key known.
pub(crate) async fn preflight() -> Response {
    let mut response = StatusCode::OK.into_response();
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static(ALLOW_HEADERS),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    add_headers(headers);
    response
}

/// Lets the page read the answer.
pub(crate) fn add_headers(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(EXPOSE_HEADERS),
    );
}

/// The `Origin` of a request, where a browser sent one.
pub(crate) fn origin(headers: &HeaderMap) -> Option<&str> {
    let origin = headers.get(ORIGIN)?;
    Some(origin.to_str().unwrap_or("null"))
}

/// What a project's `allowed_origins` say.
#[derive(Debug)]
pub(crate) struct Origins {
    is_any: bool,
    patterns: Vec<Pattern>,
}

/// `https://shop.example.com:8443`, `*.example.com`, `example.com`.
#[derive(Debug)]
struct Pattern {
    scheme: Option<String>,
    /// Without the star's dot, where there was a star.
    host: String,
    includes_subdomains: bool,
    port: Option<String>,
}

impl Origins {
    pub(crate) fn new(allowed: &[String]) -> Self {
        let patterns = allowed.iter().map(|text| Pattern::parse(text.trim())).collect();
        Origins {
            is_any: allowed.iter().any(|text| text.trim() == "*"),
            patterns,
        }
    }

    /// Whether pages of this origin may send.
    pub(crate) fn allow(&self, origin: &str) -> bool {
        if self.is_any {
            return true;
        }
        let origin = Pattern::parse(origin);
        self.patterns.iter().any(|pattern| pattern.matches(&origin))
    }
}

impl Pattern {
    fn parse(text: &str) -> Self {
        let text = text.trim_end_matches('/').to_ascii_lowercase();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_owned()), rest),
            None => (None, text.as_str()),
        };
        // The last colon of `[::1]` is no port's.
        let port = rest.rsplit_once(':').filter(|(_, port)| !port.contains(']'));
        let (host, port) = match port {
            Some((host, port)) => (host, Some(port.to_owned())),
            None => (rest, None),
        };
        Pattern {
            scheme: scheme.filter(|scheme| scheme != "*"),
            includes_subdomains: host.starts_with("*."),
            host: host.trim_start_matches("*.").to_owned(),
            port: port.filter(|port| port != "*"),
        }
    }

    fn matches(&self, origin: &Pattern) -> bool {
        let same = |mine: &Option<String>, theirs: &Option<String>| mine.is_none() || mine == theirs;
        let is_below = || {
            let rest = origin.host.strip_suffix(self.host.as_str());
            rest.is_some_and(|rest| rest.ends_with('.'))
        };
        // A pattern with a scheme and no port means the scheme's own, which browsers leave out.
        let port = match (&self.scheme, &self.port) {
            (Some(_), None) => origin.port.is_none(),
            (_, port) => same(port, &origin.port),
        };
        let host = origin.host == self.host || (self.includes_subdomains && is_below());
        !self.host.is_empty() && host && port && same(&self.scheme, &origin.scheme)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_allowed_by_what_its_project_names() {
        let check = |allowed: &str, origin: &str, expected: bool| {
            let origins = Origins::new(&allowed.split(' ').map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(origins.allow(origin), expected, "{allowed} for {origin}");
        };
        check("*", "null", true);
        check("", "https://example.com", false);
        check("example.com", "https://example.com", true);
        check("example.com", "http://example.com:8080", true);
        check("example.com", "https://evilexample.com", false);
        check("example.com", "https://example.com.evil.org", false);
        check("example.com", "https://shop.example.com", false);
        check("*.example.com", "https://shop.example.com", true);
        check("*.example.com", "https://example.com", true);
        check("*.example.com", "https://evilexample.com", false);
        check("https://example.com", "http://example.com", false);
        check("https://example.com", "https://example.com:444", false);
        check("https://example.com:444", "https://EXAMPLE.com:444", true);
        check("a.org http://[::1]:80", "http://[::1]:80", true);
        check("a.org", "null", false);
    }
}
