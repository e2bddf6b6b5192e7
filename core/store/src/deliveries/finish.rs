//! The end of attempts: many in one transaction, because a sync of the disk costs more than all of them.

use std::collections::{BTreeMap, HashSet};

use errand_model::delivery::{AttemptOutcome, Verdict, verdict};
use errand_model::destination::Signal;
use errand_model::{DeliveryId, InstallationId, Timestamp};

use super::destinations::{self, Told};
use super::{AskedChange, Attempt, Claimed};
use crate::bulk::Bulk;
use crate::outbox::text_of;
use crate::{Context, Result, Tx, installations, issues};

/// An attempt that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// What was tried.
    pub claimed: Claimed,
    /// How it went.
    pub attempt: Attempt,
    /// As of when the settings are that it was tried with.
    pub settings_as_of: Timestamp,
    /// The destination that decided it: host and port, empty where no request was made.
    pub host: String,
}

/// What became of attempts.
#[derive(Clone, Debug, Default)]
pub struct Finished {
    /// For each attempt, what becomes of its delivery; none where the lease had ended, so that it does not count.
    pub verdicts: Vec<Option<Verdict>>,
    /// Installations of which nothing is to be tried for now: paused, or their destination is held.
    pub held: HashSet<InstallationId>,
    /// Installations with something that is due again because its destination is back.
    pub recovered: HashSet<InstallationId>,
    /// Whether issues may have changed, which others are to hear of.
    pub changed_issues: bool,
}

