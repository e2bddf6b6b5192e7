//! Who came back from the provider.

use serde_json::Value;

/// Who somebody is at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// Which provider.
    pub(crate) issuer: String,
    /// What it calls them: nobody else, and never another.
    pub(crate) subject: String,
    /// Their address.
    pub(crate) email: Option<String>,
    /// Whether it says that the address is theirs; none where it says nothing of it.
    pub(crate) is_verified: Option<bool>,
    /// What to call them.
    pub(crate) name: String,
}

impl Arrival {
    /// As the claims of a token, or what else the provider says, have it.
    pub(super) fn of(issuer: &str, claims: &Value) -> Self {
        let text = |name: &str| {
            claims[name]
                .as_str()
                .map(str::trim)
                .filter(|text| !text.is_empty())
        };
        let is_verified = match &claims["email_verified"] {
            Value::Bool(is_verified) => Some(*is_verified),
            // Some write it as text.
            Value::String(text) => Some(text == "true"),
            _ => None,
        };
        let name = ["name", "preferred_username", "nickname"]
            .into_iter()
            .find_map(text);
        let shown = name.unwrap_or_default().chars().filter(|c| !c.is_control());
        Arrival {
            issuer: issuer.to_owned(),
            subject: claims["sub"].as_str().unwrap_or_default().to_owned(),
            email: text("email").map(str::to_owned),
            is_verified,
            name: shown.take(100).collect(),
        }
    }

    /// With what is said of them elsewhere, where that says more.
    pub(super) fn or_as(self, other: Arrival) -> Self {
        // An address and whether it is theirs are taken from one place.
        let (email, is_verified) = match other.email {
            Some(email) => (Some(email), other.is_verified),
            None => (self.email, self.is_verified),
        };
        let name = if self.name.is_empty() {
            other.name
        } else {
            self.name
        };
        Arrival {
            email,
            is_verified,
            name,
            ..self
        }
    }
}
