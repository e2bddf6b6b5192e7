//! Who gets mail, and how much within the hour.

use errand_model::{InstallationId, Secret, Timestamp};

use super::folded;
use super::refusal::{self, Refusal};
use crate::{Db, Reads, Result, Tx, execute, fetch_one, fetch_optional, secrets};

/// Somebody whom mail goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The address, in small letters.
    pub address: String,
    /// What a bounce comes back with; nobody can guess it.
    pub token: String,
    pub(super) secret: Secret<Vec<u8>>,
    /// Mails that were held back, and of which this mail has to tell.
    pub held: u32,
}

/// Whether a mail may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may, and counts.
    Go(Recipient),
    /// It is one too many within the hour; the next that may go tells of it.
    TooMany,
    /// The recipient wants none, or cannot get any.
    Refused(Refusal),
}

type Row = (String, String, Vec<u8>, i64, i32, i32);

const COLUMNS: &str =
    "SELECT address, token, secret, hour, sent, held FROM mail_recipient WHERE address = $1";

/// Takes the place of a mail among those of the hour, unless there are `most`.
pub async fn admit(
    tx: &mut Tx,
    now: Timestamp,
    installation: InstallationId,
    address: &str,
    most: u32,
) -> Result<Admission> {
    let address = folded(address);
    if let Some(refusal) = refusal::of(tx, &address, installation).await? {
        return Ok(Admission::Refused(refusal));
    }
    // The row is written first: on PostgreSQL two mails to one recipient come one after the other from here on.
    execute!(
        tx,
        "INSERT INTO mail_recipient (address, token, secret, hour, sent, held, bounces, last_bounce, last_sent)
         VALUES ($1, $2, $3, $4, 0, 0, 0, NULL, $5)
         ON CONFLICT (address) DO UPDATE SET last_sent = excluded.last_sent",
        &address,
        secrets::hex(&secrets::random::<12>()?),
        secrets::random::<32>()?.to_vec(),
        now.hour().micros(),
        now.micros()
    )?;
    let (address, token, secret, hour, sent, held) = fetch_one!(tx, Row, COLUMNS, &address)?;
    let sent = if hour == now.hour().micros() { sent } else { 0 };
    let is_one_too_many = u32::try_from(sent).unwrap_or(u32::MAX) >= most;
    let (sent, left) = match is_one_too_many {
        true => (sent, held.saturating_add(1)),
        false => (sent + 1, 0),
    };
    execute!(
        tx,
        "UPDATE mail_recipient SET hour = $1, sent = $2, held = $3 WHERE address = $4",
        now.hour().micros(),
        sent,
        left,
        &address
    )?;
    Ok(match is_one_too_many {
        true => Admission::TooMany,
        false => Admission::Go(Recipient {
            address,
            token,
            secret: Secret::new(secret),
            held: u32::try_from(held).unwrap_or_default(),
        }),
    })
}

/// A mail that was to go did not: it does not count, and what it was to tell is still to be told.
pub async fn give_back(tx: &mut Tx, now: Timestamp, recipient: &Recipient) -> Result<()> {
    execute!(
        tx,
        "UPDATE mail_recipient SET sent = sent - 1, held = held + $1 WHERE address = $2 AND hour = $3 AND sent > 0",
        i32::try_from(recipient.held).unwrap_or(i32::MAX),
        &recipient.address,
        now.hour().micros()
    )
    .map(|_| ())
}

/// Whose token this is.
pub async fn by_token(mut on: impl Reads, token: &str) -> Result<Option<Recipient>> {
    let sql = "SELECT address, token, secret, hour, sent, held FROM mail_recipient WHERE token = $1";
    let row = fetch_optional!(on, Row, sql, token)?;
    Ok(row.map(|(address, token, secret, _, _, held)| Recipient {
        address,
        token,
        secret: Secret::new(secret),
        held: u32::try_from(held).unwrap_or_default(),
    }))
}

/// Forgets who got no mail since then; answers how many. Their bounces and links are not known any more.
pub async fn forget_old(db: &Db, since: Timestamp, batch: i64) -> Result<u64> {
    let mut tx = db.begin().await?;
    let forgotten = execute!(
        tx,
        "DELETE FROM mail_recipient WHERE address IN
            (SELECT address FROM mail_recipient WHERE last_sent < $1 ORDER BY last_sent LIMIT $2)",
        since.micros(),
        batch
    )?;
    tx.commit().await?;
    Ok(forgotten)
}
