//! Links that are sent to an address: who opens one has that mailbox. Each is good for one use, and kept as a hash.

use errand_model::{Secret, Timestamp};

use crate::{Context, Reads, Result, Tx, execute, fetch_optional, secrets};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Registering with the address.
    Register,
    /// Another password for the account of the address.
    Reset,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Purpose::Register => "register",
            Purpose::Reset => "reset",
        }
    }

    /// How long a link works, in seconds.
    pub const fn lives_seconds(self) -> i64 {
        match self {
            Purpose::Register => 86_400,
            Purpose::Reset => 3_600,
        }
    }
}

/// Makes the secret part of a link; those that the address was sent before for the same work no more.
pub async fn create(tx: &mut Tx, cx: Context<'_>, purpose: Purpose, email: &str) -> Result<Secret<String>> {
    let email = email.trim().to_lowercase();
    execute!(
        tx,
        "DELETE FROM mail_link WHERE email = $1 AND purpose = $2",
        &email,
        purpose.as_str()
    )?;
    let secret = secrets::make("")?;
    execute!(
        tx,
        "INSERT INTO mail_link (token_hash, purpose, email, expires) VALUES ($1, $2, $3, $4)",
        secrets::hash(secret.reveal()),
        purpose.as_str(),
        &email,
        cx.now().plus_seconds(purpose.lives_seconds()).micros()
    )?;
    Ok(secret)
}

/// The address that a link was sent to, if it still works.
pub async fn look(
    mut on: impl Reads,
    now: Timestamp,
    purpose: Purpose,
    secret: &str,
) -> Result<Option<String>> {
    let row = fetch_optional!(
        on,
        (String,),
        "SELECT email FROM mail_link WHERE token_hash = $1 AND purpose = $2 AND expires > $3",
        secrets::hash(secret),
        purpose.as_str(),
        now.micros()
    )?;
    Ok(row.map(|(email,)| email))
}

/// Uses a link up; answers its address, or none if it works no more.
pub async fn redeem(tx: &mut Tx, now: Timestamp, purpose: Purpose, secret: &str) -> Result<Option<String>> {
    let row = fetch_optional!(
        tx,
        (String, i64),
        "DELETE FROM mail_link WHERE token_hash = $1 AND purpose = $2 RETURNING email, expires",
        secrets::hash(secret),
        purpose.as_str()
    )?;
    Ok(row
        .filter(|(_, expires)| *expires > now.micros())
        .map(|(email, _)| email))
}

/// Deletes what works no more.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    execute!(tx, "DELETE FROM mail_link WHERE expires <= $1", now.micros())
}
