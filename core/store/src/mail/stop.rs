//! Links by which a recipient says that it is enough: signed, so that nobody can say it for another.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use errand_model::InstallationId;
use ring::hmac;

use super::recipient::{self, Recipient};
use crate::{Reads, Result};

/// Bytes of the signature that stand in the link.
const SIGNATURE: usize = 16;

/// What a link says: this address wants no more mail of this installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Whose.
    pub address: String,
    /// Of whom.
    pub installation: InstallationId,
}

impl Recipient {
    /// The text of the link by which they get no more mail of an installation.
    pub fn stop(&self, installation: InstallationId) -> String {
        let signature = hmac::sign(&key(self), &message(installation));
        let signature = &signature.as_ref()[..SIGNATURE];
        format!(
            "{}.{installation}.{}",
            self.token,
            URL_SAFE_NO_PAD.encode(signature)
        )
    }
}

/// What a link says; none if it is none of ours, or was changed.
pub async fn read(on: impl Reads, text: &str) -> Result<Option<Stop>> {
    let mut parts = text.splitn(3, '.');
    let (Some(token), Some(installation), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(None);
    };
    let (Ok(installation), Some(recipient)) = (installation.parse(), recipient::by_token(on, token).await?)
    else {
        return Ok(None);
    };
    // Both are hashed under the recipient's key, so that the time it takes tells nothing.
    let key = key(&recipient);
    let wanted = hmac::sign(&key, recipient.stop(installation).as_bytes());
    let is_right = hmac::verify(&key, text.as_bytes(), wanted.as_ref()).is_ok();
    Ok(is_right.then_some(Stop {
        address: recipient.address,
        installation,
    }))
}

fn key(recipient: &Recipient) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, recipient.secret.reveal())
}

fn message(installation: InstallationId) -> Vec<u8> {
    format!("no more mail of {installation}").into_bytes()
}
