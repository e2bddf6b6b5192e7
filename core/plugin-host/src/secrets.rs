//! An installation's settings, taken apart: what the plugin sees, and the secrets, which it never sees.
//!
//! A secret text `token` becomes the reference `{"secret": "token"}`, an entry of a secret map `headers` becomes
//! `{"secret": "headers/<name>"}`. [`Secrets::scrub`] takes out what comes back by other ways.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use errand_model::Secret;
use serde_json::{Map, Value, json};
use url::Url;

use crate::manifest::{HostPattern, Manifest};
use crate::oauth::account::Account;

/// Shorter values are not searched for: blotting out every `a` would hide more than it protects.
const MIN_SCRUBBED: usize = 4;

/// What stands where a secret stood.
const BLOT: &str = "[redacted]";

/// The secrets of an installation, by reference.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    values: BTreeMap<String, Secret<String>>,
    /// Accounts whose tokens the hub holds, by setting; or what is missing.
    accounts: BTreeMap<String, Result<Account, String>>,
    /// The only hosts for the secrets of a setting, where the manifest names some.
    bound: BTreeMap<String, Vec<HostPattern>>,
    /// Refresh tokens that an admin brought.
    brought: Vec<Secret<String>>,
    /// Every form in which a value may come back, the longest first; made when it is first looked for one.
    echoes: OnceLock<Vec<Secret<String>>>,
}

/// Takes the settings apart.
pub(crate) fn split(manifest: &Manifest, config: &Value) -> (Map<String, Value>, Secrets) {
    let mut visible = config.as_object().cloned().unwrap_or_default();
    let mut values = BTreeMap::new();
    let mut accounts = BTreeMap::new();
    let mut brought = Vec::new();
    for field in manifest.settings.iter().filter(|field| field.secret) {
        if let Some(rule) = &field.oauth {
            let token = visible.insert(field.key.clone(), json!({ "secret": field.key }));
            if let Some(Value::String(token)) = token {
                brought.push(Secret::new(token));
            }
            let account = Account::of(manifest, config, &field.key, rule);
            accounts.insert(field.key.clone(), account);
            continue;
        }
        match visible.get_mut(&field.key) {
            Some(value @ Value::String(_)) => take(value, field.key.clone(), &mut values),
            Some(Value::Object(entries)) => {
                for (name, value) in entries {
                    take(value, format!("{}/{name}", field.key), &mut values);
                }
            }
            Some(other) => *other = Value::Null,
            None => {}
        }
    }
    let secrets = Secrets {
        values,
        accounts,
        brought,
        bound: bound(manifest, config),
        echoes: OnceLock::new(),
    };
    (visible, secrets)
}

/// Hosts by setting. A rule that leads nowhere under these settings still binds: to nothing.
fn bound(manifest: &Manifest, config: &Value) -> BTreeMap<String, Vec<HostPattern>> {
    let fields = manifest.settings.iter().filter(|field| !field.hosts.is_empty());
    fields
        .map(|field| {
            let hosts = field.hosts.iter().flat_map(|rule| rule.patterns(config));
            (field.key.clone(), hosts.collect())
        })
        .collect()
}

fn take(value: &mut Value, name: String, values: &mut BTreeMap<String, Secret<String>>) {
    let reference = json!({ "secret": name });
    if let Value::String(text) = std::mem::replace(value, reference) {
        values.insert(name, Secret::new(text));
    }
}

fn forms(value: &str) -> Vec<String> {
    if value.len() < MIN_SCRUBBED {
        return Vec::new();
    }
    let quoted = Value::from(value).to_string();
    let mut forms = vec![
        value.to_owned(),
        quoted.trim_matches('"').to_owned(),
        url::form_urlencoded::byte_serialize(value.as_bytes()).collect(),
        STANDARD_NO_PAD.encode(value),
        URL_SAFE_NO_PAD.encode(value),
        to_hex(value.as_bytes()),
    ];
    forms.sort();
    forms.dedup();
    forms
}

impl Secrets {
    /// The secret behind a reference.
    pub(crate) fn get(&self, name: &str) -> Option<&Secret<String>> {
        self.values.get(name)
    }

    /// The account of a setting; or what is missing.
    pub(crate) fn account(&self, name: &str) -> Option<&Result<Account, String>> {
        self.accounts.get(name)
    }

    /// Also searches for a secret that came up during the call, in every form.
    pub(crate) fn add(&mut self, secret: &Secret<String>) {
        forms(secret.reveal())
            .into_iter()
            .for_each(|form| self.add_echo(form));
    }

