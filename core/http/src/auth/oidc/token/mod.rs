//! The ID token: by whom it was made, for whom, when, and for which sign-in (OpenID Connect Core 1.0, 3.1.3.7).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use errand_model::Timestamp;
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use serde_json::Value;

use super::keys::Keys;
use super::problem::TokenProblem;
use super::wire::said;

/// What is taken: signatures that nobody but the provider can make.
pub(super) const ALGORITHMS: [(&str, Algorithm); 9] = [
    ("RS256", Algorithm::RS256),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
    ("PS256", Algorithm::PS256),
    ("PS384", Algorithm::PS384),
    ("PS512", Algorithm::PS512),
    ("ES256", Algorithm::ES256),
    ("ES384", Algorithm::ES384),
    ("EdDSA", Algorithm::EdDSA),
];

/// How far the provider's clock and the hub's may be apart, in seconds.
const LEEWAY: f64 = 120.0;

/// Bytes of the longest token that is looked at.
const LONGEST: usize = 64 << 10;

/// What an ID token has to say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: Timestamp,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// What a token is known by, checked in all that is said of it here.
pub(super) fn check(token: &str, keys: &Keys, expected: &Expected<'_>) -> Result<Value, TokenProblem> {
    let claims = verified(token, keys)?;
    let text = |name: &'static str| claims[name].as_str().ok_or(TokenProblem::Claim(name));
    if text("iss")? != expected.issuer {
        return Err(TokenProblem::Issuer);
    }
    check_audience(&claims, expected.client_id)?;
    check_times(&claims, expected.now)?;
    if text("nonce")? != expected.nonce {
        return Err(TokenProblem::Nonce);
    }
    match text("sub")?.len() {
        1..=255 => Ok(claims),
        _ => Err(TokenProblem::Claim("sub")),
    }
}

/// The claims of a token whose signature is one of the keys'.
fn verified(token: &str, keys: &Keys) -> Result<Value, TokenProblem> {
    let first = token.split('.').next().filter(|_| token.len() <= LONGEST);
    let header = first.and_then(|first| URL_SAFE_NO_PAD.decode(first).ok());
    let header = header.and_then(|header| serde_json::from_slice::<Header>(&header).ok());
    let header = header.ok_or(TokenProblem::Malformed)?;
    let known = ALGORITHMS.iter().find(|(name, _)| *name == header.alg);
    let (name, algorithm) = known.ok_or_else(|| TokenProblem::Algorithm(said(&header.alg)))?;
    if header.crit.is_some() {
        return Err(TokenProblem::Critical);
    }
    let mut validation = Validation::new(*algorithm);
    // The signature alone: what the claims have to say is checked above, by the hub's own clock.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let mut candidates = keys
        .for_signature(*algorithm, name, header.kid.as_deref())
        .peekable();
    if candidates.peek().is_none() {
        return Err(TokenProblem::UnknownKey);
    }
    let mut read = candidates.filter_map(|key| jsonwebtoken::decode::<Value>(token, key, &validation).ok());
    read.next().map(|read| read.claims).ok_or(TokenProblem::Signature)
}

fn check_audience(claims: &Value, client_id: &str) -> Result<(), TokenProblem> {
    let audience = match &claims["aud"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return Err(TokenProblem::Claim("aud")),
    };
    if !audience.contains(&client_id) {
        return Err(TokenProblem::Audience);
    }
    match &claims["azp"] {
        // One of several that it was made for may not be handed what another got.
        Value::Null if audience.len() > 1 => Err(TokenProblem::AuthorizedParty),
        Value::Null => Ok(()),
        azp if azp.as_str() == Some(client_id) => Ok(()),
        _ => Err(TokenProblem::AuthorizedParty),
    }
}

fn check_times(claims: &Value, now: Timestamp) -> Result<(), TokenProblem> {
    let number = |name: &'static str| claims[name].as_f64().ok_or(TokenProblem::Claim(name));
    #[expect(clippy::cast_precision_loss, reason = "seconds with leeway need no more")]
    let now = now.micros() as f64 / 1_000_000.0;
    if number("exp")? + LEEWAY <= now {
        return Err(TokenProblem::Expired);
    }
    if number("iat")? - LEEWAY > now {
        return Err(TokenProblem::Future);
    }
    match &claims["nbf"] {
        Value::Null => Ok(()),
        _ if number("nbf")? - LEEWAY > now => Err(TokenProblem::Future),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
