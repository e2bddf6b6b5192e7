//! The cookie that holds a session's secret.

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

/// The secret in the cookie of a request.
pub fn secret(config: &HttpConfig, headers: &HeaderMap) -> Option<Secret<String>> {
    let name = name(config.is_https());
    let values = headers.get_all(COOKIE).into_iter();
    let pairs = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'));
    let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    let (_, secret) = pairs.find(|(key, _)| *key == name)?;
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
