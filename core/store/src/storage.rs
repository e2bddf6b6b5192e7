//! How much is stored, and giving the disk back what is free.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use errand_model::{IssueId, ProjectId};

use crate::bulk::Bulk;
use crate::db::Pools;
use crate::{Db, Reads, Result, Tx, execute, fetch_all, fetch_one};

/// What an event takes besides its payload, about: its row, and its entries in three indexes.
const ROW_BYTES: usize = 300;

/// Free pages that are kept, because what comes next needs them: a sixteenth of the file, and so many at least.
const SPARE_PAGES: i64 = 128;

static ADD: Bulk = Bulk::new(
    "INSERT INTO project_storage (project_id, events, bytes, dropped_to) VALUES ",
    4,
    " ON CONFLICT (project_id) DO UPDATE SET
        events = project_storage.events + excluded.events, bytes = project_storage.bytes + excluded.bytes",
);

/// What a stored event counts as.
pub(crate) const fn bytes_of_event(payload: usize) -> usize {
    payload + ROW_BYTES
}

/// What a stored event counts as, from what the database says of its payload.
pub(crate) fn counted(payload: i64) -> i64 {
    payload + i64::try_from(ROW_BYTES).unwrap_or(0)
}

/// Counts what was stored: project, events, bytes.
pub(crate) async fn add(tx: &mut Tx, stored: impl Iterator<Item = (ProjectId, i64, usize)>) -> Result<()> {
    // In order, so that no two nodes wait for each other crosswise.
    let mut sums: BTreeMap<ProjectId, (i64, i64)> = BTreeMap::new();
    for (project, events, bytes) in stored {
        let sum = sums.entry(project).or_default();
        sum.0 += events;
        sum.1 += i64::try_from(bytes).unwrap_or(i64::MAX);
    }
    let sums: Vec<_> = sums.into_iter().collect();
    ADD.execute(tx, &sums, |arguments, (project, (events, bytes))| {
        arguments.add(project.0)?;
        arguments.add(*events)?;
        arguments.add(*bytes)?;
        arguments.add(0_i64)
    })
    .await
    .map(|_| ())
}

/// Counts what is about to be deleted with an issue.
pub(crate) async fn forget_issue(tx: &mut Tx, issue: IssueId) -> Result<()> {
    let sums = fetch_all!(
        tx,
        (i64, i64, i64),
        "SELECT project_id, COUNT(*), CAST(COALESCE(SUM(LENGTH(payload)), 0) AS BIGINT) FROM event
         WHERE issue_id = $1 GROUP BY project_id",
        issue.0
    )?;
    let files = fetch_one!(
        tx,
        (i64,),
        "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM attachment WHERE (event_id, project_id) IN
            (SELECT event_id, project_id FROM event WHERE issue_id = $1)",
        issue.0
    )?;
    for (project, events, payloads) in sums {
        let rows = events * counted(0);
        subtract(tx, ProjectId(project), events, payloads + rows + files.0).await?;
    }
    Ok(())
}

/// Counts what was deleted of a project.
pub(crate) async fn subtract(tx: &mut Tx, project: ProjectId, events: i64, bytes: i64) -> Result<()> {
    execute!(
        tx,
        "UPDATE project_storage SET events = events - $1,
            bytes = CASE WHEN bytes < $2 THEN 0 ELSE bytes - $2 END WHERE project_id = $3",
        events,
        bytes,
        project.0
    )
    .map(|_| ())
}

/// What is stored of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfProject {
    /// Whose.
    pub project: ProjectId,
    /// Events that are there.
    pub events: i64,
    /// What they and their attachments take.
    pub bytes: i64,
    /// None of its events has this id or a smaller one.
    pub(crate) dropped_to: i64,
}

/// What is stored of each project, the largest first.
pub async fn of_projects(mut on: impl Reads) -> Result<Vec<OfProject>> {
    let rows = fetch_all!(
        on,
        (i64, i64, i64, i64),
        "SELECT project_id, events, bytes, dropped_to FROM project_storage ORDER BY bytes DESC, project_id"
    )?;
    let row = |(project, events, bytes, dropped_to)| OfProject {
        project: ProjectId(project),
        events,
        bytes,
        dropped_to,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// What the database takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Of the disk, without SQLite's log.
    pub file: i64,
    /// Of that, what is free for what comes next; none where the database does not say.
    pub free: Option<i64>,
}

impl Db {
    /// What the database takes.
    pub async fn used(&self) -> Result<Used> {
        match &self.pools {
            Pools::Sqlite { read, .. } => {
                let (pages, free, page) = pages(read).await?;
                Ok(Used {
                    file: pages * page,
                    free: Some(free * page),
                })
            }
            Pools::Postgres(pool) => {
                let sql = "SELECT pg_database_size(current_database())";
                let file: i64 = sqlx::query_scalar(sql).fetch_one(pool).await?;
                Ok(Used { file, free: None })
            }
        }
    }

    /// Writes SQLite's database as it is at one moment to a new file, while others go on writing; answers false on PostgreSQL,
    /// which has `pg_dump`.
    pub async fn copy_to(&self, path: &str) -> Result<bool> {
        let Pools::Sqlite { write, .. } = &self.pools else {
            return Ok(false);
        };
        // A connection that may write, though it only reads: the others refuse the text.
        sqlx::query("VACUUM INTO $1").bind(path).execute(write).await?;
        Ok(true)
    }

    /// Gives up to `pages` free pages of SQLite's file back to the disk, at its end; answers how many it were, and for how
    /// long nobody else could write. PostgreSQL keeps them for what comes next.
    pub async fn give_back(&self, pages_at_most: u32) -> Result<(i64, Duration)> {
        let Pools::Sqlite { read, write } = &self.pools else {
            return Ok((0, Duration::ZERO));
        };
        let (all, free, _) = pages(read).await?;
        let surplus = free - (all / 16).max(SPARE_PAGES);
        if surplus <= 0 {
            return Ok((0, Duration::ZERO));
        }
        let mut connection = write.acquire().await?;
        let began = Instant::now();
        let step = surplus.min(i64::from(pages_at_most));
        let text = sqlx::AssertSqlSafe(format!("PRAGMA incremental_vacuum({step})"));
        sqlx::query(text).execute(&mut *connection).await?;
        drop(connection);
        let held = began.elapsed();
        let (_, left, _) = pages(read).await?;
        Ok(((free - left).max(0), held))
    }
}

/// Pages of the file, free ones, and bytes of each.
async fn pages(read: &sqlx::SqlitePool) -> Result<(i64, i64, i64)> {
    let mut connection = read.acquire().await?;
    let mut numbers = [0; 3];
    for (number, pragma) in
        numbers
            .iter_mut()
            .zip(["PRAGMA page_count", "PRAGMA freelist_count", "PRAGMA page_size"])
    {
        *number = sqlx::query_scalar(pragma).fetch_one(&mut *connection).await?;
    }
    Ok(numbers.into())
}
