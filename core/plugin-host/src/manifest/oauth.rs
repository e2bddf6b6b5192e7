//! Settings of type `oauth`: at which authorization server the hub gets access tokens, and as whom.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::{HostRule, Manifest, SettingKind};

/// How the hub gets access tokens for a setting of type `oauth` (OAuth 2.0, RFC 6749).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OauthRule {
    /// Who grants access.
    #[serde(default)]
    pub grant: OauthGrant,
    /// The page where a person grants access; without it, the setting takes a refresh token that was got elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorize_url: Option<UrlTemplate>,
    /// Where tokens come from. It has to be one of the plugin's hosts.
    pub token_url: UrlTemplate,
    /// The setting with the client's id.
    pub client_id: String,
    /// The secret setting with the client's secret; a public client has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// How the client proves itself.
    #[serde(default)]
    pub client_authentication: ClientAuthentication,
    /// What access is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// More for the page, such as `audience`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub authorize_parameters: BTreeMap<String, String>,
    /// More for each request for tokens.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub token_parameters: BTreeMap<String, String>,
}

/// Who grants access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OauthGrant {
    /// A person, in the browser.
    #[default]
    AuthorizationCode,
    /// Nobody: the client acts in its own name.
    ClientCredentials,
}

/// Where the client's id and secret stand in a request for tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientAuthentication {
    /// In the form.
    #[default]
    Body,
    /// In `Authorization: Basic`.
    Basic,
}

/// A URL in which `{key}` stands for a setting: for a URL at its beginning, for a text in its path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UrlTemplate(String);

impl UrlTemplate {
    /// The URL under these settings; none while a setting that stands in it is not set.
    pub(crate) fn fill(&self, config: &Value) -> Option<Url> {
        let filled = self.replace(|key, is_first| {
            let value = config.get(key)?.as_str().filter(|value| !value.is_empty())?;
            match is_first {
                true => Some(value.trim_end_matches('/').to_owned()),
                false => Some(escaped(value)),
            }
        })?;
        Url::parse(&filled)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.username().is_empty())
    }

    fn replace(&self, mut value: impl FnMut(&str, bool) -> Option<String>) -> Option<String> {
        let mut rest = self.0.as_str();
        let mut filled = String::new();
        while let Some((before, from)) = rest.split_once('{') {
            let (key, after) = from.split_once('}')?;
            filled.push_str(before);
            let is_first = filled.is_empty();
            filled.push_str(&value(key, is_first)?);
            rest = after;
        }
        filled.push_str(rest);
        Some(filled)
    }

    /// The URL's own host, or the setting that it comes from.
    fn check(&self, manifest: &Manifest) -> Result<Origin, String> {
        let (mut origin, mut unfit) = (None, None);
        let filled = self.replace(|key, is_first| {
            let kinds: &[SettingKind] = match is_first {
                true => &[SettingKind::Url],
                false => &[SettingKind::Text, SettingKind::Choice],
            };
            let field = manifest.field(key);
            if !field.is_some_and(|field| !field.secret && kinds.contains(&field.kind)) {
                unfit = Some(key.to_owned());
                return None;
            }
            if is_first {
                origin = Some(Origin::Setting(key.to_owned()));
            }
            Some(if is_first { "https://setting.invalid" } else { "x" }.to_owned())
        });
        if let Some(key) = unfit {
            return Err(format!("'{key}' is no setting that can stand there"));
        }
        let url = filled.and_then(|filled| Url::parse(&filled).ok());
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some());
        let url = url.ok_or_else(|| format!("'{}' is no http or https URL", self.0))?;
        Ok(origin.unwrap_or(Origin::Fixed(url)))
    }
}

enum Origin {
    Fixed(Url),
    Setting(String),
}

impl Origin {
    fn is_of(&self, rule: &HostRule) -> bool {
        match (self, rule) {
            (Origin::Fixed(url), HostRule::Pattern(pattern)) => pattern.allows(url),
            (Origin::Setting(key), HostRule::Setting { setting }) => key == setting,
            _ => false,
        }
    }
}

impl OauthRule {
    /// Where access is granted, for people to read.
    pub(super) fn shown(&self) -> String {
        let scopes = match self.scopes.is_empty() {
            true => String::new(),
            false => format!(" to {}", self.scopes.join(" ")),
        };
        format!("access{scopes} from {}", self.token_url.0)
    }
}

fn escaped(text: &str) -> String {
    let bytes: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    bytes.replace('+', "%20")
}

/// What is wrong with the settings of type `oauth`.
pub(super) fn check(manifest: &Manifest) -> Result<(), String> {
    let mut forms = manifest.actions.iter().flat_map(|action| &action.form);
    if forms.any(|field| field.kind == SettingKind::Oauth || field.oauth.is_some()) {
        return Err("actions: a form cannot ask for the type 'oauth'".to_owned());
    }
    for field in &manifest.settings {
        let key = &field.key;
        let rule = match (field.kind, &field.oauth) {
            (SettingKind::Oauth, Some(rule)) => rule,
            (SettingKind::Oauth, None) | (_, Some(_)) => {
                return Err(format!("settings: '{key}': 'oauth' goes with the type 'oauth'"));
            }
            (_, None) => continue,
        };
        if field.lookup {
            return Err(format!(
                "settings: '{key}': 'lookup' does not go with the type 'oauth'"
            ));
        }
        check_rule(manifest, rule).map_err(|why| format!("settings: '{key}': oauth: {why}"))?;
    }
    Ok(())
}

fn check_rule(manifest: &Manifest, rule: &OauthRule) -> Result<(), String> {
    let origin = rule
        .token_url
        .check(manifest)
        .map_err(|why| format!("token_url: {why}"))?;
    if !manifest.hosts.iter().any(|host| origin.is_of(host)) {
        return Err("token_url: its host has to stand under 'hosts'".to_owned());
    }
    if let Some(url) = &rule.authorize_url {
        url.check(manifest)
            .map_err(|why| format!("authorize_url: {why}"))?;
    }
    let is_text = |key: &String, secret: bool| {
        let field = manifest.field(key);
        field.is_some_and(|field| field.kind == SettingKind::Text && field.secret == secret)
    };
    if !is_text(&rule.client_id, false) {
        return Err(format!(
            "client_id: '{}' is no setting of type 'text'",
            rule.client_id
        ));
    }
    match &rule.client_secret {
        Some(secret) if !is_text(secret, true) => Err(format!(
            "client_secret: '{secret}' is no secret setting of type 'text'"
        )),
        None if rule.grant == OauthGrant::ClientCredentials => {
            Err("client_secret: client-credentials needs one".to_owned())
        }
        _ => Ok(()),
    }
}
