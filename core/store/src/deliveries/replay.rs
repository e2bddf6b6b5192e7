//! Trying again what is over, because somebody asks for it.

use errand_model::delivery::DeliveryState;
use errand_model::{DeliveryId, InstallationId, Timestamp};

use crate::{Context, Error, Result, Statement, Tx};

/// Which deliveries of an installation are to be tried again.
#[derive(Clone, Debug)]
pub struct Replay {
    /// Whose.
    pub installation: InstallationId,
    /// In this state: dead, done or ignored.
    pub state: DeliveryState,
    /// Over before then: what is tried again by a first part of the work is not tried again by the next.
    pub over_before: Timestamp,
    /// Owed since then.
    pub since: Option<Timestamp>,
    /// Owed before then.
    pub until: Option<Timestamp>,
    /// Given up with a reason that holds this text, whatever the case of its letters.
    pub reason: Option<String>,
}

const AGAIN: &str = "UPDATE delivery SET state = 0, attempts = 0, crashes = 0, is_replay = TRUE, next_at = ";
const FRESH: &str =
    ", reason = NULL, host = NULL, digest_id = NULL, lease_token = NULL, lease_until = NULL WHERE id ";

/// Tries one that is over once more, with all its attempts and its key. One that is under way, waiting or parked is
/// left alone: it is tried anyway.
pub async fn replay(tx: &mut Tx, cx: Context<'_>, id: DeliveryId) -> Result<()> {
    let mut statement = Statement::new(tx.dialect(), AGAIN);
    statement
        .bind(cx.now().micros())?
        .push(FRESH)
        .push(" = ")
        .bind(id.0)?;
    statement.push(" AND state IN (2, 3, 5)");
    if statement.execute(tx).await? == 0 {
        Err(Error::Missing {
            what: "delivery that is over",
        })
    } else {
        Ok(())
    }
}

/// Tries the oldest `limit` of those that are meant once more; answers how many there were. Those that were not over
/// are left alone.
pub async fn replay_all(tx: &mut Tx, cx: Context<'_>, which: &Replay, limit: i64) -> Result<u64> {
    if !matches!(
        which.state,
        DeliveryState::Dead | DeliveryState::Done | DeliveryState::Ignored
    ) {
        return Ok(0);
    }
    let mut statement = Statement::new(tx.dialect(), AGAIN);
    statement.bind(cx.now().micros())?.push(FRESH);
    // The state's number is ours; written out, it lets the index of dead ones serve.
    statement.push(" IN (SELECT id FROM delivery WHERE state = ");
    statement.push(&which.state.code().to_string());
    statement
        .push(" AND installation_id = ")
        .bind(which.installation.0)?;
    // What is over keeps here when that was.
    statement
        .push(" AND next_at < ")
        .bind(which.over_before.micros())?;
    if let Some(since) = which.since {
        statement.push(" AND created >= ").bind(since.micros())?;
    }
    if let Some(until) = which.until {
        statement.push(" AND created < ").bind(until.micros())?;
    }
    if let Some(reason) = &which.reason {
        let like = tx.dialect().like();
        let pattern = format!("%{}%", crate::escape_like(reason));
        statement.push(" AND reason").push(like).bind(pattern)?;
        statement.push(" ESCAPE '\\'");
    }
    statement.push(" ORDER BY lifecycle_id LIMIT ").bind(limit)?;
    statement.push(")");
    statement.execute(tx).await
}