    /// Whether a secret may be sent to a URL.
    pub(crate) fn may_go(&self, name: &str, url: &Url) -> bool {
        let setting = name.split('/').next().unwrap_or(name);
        let hosts = self.bound.get(setting);
        hosts.is_none_or(|hosts| hosts.iter().any(|host| host.allows(url)))
    }

    /// Also searches for a secret in a form that a request gave it.
    pub(crate) fn add_echo(&mut self, echo: String) {
        let is_new = echo.len() >= MIN_SCRUBBED && self.echoes().iter().all(|known| *known.reveal() != echo);
        if let Some(echoes) = self.echoes.get_mut().filter(|_| is_new) {
            echoes.insert(0, Secret::new(echo));
        }
    }

    fn echoes(&self) -> &[Secret<String>] {
        self.echoes.get_or_init(|| {
            let secrets = self.values.values().chain(&self.brought);
            let mut echoes: Vec<_> = secrets.flat_map(|secret| forms(secret.reveal())).collect();
            echoes.sort_by_key(|echo| std::cmp::Reverse(echo.len()));
            echoes.into_iter().map(Secret::new).collect()
        })
    }

    /// A text without the secrets that it may hold.
    pub(crate) fn scrub(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for echo in self.echoes() {
            if clean.contains(echo.reveal().as_str()) {
                clean = clean.replace(echo.reveal().as_str(), BLOT);
            }
        }
        clean
    }

    /// Bytes without the secrets that they may hold.
    pub(crate) fn scrub_bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        self.echoes()
            .iter()
            .fold(bytes, |bytes, echo| replace(bytes, echo.reveal().as_bytes()))
    }

    /// What `Authorization: Basic` carries.
    pub(crate) fn basic(user: &str, password: &str) -> String {
        STANDARD.encode(format!("{user}:{password}"))
    }
}

/// The key that a secret says in base64, with or without padding, and `whsec_` before it.
pub(crate) fn base64_key(secret: &str) -> Option<Vec<u8>> {
    let text = secret.trim();
    let text = text.strip_prefix("whsec_").unwrap_or(text).trim_end_matches('=');
    STANDARD_NO_PAD.decode(text).ok()
}

/// In hexadecimal, lower case.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Back from hexadecimal.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}

fn replace(bytes: Vec<u8>, needle: &[u8]) -> Vec<u8> {
    let mut clean = Vec::new();
    let mut copied = 0;
    for at in memchr::memmem::find_iter(&bytes, needle) {
        clean.extend_from_slice(bytes.get(copied..at).unwrap_or_default());
        clean.extend_from_slice(BLOT.as_bytes());
        copied = at + needle.len();
    }
    if copied == 0 {
        return bytes;
    }
    clean.extend_from_slice(bytes.get(copied..).unwrap_or_default());
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> (Map<String, Value>, Secrets) {
        let manifest = json!({
            "id": "s", "name": "S", "version": "1",
            "settings": [
                {"key": "token", "type": "text", "label": "T", "secret": true},
                {"key": "headers", "type": "map", "label": "H", "secret": true},
                {"key": "room", "type": "text", "label": "R"},
            ],
        });
        let manifest = Manifest::parse(manifest.to_string().as_bytes()).expect("a manifest");
        let config = json!({"token": "s3cr&t/Value", "headers": {"X-Key": "other-key"}, "room": "attic"});
        split(&manifest, &config)
    }

    #[test]
    fn a_plugin_sees_references() {
        let (visible, secrets) = sample();
        let expected = json!({
            "token": {"secret": "token"},
            "headers": {"X-Key": {"secret": "headers/X-Key"}},
            "room": "attic",
        });
        assert_eq!(Value::Object(visible), expected);
        assert_eq!(
            secrets.get("headers/X-Key").map(|s| s.reveal().as_str()),
            Some("other-key")
        );
        assert!(!format!("{secrets:?}").contains("other-key"));
    }

    #[test]
    fn echoes_are_blotted_out_in_every_form() {
        let (_, secrets) = sample();
        let forms = [
            "s3cr&t/Value",
            "s3cr%26t%2FValue",
            &STANDARD_NO_PAD.encode("s3cr&t/Value"),
        ];
        for form in forms {
            let text = format!("before {form} after {form}");
            assert_eq!(secrets.scrub(&text), "before [redacted] after [redacted]");
            assert_eq!(
                secrets.scrub_bytes(text.into_bytes()),
                b"before [redacted] after [redacted]"
            );
        }
        assert_eq!(secrets.scrub("nothing"), "nothing");
        assert_eq!(secrets.scrub_bytes(b"nothing".to_vec()), b"nothing");
    }
}
