//! Who sends: finds the public key in whichever of the protocol's forms it came.
//!
//! The forms: `X-Sentry-Auth`, `Authorization: Sentry …`, `Authorization: Basic key:`, the query string, a
//! path segment, and the `dsn` in an envelope's header ([`dsn_of_envelope`]). Two at once are refused, as Sentry
//! refuses them, whether or not they agree; the `dsn` may come with another if both name the same key.

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, HeaderValue};
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use errand_model::ProjectId;
use serde::Deserialize;

use crate::error::Error;

/// The newest version of the protocol that the hub speaks.
const PROTOCOL_VERSION: u32 = 7;

/// The public part of a key: 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PublicKey([u8; 32]);

impl PublicKey {
    /// Reads a key; flags after a colon (`key:no-cache`) are let go.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.split(':').next().unwrap_or_default();
        let mut key: [u8; 32] = digits.as_bytes().try_into().ok()?;
        key.make_ascii_lowercase();
        key.iter().all(u8::is_ascii_hexdigit).then_some(PublicKey(key))
    }

    /// As it is stored.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Which of so many lanes it belongs to.
    pub(crate) fn lane(&self, lanes: usize) -> usize {
        let sum = self.0.iter().fold(0_usize, |sum, &byte| {
            sum.wrapping_mul(31).wrapping_add(usize::from(byte))
        });
        sum % lanes.max(1)
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why nobody was recognised.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AuthError {
    #[error("missing authorization information")]
    Missing,
    #[error("multiple authorization payloads detected")]
    Multiple,
    #[error("bad authorization in {place}: {problem}")]
    Malformed { place: &'static str, problem: Problem },
}

/// What is wrong with an authorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    #[error("it has to start with 'Sentry '")]
    Scheme,
    #[error("sentry_key is missing")]
    NoKey,
    #[error("the key has to be 32 hexadecimal digits")]
    Key,
    #[error("sentry_version has to be a number up to 7")]
    Version,
    #[error("it is not base64 of 'key:'")]
    Basic,
    #[error("the dsn has to look like https://key@host/project")]
    Dsn,
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        let status = match error {
            AuthError::Missing | AuthError::Multiple => StatusCode::UNAUTHORIZED,
            AuthError::Malformed { .. } => StatusCode::BAD_REQUEST,
        };
        Error::new(status, error.to_string())
    }
}

/// The key of a request that carries one in its header, query string or path; none if it carries none.
pub(crate) fn key_of_request(parts: &Parts, path_key: Option<&str>) -> Result<Option<PublicKey>, AuthError> {
    let mut found = Found::default();
    for value in parts.headers.get_all("x-sentry-auth") {
        found.add("the X-Sentry-Auth header", sentry_header(value))?;
    }
    if let Some(query) = parts.uri.query()
        && query.contains("sentry_")
    {
        found.add_query(query)?;
    }
    if let Some(text) = path_key {
        found.add("the path", PublicKey::parse(text).ok_or(Problem::Key))?;
    }
    for value in parts.headers.get_all(AUTHORIZATION) {
        found.add_authorization(value)?;
    }
    match (found.key, found.query_without_key) {
        (None, true) => Err(AuthError::Malformed {
            place: "the query string",
            problem: Problem::NoKey,
        }),
        (key, _) => Ok(key),
    }
}

/// What was found so far.
#[derive(Default)]
struct Found {
    key: Option<PublicKey>,
    query_without_key: bool,
}

impl Found {
    fn add(&mut self, place: &'static str, key: Result<PublicKey, Problem>) -> Result<(), AuthError> {
        let key = key.map_err(|problem| AuthError::Malformed { place, problem })?;
        if self.key.replace(key).is_some() {
            return Err(AuthError::Multiple);
        }
        Ok(())
    }

    fn add_query(&mut self, query: &str) -> Result<(), AuthError> {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let pairs = pairs.map(|(name, value)| {
            let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
            (name, value)
        });
        match key_of_pairs(pairs) {
            // Some endpoints take `sentry_release` and the like beside a header.
            Err(Problem::NoKey) => self.query_without_key = true,
            key => self.add("the query string", key)?,
        }
        Ok(())
    }

