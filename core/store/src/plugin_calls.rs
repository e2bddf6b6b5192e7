//! What plugins were called for besides deliveries: jobs, requests of other systems, buttons; and how each call went.

use errand_model::occasion::Occasion;
use errand_model::page::{Cursor, Page};
use errand_model::{CallId, InstallationId, IssueId, Timestamp};

use crate::deliveries::{Attempt, AttemptColumns, StoredAttempt, take_place};
use crate::outbox::text_of;
use crate::{Context, Db, Error, Reads, Result, Statement, Tx, execute, fetch_all, fetch_optional, page};

/// A call to be written down.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCall {
    /// Under which it is known: made before the plugin is called, which is told it.
    pub id: CallId,
    /// Of whose plugin.
    pub installation: InstallationId,
    /// What for.
    pub occasion: Occasion,
    /// The job, the route, the button.
    pub name: String,
    /// On which issue a button was pressed.
    pub issue: Option<IssueId>,
    /// Who asked, and for what, as a JSON object without secrets.
    pub details: String,
    /// How it went.
    pub attempt: Attempt,
}

/// A call as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredCall {
    /// Under which it is known.
    pub id: CallId,
    /// Of whose plugin.
    pub installation: InstallationId,
    /// What for.
    pub occasion: Occasion,
    /// The job, the route, the button.
    pub name: String,
    /// On which issue a button was pressed.
    pub issue: Option<IssueId>,
    /// Who asked, and for what, as a JSON object.
    pub details: String,
    /// Why the plugin did what it did, in its own words.
    pub explanation: Option<String>,
    /// How it went.
    pub attempt: StoredAttempt,
}

/// The longest details that are kept, in bytes; what is longer is left out.
const DETAILS_BYTES: usize = 16 << 10;

#[derive(sqlx::FromRow)]
struct Row {
    installation_id: i64,
    occasion: i16,
    name: String,
    issue_id: Option<i64>,
    details: String,
    explanation: Option<String>,
    #[sqlx(flatten)]
    attempt: AttemptColumns,
}

impl Row {
    fn read(self) -> Result<StoredCall> {
        let occasion = Occasion::from_code(self.occasion);
        let attempt = self.attempt.read()?;
        Ok(StoredCall {
            id: CallId(attempt.id),
            installation: InstallationId(self.installation_id),
            occasion: occasion.ok_or_else(|| Error::corrupt("plugin_call.occasion", self.occasion))?,
            name: self.name,
            issue: self.issue_id.map(IssueId),
            details: self.details,
            explanation: self.explanation,
            attempt,
        })
    }
}

/// The columns of a row, for a `SELECT`.
macro_rules! columns {
    () => {
        "SELECT id, installation_id, occasion, name, issue_id, details, started, wall_ms, cpu_ms, memory_bytes, \
         outcome, log, requests, explanation, changes FROM plugin_call"
    };
}

/// Writes a call down, and makes the changes of issues that it asked for, if it went well and `counts`. One of an
/// installation that was taken out meanwhile is forgotten with it.
pub async fn record(tx: &mut Tx, cx: Context<'_>, call: &NewCall, counts: bool) -> Result<()> {
    let attempt = &call.attempt;
    let changes = match counts {
        // Nobody's answer to anything that happened: the first link of a chain.
        true => take_place(tx, cx, (call.installation, 1), attempt).await?,
        false => "[]".to_owned(),
    };
    let details = match call.details.len() > DETAILS_BYTES {
        true => "{}",
        false => &call.details,
    };
    execute!(
        tx,
        "INSERT INTO plugin_call (id, installation_id, occasion, name, issue_id, details, started, wall_ms, cpu_ms,
            memory_bytes, outcome, log, requests, explanation, changes)
         SELECT $1, id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15 FROM installation WHERE id = $2",
        call.id.0,
        call.installation.0,
        call.occasion.code(),
        &call.name,
        call.issue.map(|issue| issue.0),
        details,
        attempt.started.micros(),
        attempt.wall_ms,
        attempt.cpu_ms,
        attempt.memory_bytes,
        text_of(&attempt.outcome)?,
        &attempt.log,
        &attempt.requests,
        attempt.explanation.as_deref(),
        changes
    )
    .map(|_| ())
}

/// One by its id.
pub async fn get(mut on: impl Reads, id: CallId) -> Result<Option<StoredCall>> {
    let row = fetch_optional!(on, Row, concat!(columns!(), " WHERE id = $1"), id.0)?;
    row.map(Row::read).transpose()
}

/// A page of what an installation was called for, the newest first; on one occasion, if one is given.
pub async fn of_installation(
    on: impl Reads,
    installation: InstallationId,
    occasion: Option<Occasion>,
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<Page<StoredCall>> {
    let is_backwards = cursor.is_some_and(|cursor| cursor.is_prev);
    let mut statement = Statement::new(on.dialect(), columns!());
    statement.push(" WHERE installation_id = ").bind(installation.0)?;
    if let Some(occasion) = occasion {
        statement.push(" AND occasion = ").bind(occasion.code())?;
    }
    statement.push(if is_backwards { " AND id > " } else { " AND id < " });
    statement.bind(cursor.map_or(i64::MAX, |cursor| cursor.value))?;
    statement.push(if is_backwards {
        " ORDER BY id LIMIT "
    } else {
        " ORDER BY id DESC LIMIT "
    });
    statement.bind(i64::from(limit) + 1)?;
    let rows: Vec<Row> = statement.fetch_all(on).await?;
    let rows = rows.into_iter().map(Row::read).collect::<Result<Vec<_>>>()?;
    Ok(page::by_key(rows, cursor, limit, |call| call.id.0))
}

/// What plugins were called for on an issue, the newest first.
pub async fn of_issue(mut on: impl Reads, issue: IssueId, limit: i64) -> Result<Vec<StoredCall>> {
    let sql = concat!(columns!(), " WHERE issue_id = $1 ORDER BY id DESC LIMIT $2");
    let rows = fetch_all!(on, Row, sql, issue.0, limit)?;
    rows.into_iter().map(Row::read).collect()
}

/// Deletes up to `limit` calls that were made before `since`, or that are not among the newest `kept` of their
/// installation; answers how many there were.
pub async fn forget_old(db: &Db, since: Timestamp, kept: i64, limit: i64) -> Result<u64> {
    let floor = errand_model::Ids::floor(since);
    let mut tx = db.begin().await?;
    let mut forgotten = execute!(
        tx,
        "DELETE FROM plugin_call WHERE id IN (SELECT id FROM plugin_call WHERE id < $1 ORDER BY id LIMIT $2)",
        floor,
        limit
    )?;
    let installations = fetch_all!(tx, (i64,), "SELECT id FROM installation ORDER BY id")?;
    for (installation,) in installations {
        forgotten += execute!(
            tx,
            "DELETE FROM plugin_call WHERE id IN (
                SELECT id FROM plugin_call WHERE installation_id = $1 AND id <= (
                    SELECT id FROM plugin_call WHERE installation_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)
                ORDER BY id LIMIT $3)",
            installation,
            kept,
            limit
        )?;
    }
    tx.commit().await?;
    Ok(forgotten)
}