static FINISH: Bulk = Bulk::new(
    "UPDATE delivery SET state = given.column3, attempts = given.column4, crashes = given.column5,
        next_at = given.column6, reason = given.column7, host = given.column8, lease_token = NULL, lease_until = NULL
     FROM (VALUES ",
    8,
    ") AS given WHERE delivery.id = given.column1 AND delivery.lease_token = given.column2 AND delivery.state = 1
     RETURNING id",
);

static ATTEMPT: Bulk = Bulk::new(
    "INSERT INTO delivery_attempt (id, delivery_id, started, wall_ms, cpu_ms, memory_bytes, outcome, log, requests, changes)
     VALUES ",
    10,
    "",
);

/// Writes attempts down and what becomes of their deliveries, where they are still ours; what they tell of their
/// destinations; and holds installations that need an admin. Takes part in `tx`, so that what a plugin changed in the
/// hub is there if and only if its delivery is.
pub async fn finish(tx: &mut Tx, cx: Context<'_>, ended: &[Ended]) -> Result<Finished> {
    let now = cx.now();
    let judged: Vec<(&Ended, Verdict)> = ended
        .iter()
        .map(|ended| {
            let Claimed {
                delivery, crashes, ..
            } = &ended.claimed;
            let mut verdict = verdict(delivery.attempts, *crashes, &ended.attempt.outcome, now);
            if ended.attempt.is_well() {
                verdict.reason.clone_from(&ended.attempt.explanation);
            }
            (ended, verdict)
        })
        .collect();
    let ours = write_deliveries(tx, &judged).await?;
    let is_ours = |ended: &Ended| ours.contains(&ended.claimed.delivery.id);
    let counted: Vec<&Ended> = ended.iter().filter(|ended| is_ours(ended)).collect();
    let changes = change_issues(tx, cx, &counted).await?;
    write_attempts(tx, cx, &counted, &changes).await?;
    let told = counted.iter().filter_map(|ended| {
        Some(Told {
            installation: ended.claimed.delivery.installation,
            host: &ended.host,
            signal: Signal::of(&ended.attempt.outcome)?,
        })
    });
    let mut finished = Finished {
        changed_issues: counted
            .iter()
            .any(|ended| ended.attempt.is_well() && !ended.attempt.changes.is_empty()),
        ..Finished::default()
    };
    let changes = destinations::tell(tx, now, &told.collect::<Vec<_>>()).await?;
    finished.held.extend(changes.held);
    finished.recovered.extend(changes.recovered);
    let mut pauses = BTreeMap::new();
    for (ended, verdict) in judged {
        let is_ours = is_ours(ended);
        if is_ours && verdict.pauses_installation {
            let reason = verdict.reason.clone().unwrap_or_default();
            let tried = ended.settings_as_of;
            // Who had the latest settings knows best.
            let pause = pauses
                .entry(ended.claimed.delivery.installation)
                .or_insert((reason, tried));
            pause.1 = pause.1.max(tried);
        }
        finished.verdicts.push(is_ours.then_some(verdict));
    }
    for (installation, (reason, tried)) in pauses {
        if installations::pause_as_tried(tx, installation, &reason, tried).await? {
            finished.held.insert(installation);
        } else {
            super::unpark(tx, installation).await?;
        }
    }
    Ok(finished)
}

async fn write_deliveries(tx: &mut Tx, judged: &[(&Ended, Verdict)]) -> Result<HashSet<DeliveryId>> {
    let ours: Vec<(i64,)> = FINISH
        .fetch(tx, judged, |arguments, (ended, verdict)| {
            // A delivery that waits for its destination goes with it.
            let waits = matches!(
                ended.attempt.outcome,
                AttemptOutcome::Retry { .. } | AttemptOutcome::RateLimited { .. }
            );
            arguments.add(ended.claimed.delivery.id.0)?;
            arguments.add(ended.claimed.lease_token)?;
            arguments.add(verdict.state.code())?;
            arguments.add(verdict.attempts)?;
            arguments.add(verdict.crashes)?;
            arguments.add(verdict.next_at.micros())?;
            arguments.add_text(verdict.reason.as_deref())?;
            arguments.add_text(waits.then_some(ended.host.as_str()))
        })
        .await?;
    Ok(ours.into_iter().map(|(id,)| DeliveryId(id)).collect())
}

/// Makes the changes that attempts asked for which went well; answers for each attempt what became of them, as text.
async fn change_issues(tx: &mut Tx, cx: Context<'_>, ended: &[&Ended]) -> Result<Vec<String>> {
    let mut texts = Vec::with_capacity(ended.len());
    for ended in ended {
        let installation = ended.claimed.delivery.installation;
        let chain_depth = ended.claimed.event.chain_depth.saturating_add(1);
        texts.push(take_place(tx, cx, (installation, chain_depth), &ended.attempt).await?);
    }
    Ok(texts)
}

/// Makes the changes that an attempt asked for, if it went well; answers what became of them, as text.
pub(crate) async fn take_place(
    tx: &mut Tx,
    cx: Context<'_>,
    (installation, chain_depth): (InstallationId, i16),
    attempt: &Attempt,
) -> Result<String> {
    let asked = &attempt.changes;
    let left_out = match attempt.is_well() {
        true => issues::apply_staged(tx, cx, installation, chain_depth, asked).await?,
        false => vec![Some("the attempt failed".to_owned()); asked.len()],
    };
    let changes = asked.iter().cloned().zip(left_out);
    let changes: Vec<_> = changes
        .map(|(asked, left_out)| AskedChange { asked, left_out })
        .collect();
    text_of(&changes)
}

async fn write_attempts(tx: &mut Tx, cx: Context<'_>, ended: &[&Ended], changes: &[String]) -> Result<()> {
    let rows = ended
        .iter()
        .zip(changes)
        .map(|(ended, changes)| Ok((cx.id(), *ended, text_of(&ended.attempt.outcome)?, changes)))
        .collect::<Result<Vec<_>>>()?;
    ATTEMPT
        .execute(tx, &rows, |arguments, (id, ended, outcome, changes)| {
            let attempt = &ended.attempt;
            arguments.add(*id)?;
            arguments.add(ended.claimed.delivery.id.0)?;
            arguments.add(attempt.started.micros())?;
            arguments.add(attempt.wall_ms)?;
            arguments.add(attempt.cpu_ms)?;
            arguments.add(attempt.memory_bytes)?;
            arguments.add_text(Some(outcome))?;
            arguments.add_text(Some(&attempt.log))?;
            arguments.add_text(Some(&attempt.requests))?;
            arguments.add_text(Some(changes))
        })
        .await
        .map(|_| ())
}