    fn add_authorization(&mut self, value: &HeaderValue) -> Result<(), AuthError> {
        const PLACE: &str = "the Authorization header";
        let bytes = value.as_bytes();
        if starts_with_ignoring_case(bytes, b"sentry ") {
            return self.add(PLACE, sentry_header(value));
        }
        if starts_with_ignoring_case(bytes, b"basic ") {
            let key = basic(&bytes[b"basic ".len()..]);
            // A proxy in front may ask for a password of its own: that is no second payload.
            if key.is_err() && self.key.is_some() {
                return Ok(());
            }
            return self.add(PLACE, key);
        }
        Ok(())
    }
}

fn starts_with_ignoring_case(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes
        .get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// `Sentry sentry_version=7, sentry_client=…, sentry_key=…`.
fn sentry_header(value: &HeaderValue) -> Result<PublicKey, Problem> {
    let bytes = value.as_bytes();
    if !starts_with_ignoring_case(bytes, b"sentry ") {
        return Err(Problem::Scheme);
    }
    // Names of clients are anybody's: what is not text is passed over with its pair.
    let pairs = bytes[b"sentry ".len()..].split(|&byte| byte == b',');
    let pairs = pairs.filter_map(|pair| std::str::from_utf8(pair).ok()?.trim().split_once('='));
    key_of_pairs(pairs.map(|(name, value)| (name, Cow::Borrowed(value))))
}

fn key_of_pairs<'a>(pairs: impl Iterator<Item = (&'a str, Cow<'a, str>)>) -> Result<PublicKey, Problem> {
    let mut key = None;
    for (name, value) in pairs {
        match name.trim() {
            "sentry_key" => key = Some(PublicKey::parse(value.trim()).ok_or(Problem::Key)?),
            "sentry_version" => {
                let major = value.trim().split('.').next().unwrap_or_default();
                let version: u32 = major.parse().map_err(|_| Problem::Version)?;
                if version > PROTOCOL_VERSION {
                    return Err(Problem::Version);
                }
            }
            _ => {}
        }
    }
    key.ok_or(Problem::NoKey)
}

fn basic(encoded: &[u8]) -> Result<PublicKey, Problem> {
    let decoded = STANDARD
        .decode(encoded.trim_ascii())
        .map_err(|_| Problem::Basic)?;
    let text = std::str::from_utf8(&decoded).map_err(|_| Problem::Basic)?;
    let user = text.split(':').next().unwrap_or_default();
    PublicKey::parse(user).ok_or(Problem::Key)
}

/// What a DSN says: whose key, and which project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dsn {
    pub(crate) key: PublicKey,
    pub(crate) project: ProjectId,
}

impl Dsn {
    /// Reads `{protocol}://{key}[:{secret}]@{host}[/{path}]/{project}`.
    pub(crate) fn parse(text: &str) -> Result<Self, AuthError> {
        let malformed = |problem| AuthError::Malformed {
            place: "the dsn",
            problem,
        };
        let (_, rest) = text.split_once("://").ok_or(malformed(Problem::Dsn))?;
        let (user, host) = rest.rsplit_once('@').ok_or(malformed(Problem::Dsn))?;
        let (_, project) = host
            .trim_end_matches('/')
            .rsplit_once('/')
            .ok_or(malformed(Problem::Dsn))?;
        Ok(Dsn {
            key: PublicKey::parse(user).ok_or(malformed(Problem::Key))?,
            project: project.parse().map_err(|_| malformed(Problem::Dsn))?,
        })
    }
}

/// The `dsn` in the header of an envelope, if there is one. A header that cannot be read has none: the intake
/// says better what is wrong with it.
pub(crate) fn dsn_of_envelope(envelope: &[u8]) -> Result<Option<Dsn>, AuthError> {
    #[derive(Deserialize)]
    struct Header<'a> {
        #[serde(borrow, default)]
        dsn: Option<Cow<'a, str>>,
    }
    let end = memchr::memchr(b'\n', envelope).unwrap_or(envelope.len());
    let line = &envelope[..end];
    if memchr::memmem::find(line, b"\"dsn\"").is_none() {
        return Ok(None);
    }
    let header = serde_json::from_slice::<Header<'_>>(line).ok();
    header
        .and_then(|header| header.dsn)
        .map(|dsn| Dsn::parse(&dsn))
        .transpose()
}

#[cfg(test)]
mod tests;
