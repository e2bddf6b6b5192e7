//! What is kept of a grant.

use errand_model::{Secret, Timestamp};
use serde_json::{Value, json};

use super::endpoint::Tokens;

/// The tokens of an account.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) access: Secret<String>,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) refresh: Option<Secret<String>>,
    /// What they were got for: see [`super::Account::origin`].
    pub(crate) origin: String,
}

impl Grant {
    /// Of new tokens; a refresh token that was not replaced goes on to count.
    pub(crate) fn new(tokens: Tokens, before: Option<Secret<String>>, origin: String) -> Self {
        Grant {
            access: tokens.access,
            expires: tokens.expires,
            refresh: tokens.refresh.or(before),
            origin,
        }
    }

    /// Whether its access token can be used at that time.
    pub(crate) fn is_fresh(&self, now: Timestamp, stale: Option<&str>) -> bool {
        let is_current = self.expires.is_none_or(|expires| now < expires);
        is_current && stale.is_none_or(|stale| stale != self.access.reveal())
    }

    /// As it is kept.
    pub(crate) fn to_text(&self) -> Secret<String> {
        let refresh = self.refresh.as_ref().map(|token| token.reveal().as_str());
        let text = json!({
            "access": self.access.reveal(),
            "expires": self.expires.map(Timestamp::micros),
            "refresh": refresh,
            "origin": self.origin,
        });
        Secret::new(text.to_string())
    }

    /// Reads what [`Grant::to_text`] wrote.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Grant {
            access: Secret::new(text("access")?),
            expires: value
                .get("expires")
                .and_then(Value::as_i64)
                .map(Timestamp::from_micros),
            refresh: text("refresh").map(Secret::new),
            origin: text("origin")?,
        })
    }
}
