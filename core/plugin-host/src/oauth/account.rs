//! Who the hub is to an authorization server, by the manifest and an installation's settings.

use std::fmt::Write as _;

use errand_model::Secret;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::manifest::{ClientAuthentication, Manifest, OauthGrant, OauthRule};

/// An account of another system, as far as the settings say.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// The setting.
    pub(crate) setting: String,
    pub(crate) rule: OauthRule,
    pub(crate) token_url: Url,
    /// Where a person grants access.
    pub(crate) authorize_url: Option<Url>,
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<Secret<String>>,
    /// A refresh token that an admin brought.
    pub(crate) brought: Option<Secret<String>>,
}

impl Account {
    /// By these settings; or what is missing.
    pub(crate) fn of(
        manifest: &Manifest,
        config: &Value,
        setting: &str,
        rule: &OauthRule,
    ) -> Result<Self, String> {
        let text = |key: &str| {
            let text = config.get(key).and_then(Value::as_str);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let label = |key: &str| {
            let field = manifest.settings.iter().find(|field| field.key == key);
            field.map_or_else(|| key.to_owned(), |field| field.label.clone())
        };
        let missing = |key: &str| format!("'{}' has to be set first", label(key));
        let client_secret = match &rule.client_secret {
            Some(key) => Some(Secret::new(text(key).ok_or_else(|| missing(key))?)),
            None => None,
        };
        Ok(Account {
            setting: setting.to_owned(),
            token_url: rule
                .token_url
                .fill(config)
                .ok_or("a setting that its address is made of has to be set first")?,
            authorize_url: rule.authorize_url.as_ref().and_then(|url| url.fill(config)),
            client_id: text(&rule.client_id).ok_or_else(|| missing(&rule.client_id))?,
            client_secret,
            brought: text(setting).map(Secret::new),
            rule: rule.clone(),
        })
    }

    /// What tokens were got for. Those of another origin do not count any more.
    pub(crate) fn origin(&self) -> String {
        let brought = self.brought.as_ref().map_or("", |token| token.reveal().as_str());
        let parts = [self.token_url.as_str(), &self.client_id, brought];
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hash.finalize().iter().fold(String::new(), |mut text, byte| {
            // Writing to a text does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Whether the client acts in its own name.
    pub(crate) fn acts_by_itself(&self) -> bool {
        self.rule.grant == OauthGrant::ClientCredentials
    }

    /// Its scopes, as they are asked for.
    pub(crate) fn scope(&self) -> Option<String> {
        (!self.rule.scopes.is_empty()).then(|| self.rule.scopes.join(" "))
    }

    /// User and password of `Authorization: Basic`, where the client proves itself so.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        if self.rule.client_authentication == ClientAuthentication::Body {
            return None;
        }
        // Both are form-encoded first (RFC 6749, 2.3.1).
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let secret = self.client_secret.as_ref()?;
        Some((encoded(&self.client_id), encoded(secret.reveal())))
    }
}
