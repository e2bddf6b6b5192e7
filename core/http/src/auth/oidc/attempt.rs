//! One sign-in under way: all that it is known by is made of one secret, which only the browser's cookie holds.
//!
//! What goes to the provider (state, nonce, the challenge of PKCE) are hashes of it, each another: who sees one of them
//! can make none of the others, and who has somebody's link to come back by lacks the cookie.

use axum::http::HeaderValue;
use axum::http::header::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use errand_model::Secret;
use errand_store::single_sign_on::PENDING_SECONDS;
use sha2::{Digest as _, Sha256};

use crate::HttpConfig;
use crate::auth::cookie;
use crate::error::Error;

/// See there.
pub(crate) struct Attempt(Secret<String>);

impl Attempt {
    /// A new one.
    pub(super) fn new() -> Result<Self, Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(Error::internal)?;
        Ok(Attempt(Secret::new(URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// The one that a browser began.
    pub(crate) fn of(config: &HttpConfig, headers: &HeaderMap) -> Option<Self> {
        let secret = cookie::value(headers, name(config)).filter(|secret| !secret.is_empty())?;
        Some(Attempt(Secret::new(secret.to_owned())))
    }

    /// By what the hub knows who comes back.
    pub(crate) fn state(&self) -> String {
        self.made("state")
    }

    /// By what an ID token belongs to it.
    pub(super) fn nonce(&self) -> String {
        self.made("nonce")
    }

    /// What proves that who brings the code went for it.
    pub(super) fn verifier(&self) -> String {
        self.made("verifier")
    }

    /// The verifier, as the provider is told it before.
    pub(super) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier().as_bytes()))
    }

    fn made(&self, what: &str) -> String {
        let hash = Sha256::new()
            .chain_update("sign-in ")
            .chain_update(what)
            .chain_update(" ")
            .chain_update(self.0.reveal())
            .finalize();
        URL_SAFE_NO_PAD.encode(hash)
    }

    /// `Set-Cookie` that has the browser keep it.
    pub(crate) fn cookie(&self, config: &HttpConfig) -> Option<HeaderValue> {
        write(config, self.0.reveal(), PENDING_SECONDS)
    }
}

/// `Set-Cookie` that has the browser forget it.
pub(crate) fn clear(config: &HttpConfig) -> Option<HeaderValue> {
    write(config, "", 0)
}

/// Browsers send a `__Host-` cookie to the host that set it and to no other, but only by https.
fn name(config: &HttpConfig) -> &'static str {
    match config.is_https() {
        true => "__Host-errand-sign-in",
        false => "errand-sign-in",
    }
}

/// `Lax`: people come back from another site.
fn write(config: &HttpConfig, secret: &str, seconds: i64) -> Option<HeaderValue> {
    let secure = if config.is_https() { "; Secure" } else { "" };
    let name = name(config);
    let text = format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
