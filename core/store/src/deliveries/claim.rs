//! Claiming what is due.

use std::collections::HashSet;

use errand_model::delivery::{Delivery, DeliveryState};
use errand_model::lifecycle::LifecycleEvent;
use errand_model::{DeliveryId, InstallationId, Timestamp};

use super::gather;
use super::want::{Hosts, Want};
use crate::bulk::Bulk;
use crate::{Context, Db, Dialect, Error, Reads, Result, Statement, Tx, execute, lifecycle};

/// A delivery that is ours to try until its lease ends.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The delivery, as it was claimed.
    pub delivery: Delivery,
    /// Times that the plugin crashed on it.
    pub crashes: i32,
    /// What is to be told.
    pub event: LifecycleEvent,
    /// Who shows this may finish it.
    pub lease_token: i64,
    /// Until when.
    pub lease_until: Timestamp,
    /// The digest that it is a part of.
    pub digest: Option<PartOf>,
}

/// A digest: what is told together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartOf {
    /// The same in every attempt.
    pub id: i64,
    /// What it was gathered by.
    pub gathering: String,
}

const COLUMNS: &str = "SELECT delivery.id, delivery.installation_id, delivery.attempts, delivery.crashes,
        delivery.is_replay, delivery.lifecycle_id, lifecycle.organization_id, lifecycle.project_id, lifecycle.issue_id,
        lifecycle.change, lifecycle.actor, lifecycle.chain_depth, lifecycle.at, delivery.gathering, delivery.digest_id
     FROM delivery JOIN lifecycle ON lifecycle.id = delivery.lifecycle_id
     WHERE ";

/// Deliveries whose lease has ended are due again: who had them is dead.
const DUE: &str = " AND delivery.gathering IS NULL AND delivery.state IN (0, 1) AND delivery.next_at <= ";

/// The oldest first, whatever they waited for.
const FIRST_IN_LANE: &str = "
       AND NOT EXISTS (
           SELECT 1 FROM delivery AS earlier
           WHERE earlier.installation_id = delivery.installation_id AND earlier.issue_id = delivery.issue_id
             AND earlier.lifecycle_id < delivery.lifecycle_id AND earlier.state IN (0, 1, 4))
     ORDER BY delivery.next_at, delivery.lifecycle_id LIMIT ";

/// A lease that ends is a delivery that is due: one index finds both. Who was quicker has moved `next_at`.
static CLAIM: Bulk = Bulk::new(
    "UPDATE delivery SET state = 1, lease_token = given.column2, lease_until = given.column3, next_at = given.column3,
        digest_id = COALESCE(delivery.digest_id, given.column5)
     FROM (VALUES ",
    5,
    ") AS given WHERE delivery.id = given.column1 AND delivery.state IN (0, 1) AND delivery.next_at <= given.column4
     RETURNING id",
);

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    installation_id: i64,
    attempts: i32,
    crashes: i32,
    is_replay: bool,
    lifecycle_id: i64,
    organization_id: i64,
    project_id: i64,
    issue_id: i64,
    change: String,
    actor: String,
    chain_depth: i16,
    at: i64,
    gathering: Option<String>,
    digest_id: Option<i64>,
}

/// Claims what is wanted, each for `lease_seconds`: until then nobody else tries it. Answers what there was for each
/// want. Only the first of a lane that is not over is given; what is told together follows each other. What is due is looked for before the transaction, which
/// is then as short as can be.
pub async fn claim(
    db: &Db,
    cx: Context<'_>,
    wants: &[Want],
    lease_seconds: i64,
) -> Result<Vec<Vec<Claimed>>> {
    let now = cx.now();
    let until = now.plus_seconds(lease_seconds);
    let (mut found, mut seen) = (Vec::with_capacity(wants.len()), HashSet::new());
    for want in wants {
        let mut rows = due(db, want, now).await?;
        // Two wants of one installation may find the same.
        rows.retain(|row| seen.insert(row.id));
        for ids in gather::due_together(db, want, now).await? {
            let mut digest = by_ids(db, &ids).await?;
            let id = digest
                .first()
                .and_then(|row| row.digest_id)
                .unwrap_or_else(|| cx.id());
            digest.retain(|row| seen.insert(row.id));
            digest.iter_mut().for_each(|row| row.digest_id = Some(id));
            rows.extend(digest);
        }
        let claimed = rows.into_iter().map(|row| row.read(cx.id(), until));
        found.push(claimed.collect::<Result<Vec<_>>>()?);
    }
    if seen.is_empty() {
        return Ok(found);
    }
    let all: Vec<(i64, i64, Option<i64>)> = found
        .iter()
        .flatten()
        .map(|claimed| {
            let digest = claimed.digest.as_ref().map(|digest| digest.id);
            (claimed.delivery.id.0, claimed.lease_token, digest)
        })
        .collect();
    let mut tx = db.begin().await?;
    if tx.dialect() == Dialect::Postgres {
        // One at a time: two that claim the same rows in another order would wait for each other.
        execute!(tx, "SELECT pg_advisory_xact_lock(7304283913)")?;
    }
    let ours: Vec<(i64,)> = CLAIM
        .fetch(&mut tx, &all, |arguments, (id, lease_token, digest)| {
            arguments.add(*id)?;
            arguments.add(*lease_token)?;
            arguments.add(until.micros())?;
            arguments.add(now.micros())?;
            arguments.add(*digest)
        })
        .await?;
    tx.commit().await?;
    let ours: HashSet<i64> = ours.into_iter().map(|(id,)| id).collect();
    for claimed in &mut found {
        claimed.retain(|claimed| ours.contains(&claimed.delivery.id.0));
    }
    Ok(found)
}

