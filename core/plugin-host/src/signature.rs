//! Who made a component: an Ed25519 signature in its last section, over everything before, its manifest included.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use wasmparser::{Parser, Payload};

use crate::error::LoadError;
use crate::manifest::{append_section, find_section};

/// The custom section of a signature: key and signature.
const SECTION: &str = "errand:signature";
const KEY_BYTES: usize = 32;
const SIGNATURE_BYTES: usize = 64;
/// What is signed begins with this, so that a signature for something else is none for a plugin.
const PURPOSE: &[u8] = b"errand plugin, version 1\n";
/// What the text of a public key begins with.
const PREFIX: &str = "ed25519:";

/// Whom plugins are taken from. What is part of the hub is taken anyway; a signature that is wrong never is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// From anybody.
    #[default]
    Anybody,
    /// From anybody, but what none of these made is said in the log.
    Warn(Vec<PublicKey>),
    /// From these alone.
    Only(Vec<PublicKey>),
}

/// Who made something: `ed25519:` and 32 bytes in base64.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; KEY_BYTES]);

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", BASE64_STANDARD.encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = text
            .strip_prefix(PREFIX)
            .and_then(|encoded| BASE64_STANDARD.decode(encoded).ok());
        let key = bytes.and_then(|bytes| <[u8; KEY_BYTES]>::try_from(bytes).ok());
        key.map(PublicKey)
            .ok_or_else(|| format!("'{text}' is no key; `errand plugin key` shows one as {PREFIX}…"))
    }
}

/// What signatures are made with.
pub struct SigningKey(Ed25519KeyPair);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.public()).finish()
    }
}

/// Why nothing could be signed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SignError {
    /// There is no randomness to be had.
    #[error("no key could be made")]
    NoKey,
    /// A key's text is something else.
    #[error("this is no key as `errand plugin key` makes it")]
    NotAKey,
    /// It is no component, or signed already, or has its manifest elsewhere.
    #[error("{0}")]
    Component(String),
}

impl SigningKey {
    /// A new key, as the text to keep: a secret.
    ///
    /// # Errors
    /// [`SignError::NoKey`].
    pub fn generate() -> Result<String, SignError> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| SignError::NoKey)?;
        Ok(BASE64_STANDARD.encode(document))
    }

    /// The key of a text.
    ///
    /// # Errors
    /// [`SignError::NotAKey`].
    pub fn parse(text: &str) -> Result<Self, SignError> {
        let document = BASE64_STANDARD
            .decode(text.trim())
            .map_err(|_| SignError::NotAKey)?;
        let pair = Ed25519KeyPair::from_pkcs8(&document).map_err(|_| SignError::NotAKey)?;
        Ok(SigningKey(pair))
    }

    /// What others know it by.
    pub fn public(&self) -> PublicKey {
        let mut key = [0; KEY_BYTES];
        key.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(key)
    }

    /// Signs a component that has its manifest within.
    ///
    /// # Errors
    /// [`SignError::Component`].
    pub fn sign(&self, component: Vec<u8>) -> Result<Vec<u8>, SignError> {
        let told = |error: LoadError| SignError::Component(error.to_string());
        if find_section(&component).map_err(told)?.is_none() {
            return Err(SignError::Component(
                "it has no manifest within to be signed".to_owned(),
            ));
        }
        if signed_by(&component).map_err(told)?.is_some() {
            return Err(SignError::Component("it is signed already".to_owned()));
        }
        let signature = self.0.sign(&message(&component));
        let content = [self.public().0.as_slice(), signature.as_ref()].concat();
        Ok(append_section(component, SECTION, &content))
    }
}

fn message(component: &[u8]) -> Vec<u8> {
    [PURPOSE, component].concat()
}

