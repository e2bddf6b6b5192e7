//! Whether a request from outside comes from whom it says: before anything of the plugin runs, over the bytes as
//! they came, and in time that does not depend on how much was right.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use errand_model::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::manifest::{Encoding, Verification};
use crate::occasions::InboundCall;
use crate::secrets::{self, Secrets};

/// How far the sender's clock may be off, in seconds: a signature that is older may have been overheard.
const TOLERANCE: i64 = 300;
/// Signatures in one header that are looked at: two while a secret is changed.
const MAX_SIGNATURES: usize = 4;

/// Why a request is not believed. Says nothing of the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the secret that the sender has to prove is not set")]
    NoSecret,
    #[error("the request is not signed")]
    Missing,
    #[error("the signature is wrong")]
    Wrong,
    #[error("the signature is too old, or the clocks differ by more than five minutes")]
    Old,
}

/// What a request that is believed can be known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// This, which is part of what was proved: the same again is the same request.
    Only(String),
    /// Nothing: its proof is the same each time.
    None,
}

/// Checks a request.
pub(crate) fn check(
    how: &Verification,
    call: &InboundCall,
    secrets: &Secrets,
    now: Timestamp,
) -> Result<Mark, Refusal> {
    let Some(name) = how.secret() else {
        return Ok(Mark::None);
    };
    let secret = secrets.get(name).ok_or(Refusal::NoSecret)?.reveal();
    if secret.is_empty() {
        return Err(Refusal::NoSecret);
    }
    match how {
        Verification::None => Ok(Mark::None),
        Verification::Header { header: name, .. } => {
            same(header(call, name)?, secret)?;
            Ok(Mark::None)
        }
        Verification::HmacSha256 {
            header: name,
            prefix,
            encoding,
            ..
        } => {
            let signature = header(call, name)?
                .strip_prefix(prefix.as_str())
                .ok_or(Refusal::Wrong)?;
            signed(secret.as_bytes(), &[&call.body], &decode(signature, *encoding)?)
        }
        Verification::StandardWebhooks { .. } => standard_webhooks(call, secret, now),
        Verification::Slack { .. } => slack(call, secret, now),
        Verification::Zendesk { .. } => zendesk(call, secret, now),
    }
}

fn standard_webhooks(call: &InboundCall, secret: &str, now: Timestamp) -> Result<Mark, Refusal> {
    let (id, at) = (header(call, "webhook-id")?, header(call, "webhook-timestamp")?);
    let signatures = header(call, "webhook-signature")?;
    is_recent(seconds(at)?, now)?;
    let key = secrets::base64_key(secret).ok_or(Refusal::NoSecret)?;
    let message = [id.as_bytes(), b".", at.as_bytes(), b".", &call.body];
    let given = signatures.split_ascii_whitespace().take(MAX_SIGNATURES);
    let is_right = given
        .filter_map(|signature| decode(signature.strip_prefix("v1,")?, Encoding::Base64).ok())
        .any(|signature| verify(&key, &message, &signature).is_ok());
    // Senders that try again sign anew, with the same id.
    if is_right {
        Ok(Mark::Only(id.to_owned()))
    } else {
        Err(Refusal::Wrong)
    }
}

fn slack(call: &InboundCall, secret: &str, now: Timestamp) -> Result<Mark, Refusal> {
    let at = header(call, "x-slack-request-timestamp")?;
    let signature = header(call, "x-slack-signature")?;
    is_recent(seconds(at)?, now)?;
    let signature = signature.strip_prefix("v0=").ok_or(Refusal::Wrong)?;
    let message = [b"v0:", at.as_bytes(), b":", &call.body];
    signed(secret.as_bytes(), &message, &decode(signature, Encoding::Hex)?)
}

/// The time is written out: `2026-09-21T14:13:20Z`.
fn zendesk(call: &InboundCall, secret: &str, now: Timestamp) -> Result<Mark, Refusal> {
    let at = header(call, "x-zendesk-webhook-signature-timestamp")?;
    let signature = header(call, "x-zendesk-webhook-signature")?;
    let time = Timestamp::parse_rfc3339(at).ok_or(Refusal::Wrong)?;
    is_recent(time.seconds(), now)?;
    let message = [at.as_bytes(), &call.body];
    signed(secret.as_bytes(), &message, &decode(signature, Encoding::Base64)?)
}

/// A message with a signature that makes it the only one.
fn signed(key: &[u8], message: &[&[u8]], signature: &[u8]) -> Result<Mark, Refusal> {
    verify(key, message, signature)?;
    Ok(Mark::Only(
        signature.iter().map(|byte| format!("{byte:02x}")).collect(),
    ))
}

fn header<'a>(call: &'a InboundCall, name: &str) -> Result<&'a str, Refusal> {
    let mut found = call
        .headers
        .iter()
        .filter(|(known, _)| known.eq_ignore_ascii_case(name));
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Ok(value),
        (None, _) => Err(Refusal::Missing),
        // Which of two counts is a question that attackers like to ask.
        (Some(_), Some(_)) => Err(Refusal::Wrong),
    }
}

/// A time in seconds since 1970.
fn seconds(at: &str) -> Result<i64, Refusal> {
    at.parse().map_err(|_| Refusal::Wrong)
}

fn is_recent(at: i64, now: Timestamp) -> Result<(), Refusal> {
    if now.seconds().abs_diff(at) <= TOLERANCE.unsigned_abs() {
        Ok(())
    } else {
        Err(Refusal::Old)
    }
}

fn verify(key: &[u8], signed: &[&[u8]], signature: &[u8]) -> Result<(), Refusal> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| Refusal::NoSecret)?;
    signed.iter().for_each(|part| mac.update(part));
    mac.verify_slice(signature).map_err(|_| Refusal::Wrong)
}

/// Equal, told in the same time whatever differs: what is compared are hashes under a key.
fn same(given: &str, secret: &str) -> Result<(), Refusal> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| Refusal::NoSecret)?;
    mac.update(secret.as_bytes());
    verify(
        secret.as_bytes(),
        &[given.as_bytes()],
        &mac.finalize().into_bytes(),
    )
}

fn decode(text: &str, encoding: Encoding) -> Result<Vec<u8>, Refusal> {
    match encoding {
        Encoding::Base64 => STANDARD.decode(text).ok(),
        Encoding::Hex => secrets::from_hex(text),
    }
    .ok_or(Refusal::Wrong)
}
