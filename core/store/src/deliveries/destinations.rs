//! Destinations: what attempts tell of the places they go to.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use errand_model::destination::{Destination, Signal};
use errand_model::{InstallationId, Timestamp};

use crate::bulk::Bulk;
use crate::{Reads, Result, Statement, Tx, execute};

/// Destinations of one installation that are told apart; beyond them nobody keeps count.
const MOST: usize = 64;

/// The longest host that is kept, in bytes.
const HOST_BYTES: usize = 300;

/// What an attempt tells of where it went.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub(super) installation: InstallationId,
    pub(super) host: &'a str,
    pub(super) signal: Signal,
}

/// What follows from it.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Whose destination nobody may go to for now.
    pub(super) held: HashSet<InstallationId>,
    /// Whose destination is back.
    pub(super) recovered: HashSet<InstallationId>,
}

type Row = (i64, String, i32, i64, Option<String>);

/// What is known of the destinations of installations.
pub async fn destinations(
    on: impl Reads,
    installations: &[InstallationId],
) -> Result<HashMap<InstallationId, Vec<Destination>>> {
    let statement = Statement::new(
        on.dialect(),
        "SELECT installation_id, host, failures, held_until, reason FROM destination WHERE installation_id IN ",
    );
    read(on, statement, installations, "").await
}

async fn read(
    on: impl Reads,
    mut statement: Statement,
    installations: &[InstallationId],
    lock: &str,
) -> Result<HashMap<InstallationId, Vec<Destination>>> {
    statement.bind_list(installations.iter().map(|installation| installation.0))?;
    statement.push(" ORDER BY installation_id, host").push(lock);
    let rows: Vec<Row> = statement.fetch_all(on).await?;
    let mut found: HashMap<InstallationId, Vec<Destination>> = HashMap::new();
    for (installation, host, failures, held_until, reason) in rows {
        let destination = Destination {
            host,
            failures,
            held_until: Timestamp::from_micros(held_until),
            reason,
        };
        found.entry(installation.into()).or_default().push(destination);
    }
    Ok(found)
}

static WRITE: Bulk = Bulk::new(
    "INSERT INTO destination (installation_id, host, failures, held_until, reason) VALUES ",
    5,
    " ON CONFLICT (installation_id, host) DO UPDATE SET
        failures = excluded.failures, held_until = excluded.held_until, reason = excluded.reason",
);

/// Takes in what attempts told, in the order in which they ended. What waited for a destination that is back is due
/// at once, the oldest first.
pub(super) async fn tell(tx: &mut Tx, now: Timestamp, told: &[Told<'_>]) -> Result<Changes> {
    let installations: HashSet<InstallationId> = told.iter().map(|told| told.installation).collect();
    if installations.is_empty() {
        return Ok(Changes::default());
    }
    let installations: Vec<InstallationId> = installations.into_iter().collect();
    let statement = Statement::new(
        tx.dialect(),
        "SELECT installation_id, host, failures, held_until, reason FROM destination WHERE installation_id IN ",
    );
    let lock = tx.dialect().for_update();
    let known = read(&mut *tx, statement, &installations, lock).await?;
    let mut fares = Fares::new(known);
    for told in told {
        fares.tell(told, now);
    }
    let (rows, changes, back) = fares.outcome(now);
    WRITE
        .execute(tx, &rows, |arguments, ((installation, _), destination)| {
            arguments.add(installation.0)?;
            arguments.add_text(Some(&destination.host))?;
            arguments.add(destination.failures)?;
            arguments.add(destination.held_until.micros())?;
            arguments.add_text(destination.reason.as_deref())
        })
        .await?;
    for (installation, host) in back {
        execute!(
            tx,
            "UPDATE delivery SET next_at = created WHERE installation_id = $1 AND host = $2 AND state = 0",
            installation.0,
            host
        )?;
    }
    Ok(changes)
}

/// The same of one attempt that was no delivery's: what waits for a destination that is back is found by itself.
pub(crate) async fn tell_one(
    tx: &mut Tx,
    now: Timestamp,
    installation: InstallationId,
    host: &str,
    signal: Signal,
) -> Result<()> {
    let told = Told {
        installation,
        host,
        signal,
    };
    tell(tx, now, &[told]).await.map(|_| ())
}

type Key = (InstallationId, String);

/// How destinations fare, before and after.
struct Fares {
    before: BTreeMap<Key, Destination>,
    after: BTreeMap<Key, Destination>,
    count: HashMap<InstallationId, usize>,
    told: BTreeSet<Key>,
}

impl Fares {
    fn new(known: HashMap<InstallationId, Vec<Destination>>) -> Self {
        let count = known
            .iter()
            .map(|(installation, known)| (*installation, known.len()));
        let count = count.collect();
        let before: BTreeMap<Key, Destination> = known
            .into_iter()
            .flat_map(|(installation, known)| {
                let keyed = move |at: Destination| ((installation, at.host.clone()), at);
                known.into_iter().map(keyed)
            })
            .collect();
        Fares {
            after: before.clone(),
            before,
            count,
            told: BTreeSet::new(),
        }
    }

    fn tell(&mut self, told: &Told<'_>, now: Timestamp) {
        let host = &told.host[..told.host.floor_char_boundary(HOST_BYTES)];
        let key = (told.installation, host.to_owned());
        let at = match self.after.get(&key) {
            Some(at) => at.after(&told.signal, now),
            // Nobody has to know of a place that nobody goes to, as long as all is well there.
            None if host.is_empty() && told.signal == Signal::Answered => return,
            None => {
                let count = self.count.entry(told.installation).or_default();
                if *count >= MOST {
                    return;
                }
                *count += 1;
                Destination::new(host).after(&told.signal, now)
            }
        };
        self.told.insert(key.clone());
        self.after.insert(key, at);
    }

    /// What is to be written, what follows, and which destinations are back.
    fn outcome(self, now: Timestamp) -> (Vec<(Key, Destination)>, Changes, Vec<Key>) {
        let (mut rows, mut changes, mut back) = (Vec::new(), Changes::default(), Vec::new());
        for (key, at) in self.after {
            let before = self.before.get(&key);
            // Also what was held already: who was on the way then has company behind it.
            if self.told.contains(&key) && at.circuit(now).is_held() {
                changes.held.insert(key.0);
            }
            if before == Some(&at) {
                continue;
            }
            if before.is_some_and(|before| before.recovers_as(&at)) {
                changes.recovered.insert(key.0);
                back.push(key.clone());
            }
            rows.push((key, at));
        }
        (rows, changes, back)
    }
}

/// Forgets what is known of an installation's destinations: an admin has changed something, or says it works.
pub(crate) async fn forget(tx: &mut Tx, installation: InstallationId) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM destination WHERE installation_id = $1",
        installation.0
    )
    .map(|_| ())
}