/// Who signed a component; none if nobody did.
///
/// # Errors
/// [`LoadError::Signature`] if there is a signature that is none, or anything after it.
pub(crate) fn signed_by(component: &[u8]) -> Result<Option<PublicKey>, LoadError> {
    let wrong = |why: &str| LoadError::Signature(why.to_owned());
    let mut found = None;
    let mut depth = 0usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(|error| LoadError::Invalid(error.to_string()))? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if depth == 0 && section.name() == SECTION => {
                found = Some((section.data(), section.range().end));
            }
            _ => {}
        }
    }
    let Some((content, end)) = found else {
        return Ok(None);
    };
    let (key, signature) = content
        .split_at_checked(KEY_BYTES)
        .filter(|(_, signature)| signature.len() == SIGNATURE_BYTES)
        .ok_or_else(|| wrong("it is of another kind"))?;
    if end != component.len() {
        return Err(wrong("something was added after it"));
    }
    // The section is as long as another of its content would be: that is how it was appended.
    let signed = component.len() - append_section(Vec::new(), SECTION, content).len();
    UnparsedPublicKey::new(&ED25519, key)
        .verify(&message(&component[..signed]), signature)
        .map_err(|_| wrong("the component was changed after it was signed"))?;
    let mut bytes = [0; KEY_BYTES];
    bytes.copy_from_slice(key);
    Ok(Some(PublicKey(bytes)))
}

impl Trust {
    /// Whether a plugin of this maker is taken.
    ///
    /// # Errors
    /// [`LoadError::Untrusted`], which says what is missing.
    pub(crate) fn check(&self, plugin: &str, maker: Option<PublicKey>) -> Result<(), LoadError> {
        let is_among = |keys: &[PublicKey]| maker.is_some_and(|maker| keys.contains(&maker));
        match self {
            Trust::Warn(keys) if !is_among(keys) => {
                tracing::warn!(plugin, maker = ?maker, "a plugin is not signed by a trusted key");
                Ok(())
            }
            Trust::Only(keys) if !is_among(keys) => Err(LoadError::Untrusted(match maker {
                None => "nobody signed it".to_owned(),
                Some(maker) => format!("{maker} signed it"),
            })),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed_manifest;

    /// The smallest component there is, with a manifest.
    fn component() -> Vec<u8> {
        embed_manifest(b"\0asm\x0d\0\x01\0".to_vec(), b"{}")
    }

    fn key() -> SigningKey {
        SigningKey::parse(&SigningKey::generate().expect("a key")).expect("the same key")
    }

    #[test]
    fn a_signature_names_its_maker_and_ends_with_any_change() {
        let key = key();
        assert_eq!(signed_by(&component()).expect("read"), None);
        let signed = key.sign(component()).expect("signed");
        assert_eq!(signed_by(&signed).expect("read"), Some(key.public()));
        let again = key.public().to_string().parse::<PublicKey>();
        assert_eq!(again, Ok(key.public()));
        let manifest = embed_manifest(signed.clone(), b"{}");
        assert!(
            signed_by(&manifest)
                .expect_err("added")
                .to_string()
                .contains("added after")
        );
        // The last byte of the manifest.
        let mut changed = signed.clone();
        let at = component().len() - 1;
        changed[at] ^= 1;
        assert!(
            signed_by(&changed)
                .expect_err("changed")
                .to_string()
                .contains("changed after")
        );
        assert!(key.sign(signed).is_err(), "twice");
        assert!(
            key.sign(b"\0asm\x0d\0\x01\0".to_vec()).is_err(),
            "without a manifest"
        );
    }

    #[test]
    fn only_trusted_makers_are_taken_where_only_they_are() {
        let (ours, theirs) = (key().public(), key().public());
        let only = Trust::Only(vec![ours]);
        assert!(only.check("p", Some(ours)).is_ok());
        assert!(only.check("p", Some(theirs)).is_err());
        assert!(
            only.check("p", None)
                .expect_err("unsigned")
                .to_string()
                .contains("nobody")
        );
        assert!(Trust::Warn(vec![ours]).check("p", None).is_ok());
        assert!(Trust::Anybody.check("p", Some(theirs)).is_ok());
    }
}
