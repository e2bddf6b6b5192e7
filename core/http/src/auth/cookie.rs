//! Reading cookies, and the one that holds a session's secret.

use axum::http::HeaderValue;
use axum::http::header::{COOKIE, HeaderMap};
use errand_model::Secret;

use crate::HttpConfig;

/// Its name. Browsers send a `__Host-` cookie to the host that set it and to no other, but only by https.
const fn name(is_https: bool) -> &'static str {
    if is_https {
        "__Host-errand-session"
    } else {
        "errand-session"
    }
}

/// The value of a request's cookie.
pub(crate) fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(COOKIE).into_iter();
    let pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The secret in the cookie of a request.
pub fn secret(config: &HttpConfig, headers: &HeaderMap) -> Option<Secret<String>> {
    let secret = value(headers, name(config.is_https()))?;
    Some(Secret::new(secret.to_owned()))
}

/// `Set-Cookie` that begins a session; also after a sign-in link from an e-mail the browser has to send it, so
/// `Lax` and not `Strict`.
pub fn set(config: &HttpConfig, secret: &Secret<String>) -> Option<HeaderValue> {
    write(config, secret.reveal(), config.sign_in.session_lifetime.as_secs())
}

/// `Set-Cookie` that ends it.
pub fn clear(config: &HttpConfig) -> Option<HeaderValue> {
    write(config, "", 0)
}

fn write(config: &HttpConfig, secret: &str, seconds: u64) -> Option<HeaderValue> {
    let secure = if config.is_https() { "; Secure" } else { "" };
    let name = name(config.is_https());
    let text = format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text).ok().map(|mut value| {
        value.set_sensitive(true);
        value
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("a=1; theme=abc; b=2"));
        assert_eq!(value(&headers, "theme"), Some("abc"));
        assert_eq!(value(&headers, "them"), None);
    }
}