async fn due(db: &Db, want: &Want, now: Timestamp) -> Result<Vec<Row>> {
    let mut statement = Statement::new(db.dialect(), COLUMNS);
    statement
        .push("delivery.installation_id = ")
        .bind(want.installation.0)?;
    statement.push(DUE).bind(now.micros())?;
    match &want.hosts {
        Hosts::AllBut(hosts) if hosts.is_empty() => {}
        Hosts::AllBut(hosts) => {
            statement.push(" AND (delivery.host IS NULL OR delivery.host NOT IN ");
            statement.bind_list(hosts.iter().map(String::as_str))?.push(")");
        }
        Hosts::Only { host, or_unknown } => {
            statement.push(" AND (delivery.host = ").bind(host.as_str())?;
            statement.push(if *or_unknown {
                " OR delivery.host IS NULL)"
            } else {
                ")"
            });
        }
    }
    statement.push(FIRST_IN_LANE);
    statement.bind(i64::try_from(want.limit).unwrap_or(i64::MAX))?;
    statement.fetch_all(db).await
}

/// Deliveries in the order of what happened.
async fn by_ids(db: &Db, ids: &[i64]) -> Result<Vec<Row>> {
    let mut statement = Statement::new(db.dialect(), COLUMNS);
    statement.push("delivery.id IN ").bind_list(ids.iter().copied())?;
    statement.push(" ORDER BY delivery.lifecycle_id");
    statement.fetch_all(db).await
}

impl Row {
    fn read(self, lease_token: i64, lease_until: Timestamp) -> Result<Claimed> {
        let event = lifecycle::Row {
            id: self.lifecycle_id,
            organization_id: self.organization_id,
            project_id: self.project_id,
            issue_id: self.issue_id,
            change: self.change,
            actor: self.actor,
            chain_depth: self.chain_depth,
            at: self.at,
        }
        .read()?;
        Ok(Claimed {
            delivery: Delivery {
                id: DeliveryId(self.id),
                installation: InstallationId(self.installation_id),
                lifecycle: event.id,
                issue: event.issue,
                state: DeliveryState::Leased,
                attempts: self.attempts,
                next_at: lease_until,
                is_replay: self.is_replay,
            },
            crashes: self.crashes,
            event,
            lease_token,
            lease_until,
            digest: self.gathering.map(|gathering| PartOf {
                id: self.digest_id.unwrap_or(self.id),
                gathering,
            }),
        })
    }
}

/// A delivery as it would be claimed, without claiming it: nobody can finish it.
pub async fn peek(on: impl Reads, id: DeliveryId) -> Result<Option<Claimed>> {
    let mut statement = Statement::new(on.dialect(), COLUMNS);
    statement.push("delivery.id = ").bind(id.0)?;
    let row: Option<Row> = statement.fetch_optional(on).await?;
    row.map(|row| row.read(0, Timestamp::default())).transpose()
}

/// It is due since it was written: among what is due, the oldest comes first.
static RELEASE: Bulk = Bulk::new(
    "UPDATE delivery SET state = 0, next_at = created, lease_token = NULL, lease_until = NULL FROM (VALUES ",
    2,
    ") AS given WHERE delivery.id = given.column1 AND delivery.lease_token = given.column2 AND delivery.state = 1",
);

/// Gives claimed deliveries back untried; those that are no longer ours stay where they are.
pub async fn release(tx: &mut Tx, claimed: &[(DeliveryId, i64)]) -> Result<()> {
    RELEASE
        .execute(tx, claimed, |arguments, (id, lease_token)| {
            arguments.add(id.0)?;
            arguments.add(*lease_token)
        })
        .await
        .map(|_| ())
}

/// Holds a claimed delivery for longer; fails if it is no longer ours.
pub async fn renew(
    tx: &mut Tx,
    cx: Context<'_>,
    id: DeliveryId,
    lease_token: i64,
    lease_seconds: i64,
) -> Result<()> {
    let changed = execute!(
        tx,
        "UPDATE delivery SET lease_until = $1, next_at = $1 WHERE id = $2 AND lease_token = $3 AND state = 1",
        cx.now().plus_seconds(lease_seconds).micros(),
        id.0,
        lease_token
    )?;
    if changed == 0 {
        Err(Error::Conflict {
            what: "delivery".to_owned(),
        })
    } else {
        Ok(())
    }
}

/// Ends the leases of a hub that died, for the one that starts after it; answers how many there were. On SQLite
/// nobody but the hub that starts can hold any. On PostgreSQL another node may, so there they run out by themselves.
pub async fn reclaim(tx: &mut Tx) -> Result<u64> {
    if tx.dialect() != Dialect::Sqlite {
        return Ok(0);
    }
    execute!(
        tx,
        "UPDATE delivery SET state = $1, next_at = created, lease_token = NULL, lease_until = NULL WHERE state = $2",
        DeliveryState::Waiting.code(),
        DeliveryState::Leased.code()
    )
}
