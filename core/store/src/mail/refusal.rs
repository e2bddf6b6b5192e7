//! Who is written to no more, and why.

use errand_model::{InstallationId, Timestamp};

use super::folded;
use crate::{Reads, Result, Tx, execute, fetch_all, fetch_optional};

/// Refusals that are listed.
const LISTED: i64 = 1_000;

/// What stands for all installations.
const ALL: i64 = 0;

/// Why somebody is written to no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Mail does not arrive there.
    Bounced,
    /// The recipient called it unwanted in a way that their provider told of.
    Complained,
    /// The recipient asked for no more.
    Unsubscribed,
    /// An administrator said so.
    ByHand,
}

impl Reason {
    /// As it is kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::Bounced => "bounced",
            Reason::Complained => "complained",
            Reason::Unsubscribed => "unsubscribed",
            Reason::ByHand => "by-hand",
        }
    }

    fn read(text: &str) -> Self {
        match text {
            "bounced" => Reason::Bounced,
            "complained" => Reason::Complained,
            "unsubscribed" => Reason::Unsubscribed,
            _ => Reason::ByHand,
        }
    }
}

/// Somebody who is written to no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Their address, in small letters.
    pub address: String,
    /// By whom; none means by nobody.
    pub installation: Option<InstallationId>,
    /// Why.
    pub reason: Reason,
    /// What was said about it: of a mail server, for instance.
    pub details: String,
    /// Since when.
    pub at: Timestamp,
}

type Row = (String, i64, String, String, i64);

fn refusal((address, installation, reason, details, at): Row) -> Refusal {
    Refusal {
        address,
        installation: (installation != ALL).then_some(InstallationId(installation)),
        reason: Reason::read(&reason),
        details,
        at: Timestamp::from_micros(at),
    }
}

fn id(installation: Option<InstallationId>) -> i64 {
    installation.map_or(ALL, |installation| installation.0)
}

/// Why an installation may not write there.
pub(super) async fn of(tx: &mut Tx, address: &str, installation: InstallationId) -> Result<Option<Refusal>> {
    let row = fetch_optional!(
        tx,
        Row,
        "SELECT address, installation_id, reason, details, at FROM mail_refusal
         WHERE address = $1 AND installation_id IN ($2, $3) ORDER BY installation_id LIMIT 1",
        address,
        ALL,
        installation.0
    )?;
    Ok(row.map(refusal))
}

/// Writes down that somebody is written to no more. What was known before stays: it is the older reason.
pub async fn refuse(tx: &mut Tx, refusal: &Refusal) -> Result<()> {
    const MOST: usize = 500;
    let details: String = refusal.details.chars().take(MOST).collect();
    execute!(
        tx,
        "INSERT INTO mail_refusal (address, installation_id, reason, details, at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (address, installation_id) DO NOTHING",
        folded(&refusal.address),
        id(refusal.installation),
        refusal.reason.as_str(),
        details,
        refusal.at.micros()
    )
    .map(|_| ())
}

/// Lets mail go there again; answers whether it was refused. What bounced before counts no more.
pub async fn allow(tx: &mut Tx, address: &str, installation: Option<InstallationId>) -> Result<bool> {
    let address = folded(address);
    execute!(
        tx,
        "UPDATE mail_recipient SET bounces = 0, last_bounce = NULL WHERE address = $1",
        &address
    )?;
    let deleted = execute!(
        tx,
        "DELETE FROM mail_refusal WHERE address = $1 AND installation_id = $2",
        &address,
        id(installation)
    )?;
    Ok(deleted > 0)
}

/// Who is written to no more, the newest first.
pub async fn list(mut on: impl Reads) -> Result<Vec<Refusal>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT address, installation_id, reason, details, at FROM mail_refusal
         ORDER BY at DESC, address, installation_id LIMIT $1",
        LISTED
    )?;
    Ok(rows.into_iter().map(refusal).collect())
}
