//! Deliveries that are told together: when they are due, and which are claimed as one digest.
//!
//! The first of a gathering opens a window; what comes while it is open is due when it closes. What is claimed together
//! is one digest from then on: a retry tells the same again.

use std::collections::HashMap;

use errand_model::telling::Telling;
use errand_model::{InstallationId, LifecycleId, Timestamp};

use super::NewDelivery;
use super::want::{Hosts, Want};
use crate::{Db, Result, Tx, execute, fetch_all, fetch_one};

/// Gatherings of one installation that are looked at together.
const AT_ONCE: i64 = 16;

/// Deliveries of a digest that is told to the end, however many it may have.
const MOST: i64 = 1_000;

/// What a delivery is gathered with, if it is.
pub(super) fn name(new: &NewDelivery) -> Option<String> {
    match new.telling {
        Telling::Together(digest) => Some(digest.by.name(new.project, new.issue)),
        Telling::Each | Telling::Latest => None,
    }
}

/// A window that is open.
struct Window {
    closes: Timestamp,
    count: usize,
}

/// When each is due: at once, or when its window closes, which it does at once where enough have gathered.
pub(super) async fn due(tx: &mut Tx, now: Timestamp, new: &[NewDelivery]) -> Result<Vec<Timestamp>> {
    let mut windows: HashMap<(InstallationId, String), Window> = HashMap::new();
    let mut names = Vec::with_capacity(new.len());
    for new in new {
        let (Some(name), Telling::Together(digest)) = (name(new), new.telling) else {
            names.push(None);
            continue;
        };
        let key = (new.installation, name);
        if !windows.contains_key(&key) {
            let closes = now.plus_seconds(digest.window_seconds);
            let window = open(tx, now, &key, new.lifecycle)
                .await?
                .unwrap_or(Window { closes, count: 0 });
            windows.insert(key.clone(), window);
        }
        if let Some(window) = windows.get_mut(&key) {
            window.count += 1;
            if window.count >= digest.most && window.closes > now {
                window.closes = now;
                close(tx, now, &key).await?;
            }
        }
        names.push(Some(key));
    }
    let due = |name: &Option<(InstallationId, String)>| {
        let window = name.as_ref().and_then(|name| windows.get(name));
        window.map_or(now, |window| window.closes)
    };
    Ok(names.iter().map(due).collect())
}

/// The window of a gathering that is open, with what came before `lifecycle`: what is written already when something is
/// fanned out again does not count twice.
async fn open(
    tx: &mut Tx,
    now: Timestamp,
    key: &(InstallationId, String),
    lifecycle: LifecycleId,
) -> Result<Option<Window>> {
    let (closes, count) = fetch_one!(
        tx,
        (Option<i64>, i64),
        "SELECT MAX(next_at), COUNT(*) FROM delivery
         WHERE installation_id = $1 AND gathering = $2 AND state = 0 AND digest_id IS NULL AND next_at > $3
           AND lifecycle_id < $4",
        key.0.0,
        &key.1,
        now.micros(),
        lifecycle.0
    )?;
    Ok(closes.map(|closes| Window {
        closes: Timestamp::from_micros(closes),
        count: usize::try_from(count).unwrap_or(usize::MAX),
    }))
}

async fn close(tx: &mut Tx, now: Timestamp, key: &(InstallationId, String)) -> Result<()> {
    execute!(
        tx,
        "UPDATE delivery SET next_at = $1
         WHERE installation_id = $2 AND gathering = $3 AND state = 0 AND digest_id IS NULL AND next_at > $1",
        now.micros(),
        key.0.0,
        &key.1
    )
    .map(|_| ())
}

/// A delivery of a gathering, as far as it decides whether it is claimed.
#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    state: i16,
    next_at: i64,
    digest_id: Option<i64>,
    host: Option<String>,
}

/// The deliveries that are due of an installation's gatherings, in order: those of a digest that is tried again, or those
/// that make a new one. None of a gathering of which one is under way or held: it is told in order.
pub(super) async fn due_together(db: &Db, want: &Want, now: Timestamp) -> Result<Vec<Vec<i64>>> {
    let gatherings = fetch_all!(
        db,
        (String,),
        "SELECT DISTINCT gathering FROM delivery
         WHERE installation_id = $1 AND gathering IS NOT NULL AND state IN (0, 1) AND next_at <= $2
         ORDER BY gathering LIMIT $3",
        want.installation.0,
        now.micros(),
        AT_ONCE.min(i64::try_from(want.limit).unwrap_or(i64::MAX))
    )?;
    let mut digests = Vec::new();
    for (gathering,) in gatherings {
        let rows = fetch_all!(
            db,
            Row,
            "SELECT id, state, next_at, digest_id, host FROM delivery
             WHERE installation_id = $1 AND gathering = $2 AND state IN (0, 1, 4)
             ORDER BY lifecycle_id LIMIT $3",
            want.installation.0,
            &gathering,
            MOST
        )?;
        let digest = first(&rows, want, now);
        if !digest.is_empty() {
            digests.push(digest);
        }
    }
    Ok(digests)
}

/// The first digest of a gathering, if it may be told now.
fn first(rows: &[Row], want: &Want, now: Timestamp) -> Vec<i64> {
    let Some(first) = rows.first() else {
        return Vec::new();
    };
    let is_due = |row: &Row| row.state != 4 && row.next_at <= now.micros();
    let may_go = match &want.hosts {
        Hosts::AllBut(hosts) => first.host.as_ref().is_none_or(|host| !hosts.contains(host)),
        Hosts::Only { host, or_unknown } => first.host.as_ref().map_or(*or_unknown, |known| known == host),
    };
    let of_first: Vec<&Row> = rows
        .iter()
        .filter(|row| row.digest_id == first.digest_id)
        .collect();
    match first.digest_id {
        // All of it or nothing.
        Some(_) if may_go && of_first.iter().all(|row| is_due(row)) => {
            of_first.iter().map(|row| row.id).collect()
        }
        None if may_go => of_first
            .iter()
            .take_while(|row| is_due(row))
            .take(want.together.max(1))
            .map(|row| row.id)
            .collect(),
        _ => Vec::new(),
    }
}
