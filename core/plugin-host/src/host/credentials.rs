//! Secrets put in place on the way out: the plugin said where, and never sees them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;
use url::Url;

use super::http::RESERVED;
use crate::bindings::v1::errand::plugin::http::{
    Algorithm, Credential, Encoding, Error, Jwt, Placement, Signature,
};
use crate::instance::State;
use crate::jwt;
use crate::secrets::{self, Secrets};

/// What stands for the secret in a header's template.
const IN_TEMPLATE: &str = "{secret}";

impl State {
    /// Puts a secret where the plugin wants it. What the plugin itself had put there is replaced.
    pub(super) fn place(
        &mut self,
        credential: &Credential,
        url: &mut Url,
        headers: &mut HeaderMap,
        body: &[u8],
    ) -> Result<(), Error> {
        let name = &credential.secret;
        let secret = self.secret_for(name, url)?;
        let placed = match &credential.placement {
            Placement::Bearer => set_header(headers, "authorization", &format!("Bearer {secret}")),
            Placement::Basic(user) => {
                let basic = Secrets::basic(user, &secret);
                self.secrets.add_echo(basic.clone());
                set_header(headers, "authorization", &format!("Basic {basic}"))
            }
            Placement::Header(name) => set_header(headers, name, &secret),
            Placement::Query(name) => {
                set_query(url, name, &secret);
                Some(())
            }
            Placement::Path(placeholder) => set_path(url, placeholder, &secret),
            Placement::Template(template) if !template.value.contains(IN_TEMPLATE) => None,
            Placement::Template(template) => set_header(
                headers,
                &template.name,
                &template.value.replace(IN_TEMPLATE, &secret),
            ),
            Placement::Jwt(jwt) => {
                let token = self.token(jwt, &secret)?;
                set_header(headers, "authorization", &format!("Bearer {token}"))
            }
            Placement::Signature(signature) => {
                sign(signature, &secret, body).and_then(|value| set_header(headers, &signature.name, &value))
            }
        };
        placed.ok_or_else(|| Error::Invalid(format!("the secret '{name}' does not fit there")))
    }

    /// A secret, if it may go there.
    pub(super) fn secret_for(&self, name: &str, url: &Url) -> Result<String, Error> {
        let token = self.tokens.get(name).map(|given| &given.access);
        let Some(secret) = token.or_else(|| self.secrets.get(name)) else {
            return Err(Error::Denied(format!("there is no secret '{name}'")));
        };
        match self.secrets.may_go(name, url) {
            true => Ok(secret.reveal().clone()),
            false => {
                let host = url.host_str().unwrap_or_default();
                Err(Error::Denied(format!(
                    "the manifest does not let the secret '{name}' go to {host}"
                )))
            }
        }
    }

    /// A token for one request; should it come back, it is blotted out as the secret is.
    fn token(&mut self, wanted: &Jwt, secret: &str) -> Result<String, Error> {
        let algorithm = match wanted.algorithm {
            Algorithm::Hs256 => jwt::Algorithm::Hs256,
            Algorithm::Rs256 => jwt::Algorithm::Rs256,
            Algorithm::Es256 => jwt::Algorithm::Es256,
        };
        let now = self.shared.clock.now();
        let token = jwt::sign(algorithm, wanted.key_id.as_deref(), &wanted.claims, secret, now)
            .map_err(|error| Error::Invalid(error.to_string()))?;
        self.secrets.add_echo(token.clone());
        Ok(token)
    }
}

/// The header's value, or none if the secret is no key.
fn sign(signature: &Signature, secret: &str, body: &[u8]) -> Option<String> {
    let key = match signature.is_key_base64 {
        true => secrets::base64_key(secret)?,
        false => secret.as_bytes().to_vec(),
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(signature.preamble.as_bytes());
    mac.update(body);
    let mac = mac.finalize().into_bytes();
    let text = match signature.encoding {
        Encoding::Hex => secrets::to_hex(&mac),
        Encoding::Base64 => STANDARD.encode(mac),
    };
    Some(format!("{}{text}", signature.prefix))
}

fn set_header(headers: &mut HeaderMap, name: &str, value: &str) -> Option<()> {
    let name: HeaderName = name.parse().ok()?;
    if RESERVED.contains(&name.as_str()) {
        return None;
    }
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Some(())
}

fn set_query(url: &mut Url, name: &str, secret: &str) {
    let kept: Vec<_> = url
        .query_pairs()
        .filter(|(key, _)| key != name)
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    url.query_pairs_mut()
        .clear()
        .extend_pairs(kept)
        .append_pair(name, secret);
}

fn set_path(url: &mut Url, placeholder: &str, secret: &str) -> Option<()> {
    // What the parser made of the placeholder is what has to be found.
    let shown = Url::parse("http://x/")
        .and_then(|base| base.join(placeholder))
        .ok()?;
    let shown = shown.path().trim_start_matches('/').to_owned();
    let escaped = url::form_urlencoded::byte_serialize(secret.as_bytes())
        .collect::<String>()
        .replace('+', "%20");
    // A secret of dots would climb out of its place.
    let is_fit = secret.chars().any(|c| c != '.');
    if !is_fit || shown.is_empty() || !url.path().contains(shown.as_str()) {
        return None;
    }
    let path = url.path().replace(&shown, &escaped);
    url.set_path(&path);
    Some(())
}
