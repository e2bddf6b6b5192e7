//! Drops events that are not to be kept, the oldest first, a few in each transaction. What was counted of them stays.
//!
//! Where the hub is full, the project that takes the most gives way, so that one that floods pushes nobody else's out.

use std::time::{Duration, Instant};

use errand_model::{Ids, ProjectId, Timestamp};

use crate::removal::{self, Leaving};
use crate::storage::{self, OfProject};
use crate::{Db, Reads, Result, Tx, execute, fetch_all, fetch_one};

/// Events that are looked at in one go.
const LOOKED_AT: i64 = 2_000;

/// The number that stands for facts, which are no project's.
const FACTS: i64 = -1;

/// Whose rule it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// All projects' events.
    Hub,
    /// One project's events.
    Project(ProjectId),
    /// What is counted from, which outlives events ([`crate::facts`]).
    Facts,
}

impl From<Option<ProjectId>> for Of {
    fn from(project: Option<ProjectId>) -> Self {
        project.map_or(Of::Hub, Of::Project)
    }
}

/// What is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// For how many days.
    pub days: Option<i64>,
    /// How many bytes.
    pub bytes: Option<i64>,
}

/// What is kept of all projects together, and of each that has its own rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Of the hub: its days are those of projects without their own.
    pub hub: Keep,
    /// Of projects.
    pub projects: Vec<(ProjectId, Keep)>,
    /// Of facts; without days, as long as they are kept at most.
    pub facts: Keep,
}

impl Rules {
    /// What is kept of a project.
    pub fn of(&self, project: ProjectId) -> Keep {
        let found = self.projects.iter().find(|(of, _)| *of == project);
        found.map_or_else(Keep::default, |(_, keep)| *keep)
    }
}

/// The rules as they are.
pub async fn rules(mut on: impl Reads) -> Result<Rules> {
    let rows = fetch_all!(
        on,
        (i64, Option<i64>, Option<i64>),
        "SELECT project_id, days, bytes FROM retention ORDER BY project_id"
    )?;
    let mut rules = Rules::default();
    for (project, days, bytes) in rows {
        let keep = Keep { days, bytes };
        match project {
            0 => rules.hub = keep,
            FACTS => rules.facts = keep,
            project => rules.projects.push((ProjectId(project), keep)),
        }
    }
    Ok(rules)
}

/// Sets what is kept.
pub async fn set(tx: &mut Tx, of: impl Into<Of>, keep: Keep) -> Result<()> {
    let number = match of.into() {
        Of::Hub => 0,
        Of::Project(project) => project.0,
        Of::Facts => FACTS,
    };
    execute!(
        tx,
        "INSERT INTO retention (project_id, days, bytes) VALUES ($1, $2, $3)
         ON CONFLICT (project_id) DO UPDATE SET days = excluded.days, bytes = excluded.bytes",
        number,
        keep.days,
        keep.bytes
    )
    .map(|_| ())
}

/// Why something is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is older than it may be.
    Age,
    /// The project takes more than it may.
    ProjectSize,
    /// All together take more than they may, and this project the most.
    HubSize,
    /// Facts are older than they may be.
    FactsAge,
    /// Facts of all projects take more than they may, and these are the oldest.
    FactsSize,
}

impl Reason {
    /// As rows have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::Age => "age",
            Reason::ProjectSize => "project-size",
            Reason::HubSize => "hub-size",
            Reason::FactsAge => "facts-age",
            Reason::FactsSize => "facts-size",
        }
    }
}

/// Events to drop.
#[derive(Clone, Debug)]
pub struct Due {
    /// Whose.
    pub project: ProjectId,
    /// Why.
    pub reason: Reason,
    rows: Vec<Leaving>,
    /// Up to there everything was looked at.
    looked_to: i64,
}

impl Due {
    /// How many they are. There may be none, and more further on.
    pub fn events(&self) -> usize {
        self.rows.len()
    }
}

/// The next events to drop, up to two thousand; none if all is as it should be.
pub async fn due(db: &Db, now: Timestamp) -> Result<Option<Due>> {
    let rules = rules(db).await?;
    let stored = storage::of_projects(db).await?;
    for of in stored.iter().filter(|of| of.events > 0) {
        let days = rules.of(of.project).days.or(rules.hub.days);
        if let Some(days) = days {
            let before = Ids::floor(now.plus_seconds(-days.saturating_mul(86_400)));
            // What came within the same minute waits until there is some more of it.
            if of.dropped_to < Ids::floor(now.plus_seconds(-days.saturating_mul(86_400) - 60)) {
                let due = look(db, of, Reason::Age, before, i64::MAX).await?;
                if due.is_some() {
                    return Ok(due);
                }
            }
        }
        if let Some(most) = rules.of(of.project).bytes
            && of.bytes > most
        {
            let due = look(db, of, Reason::ProjectSize, i64::MAX, of.bytes - most).await?;
            if due.is_some() {
                return Ok(due);
            }
        }
    }
    let largest = stored.into_iter().find(|of| of.events > 0);
    let (Some(most), Some(largest)) = (rules.hub.bytes, largest) else {
        return Ok(None);
    };
    let excess = excess(db, most).await?;
    if excess <= 0 {
        return Ok(None);
    }
    look(db, &largest, Reason::HubSize, i64::MAX, excess).await
}

