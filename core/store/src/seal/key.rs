//! A key that secrets are sealed with.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use errand_model::Secret;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

use crate::{Result, secrets};

/// What a key's text begins with, so that it is known for what it is wherever it turns up.
const PREFIX: &str = "errand-key-1:";

/// Bytes of a key, and of its name.
const KEY_LEN: usize = 32;
pub(super) const ID_LEN: usize = 8;

/// Names a key without giving it away: the beginning of a hash of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub(super) [u8; ID_LEN]);

impl KeyId {
    /// From the bytes that stand in the database.
    pub(super) fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(KeyId)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&secrets::hex(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text is no key.
#[derive(Debug, thiserror::Error)]
#[error("a key reads \"{PREFIX}\" and then {KEY_LEN} bytes in base64")]
pub struct BadKey;

/// A key of AES-256-GCM.
pub struct Key {
    id: KeyId,
    bytes: Secret<[u8; KEY_LEN]>,
    cipher: LessSafeKey,
}

impl Key {
    /// A new key, from the operating system's randomness.
    pub fn generate() -> Result<Self> {
        Ok(Key::from_bytes(secrets::random()?))
    }

    /// Reads what [`Key::to_text`] wrote.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(BadKey)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| BadKey)?;
        Ok(Key::from_bytes(bytes.try_into().map_err(|_| BadKey)?))
    }

    /// As it is kept in a file or an environment variable.
    pub fn to_text(&self) -> Secret<String> {
        Secret::new(format!("{PREFIX}{}", STANDARD.encode(self.bytes.reveal())))
    }

    /// Its name.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    #[expect(clippy::expect_used, reason = "32 bytes are what AES-256 takes")]
    fn from_bytes(bytes: [u8; KEY_LEN]) -> Self {
        let digest = Sha256::new()
            .chain_update(b"errand: name of a key")
            .chain_update(bytes)
            .finalize();
        let mut id = [0; ID_LEN];
        id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Key {
            id: KeyId(id),
            bytes: Secret::new(bytes),
            cipher: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).expect("a key of 32 bytes")),
        }
    }

    /// Nonce, ciphertext and tag. `place` says where the result belongs: it opens nowhere else.
    pub(super) fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>> {
        // Random nonces of 96 bits are safe for 2^32 messages under a key; settings are saved a few thousand times.
        let nonce: [u8; NONCE_LEN] = secrets::random()?;
        let mut sealed = plain.to_vec();
        self.cipher
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| crate::Error::invalid("the settings are too long to be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// What was sealed for `place`; none if it was changed, belongs elsewhere or was sealed by another key.
    pub(super) fn open(&self, place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut plain = ciphertext.to_vec();
        let opened = self
            .cipher
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(place.as_bytes()),
                &mut plain,
            )
            .ok()?
            .len();
        plain.truncate(opened);
        Some(plain)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id)
    }
}
