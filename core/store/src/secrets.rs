//! Secrets that are handed out once and kept as hashes.

use errand_model::Secret;
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// Random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|why| Error::Unavailable {
        source: sqlx::Error::Io(std::io::Error::other(why)),
    })?;
    Ok(bytes)
}

/// `bytes` in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// A new secret of 32 random bytes, as text after `prefix`.
pub(crate) fn make(prefix: &str) -> Result<Secret<String>> {
    Ok(Secret::new(format!("{prefix}{}", hex(&random::<32>()?))))
}

/// What is stored of a secret. It has 256 random bits, so that a plain hash is as good as a slow one.
pub(crate) fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