/// By how much the hub has more than it may. Of SQLite's file what is in use counts, of PostgreSQL's the events, because what
/// they leave free does not show.
async fn excess(db: &Db, most: i64) -> Result<i64> {
    let used = db.used().await?;
    match used.free {
        Some(free) => Ok(used.file - free - most),
        None => {
            let sql = "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM project_storage";
            Ok(fetch_one!(db, (i64,), sql)?.0 - most)
        }
    }
}

/// The oldest events of a project before `before`, about `excess` bytes of them; none if there are none to look at.
async fn look(db: &Db, of: &OfProject, reason: Reason, before: i64, excess: i64) -> Result<Option<Due>> {
    let found = fetch_all!(
        db,
        (i64, i64, Vec<u8>, i64),
        "SELECT id, project_id, event_id, CAST(LENGTH(payload) AS BIGINT) FROM event
         WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3",
        of.dropped_to,
        before,
        LOOKED_AT
    )?;
    let is_all = (found.len() as i64) < LOOKED_AT;
    let mut due = Due {
        project: of.project,
        reason,
        rows: Vec::new(),
        looked_to: of.dropped_to,
    };
    let mut bytes = 0;
    for (id, project, event, payload) in found {
        if bytes >= excess {
            return Ok(Some(due));
        }
        due.looked_to = id;
        if project == of.project.0 {
            let counted = storage::counted(payload);
            bytes += counted;
            due.rows.push(Leaving {
                id,
                event,
                bytes: counted,
            });
        }
    }
    if is_all && before < i64::MAX {
        due.looked_to = before - 1;
    }
    Ok((due.looked_to > of.dropped_to).then_some(due))
}

/// Drops up to `batch` of the events that are due, and answers for how long nobody else could write. Nothing is dropped by
/// whoever lost the lease.
pub async fn drop_some(
    db: &Db,
    due: &mut Due,
    batch: usize,
    holder: (&str, i64),
    now: Timestamp,
) -> Result<Duration> {
    let rows: Vec<Leaving> = due.rows.drain(..batch.min(due.rows.len())).collect();
    let looked_to = match (due.rows.is_empty(), rows.last()) {
        (false, Some(last)) => last.id,
        _ => due.looked_to,
    };
    let mut tx = db.begin().await?;
    let began = Instant::now();
    let sql = "UPDATE hub_lease SET at = $1 WHERE work = $2 AND holder = $3";
    if execute!(tx, sql, now.micros(), holder.0, holder.1)? == 0 {
        due.rows.clear();
        tx.rollback().await?;
        return Ok(began.elapsed());
    }
    if !rows.is_empty() {
        delete(&mut tx, due, &rows, now).await?;
    }
    execute!(
        tx,
        "UPDATE project_storage SET dropped_to = $1 WHERE project_id = $2 AND dropped_to < $1",
        looked_to,
        due.project.0
    )?;
    tx.commit().await?;
    Ok(began.elapsed())
}

async fn delete(tx: &mut Tx, due: &Due, rows: &[Leaving], now: Timestamp) -> Result<()> {
    let removed = removal::events(tx, due.project, rows).await?;
    record(tx, due.project, due.reason, (removed.events, removed.bytes), now).await
}

/// Writes down that so many events or facts were dropped, and so many bytes.
pub(crate) async fn record(
    tx: &mut Tx,
    project: ProjectId,
    reason: Reason,
    (count, bytes): (i64, i64),
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO dropped_day (project_id, day, reason, events, bytes, last) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (project_id, day, reason) DO UPDATE SET events = dropped_day.events + excluded.events,
            bytes = dropped_day.bytes + excluded.bytes, last = excluded.last",
        project.0,
        now.micros().div_euclid(86_400_000_000) * 86_400_000_000,
        reason.as_str(),
        count,
        bytes,
        now.micros()
    )
    .map(|_| ())
}

/// What was dropped of a project on a day.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Dropped {
    /// Whose.
    pub project_id: i64,
    /// The start of the day, in microseconds since 1970.
    pub day: i64,
    /// `Reason::as_str`.
    pub reason: String,
    /// Events, or facts.
    #[sqlx(rename = "events")]
    pub count: i64,
    /// What they took: events with their attachments.
    pub bytes: i64,
    /// When the last of them was dropped, in microseconds since 1970.
    pub last: i64,
}

/// Which events were dropped, the latest first, `limit` lines at most.
pub async fn dropped(mut on: impl Reads, limit: i64) -> Result<Vec<Dropped>> {
    fetch_all!(
        on,
        Dropped,
        "SELECT project_id, day, reason, events, bytes, last FROM dropped_day
         WHERE reason NOT IN ('facts-age', 'facts-size')
         ORDER BY day DESC, events DESC, project_id, reason LIMIT $1",
        limit
    )
}

/// Which facts were forgotten, likewise.
pub async fn forgotten(mut on: impl Reads, limit: i64) -> Result<Vec<Dropped>> {
    fetch_all!(
        on,
        Dropped,
        "SELECT project_id, day, reason, events, bytes, last FROM dropped_day
         WHERE reason IN ('facts-age', 'facts-size')
         ORDER BY day DESC, events DESC, project_id, reason LIMIT $1",
        limit
    )
}
