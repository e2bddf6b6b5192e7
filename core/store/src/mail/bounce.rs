//! What came back.

use errand_model::Timestamp;

use super::refusal::{self, Reason, Refusal};
use crate::{Result, Tx, execute, fetch_optional};

/// Bounces in a row that are none for good, after which the address counts as one where nothing arrives.
const MOST_BOUNCES: i32 = 3;
/// For how long they are remembered, in seconds.
const REMEMBERED: i64 = 7 * 86_400;

/// What a mail server, or a recipient's provider, says of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// Why nothing more is to go there.
    pub reason: Reason,
    /// Whether it is for good; otherwise it counts.
    pub is_for_good: bool,
    /// What was said.
    pub details: String,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counted {
    /// The token is nobody's.
    Unknown,
    /// It is remembered; the address gets mail still.
    Remembered(String),
    /// The address gets no more mail.
    Refused(String),
}

/// Takes note of a bounce that came with this token.
pub async fn bounced(tx: &mut Tx, now: Timestamp, token: &str, bounce: &Bounce) -> Result<Counted> {
    let row = fetch_optional!(
        tx,
        (String, i32, Option<i64>),
        "SELECT address, bounces, last_bounce FROM mail_recipient WHERE token = $1",
        token
    )?;
    let Some((address, bounces, last)) = row else {
        return Ok(Counted::Unknown);
    };
    let is_recent = last.is_some_and(|last| last > now.plus_seconds(-REMEMBERED).micros());
    let bounces = if is_recent { bounces.saturating_add(1) } else { 1 };
    execute!(
        tx,
        "UPDATE mail_recipient SET bounces = $1, last_bounce = $2 WHERE address = $3",
        bounces,
        now.micros(),
        &address
    )?;
    if !bounce.is_for_good && bounces < MOST_BOUNCES {
        return Ok(Counted::Remembered(address));
    }
    let refusal = Refusal {
        address: address.clone(),
        installation: None,
        reason: bounce.reason,
        details: bounce.details.clone(),
        at: now,
    };
    refusal::refuse(tx, &refusal).await?;
    Ok(Counted::Refused(address))
}
