//! What is owed to people, and what goes out together.

use errand_model::lifecycle::LifecycleEvent;
use errand_model::notice::pause;
use errand_model::{InstallationId, LifecycleId, Timestamp, UserId};

use crate::bulk::Bulk;
use crate::lifecycle::Row as EventRow;
use crate::{Context, Reads, Result, Tx, execute, fetch_all, fetch_optional};

/// Changes that go out together at most; the rest follows.
const MOST: i64 = 500;

/// A change that somebody is to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// Who.
    pub person: UserId,
    /// By what.
    pub installation: InstallationId,
    /// What.
    pub event: LifecycleId,
    /// Not before.
    pub due: Timestamp,
}

/// What is told together.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The same in every attempt.
    pub id: i64,
    /// To whom.
    pub person: UserId,
    /// By what.
    pub installation: InstallationId,
    /// What, the oldest first; of issues that are gone nothing is left.
    pub events: Vec<LifecycleEvent>,
    /// Attempts that failed.
    pub attempts: i64,
}

static OWE: Bulk = Bulk::new(
    "INSERT INTO notice (person_id, installation_id, lifecycle_id, due) VALUES ",
    4,
    " ON CONFLICT DO NOTHING",
);

/// Writes down what is owed.
pub async fn owe(tx: &mut Tx, owed: &[Owed]) -> Result<()> {
    OWE.execute(tx, owed, |arguments, one| {
        arguments.add(one.person.0)?;
        arguments.add(one.installation.0)?;
        arguments.add(one.event.0)?;
        arguments.add(one.due.micros())
    })
    .await
    .map(|_| ())
}

/// Whether anything may be due: asked without a transaction, because on SQLite one would hold up the digest.
pub async fn is_due(mut on: impl Reads, now: Timestamp) -> Result<bool> {
    let row = fetch_optional!(
        on,
        (i64,),
        "SELECT notice.person_id FROM notice
         LEFT JOIN notice_reader AS reader
            ON reader.person_id = notice.person_id AND reader.installation_id = notice.installation_id
         WHERE notice.due <= $1 AND (reader.next_at IS NULL OR reader.next_at <= $1) LIMIT 1",
        now.micros()
    )?;
    Ok(row.is_some())
}

#[derive(sqlx::FromRow)]
struct Reader {
    person_id: i64,
    installation_id: i64,
    batch: Option<i64>,
    attempts: Option<i64>,
}

/// Takes what is due to one person by one channel, for so many seconds; none if nothing is due to anybody.
pub async fn claim(tx: &mut Tx, cx: Context<'_>, lease_seconds: i64) -> Result<Option<Batch>> {
    let now = cx.now();
    let found = fetch_optional!(
        tx,
        Reader,
        "SELECT notice.person_id, notice.installation_id, reader.batch, reader.attempts FROM notice
         LEFT JOIN notice_reader AS reader
            ON reader.person_id = notice.person_id AND reader.installation_id = notice.installation_id
         WHERE notice.due <= $1 AND (reader.next_at IS NULL OR reader.next_at <= $1) ORDER BY notice.due LIMIT 1",
        now.micros()
    )?;
    let Some(reader) = found else { return Ok(None) };
    let id = reader.batch.unwrap_or_else(|| cx.id());
    execute!(
        tx,
        "INSERT INTO notice_reader (person_id, installation_id, next_at, pause, last_told, batch, attempts)
         VALUES ($1, $2, $3, 0, 0, $4, 0) ON CONFLICT (person_id, installation_id)
         DO UPDATE SET next_at = excluded.next_at, batch = excluded.batch",
        reader.person_id,
        reader.installation_id,
        now.plus_seconds(lease_seconds).micros(),
        id
    )?;
    if reader.batch.is_none() {
        execute!(
            tx,
            "UPDATE notice SET batch = $1 WHERE person_id = $2 AND installation_id = $3 AND lifecycle_id IN
                (SELECT lifecycle_id FROM notice WHERE person_id = $2 AND installation_id = $3 AND due <= $4
                 ORDER BY lifecycle_id LIMIT $5)",
            id,
            reader.person_id,
            reader.installation_id,
            now.micros(),
            MOST
        )?;
    }
    let rows = fetch_all!(
        tx,
        EventRow,
        "SELECT lifecycle.id, organization_id, project_id, issue_id, change, actor, chain_depth, at
         FROM notice JOIN lifecycle ON lifecycle.id = notice.lifecycle_id
         WHERE notice.person_id = $1 AND notice.installation_id = $2 AND notice.batch = $3
         ORDER BY lifecycle.id LIMIT $4",
        reader.person_id,
        reader.installation_id,
        id,
        MOST
    )?;
    Ok(Some(Batch {
        id,
        person: UserId(reader.person_id),
        installation: InstallationId(reader.installation_id),
        events: rows.into_iter().map(EventRow::read).collect::<Result<_>>()?,
        attempts: reader.attempts.unwrap_or(0),
    }))
}

/// The batch was told: a pause begins, of `first_pause` seconds at first, the longer the more often there was something to tell.
pub async fn told(tx: &mut Tx, cx: Context<'_>, batch: &Batch, first_pause: i64) -> Result<()> {
    let (person, installation) = (batch.person.0, batch.installation.0);
    let sql = "SELECT pause, last_told FROM notice_reader WHERE person_id = $1 AND installation_id = $2";
    let before = fetch_optional!(tx, (i64, i64), sql, person, installation)?;
    let (last, told) = before.unwrap_or_default();
    let since = (cx.now().micros() - told) / 1_000_000;
    let pause = pause(first_pause, last, since - last);
    execute!(
        tx,
        "DELETE FROM notice WHERE person_id = $1 AND installation_id = $2 AND batch = $3",
        person,
        installation,
        batch.id
    )?;
    execute!(
        tx,
        "UPDATE notice_reader SET next_at = $1, pause = $2, last_told = $3, batch = NULL, attempts = 0
         WHERE person_id = $4 AND installation_id = $5",
        cx.now().plus_seconds(pause).micros(),
        pause,
        cx.now().micros(),
        person,
        installation
    )
    .map(|_| ())
}

/// The batch was not told, and is tried again after so many seconds.
pub async fn put_off(tx: &mut Tx, cx: Context<'_>, batch: &Batch, seconds: i64) -> Result<()> {
    execute!(
        tx,
        "UPDATE notice_reader SET next_at = $1, attempts = attempts + 1
         WHERE person_id = $2 AND installation_id = $3 AND batch = $4",
        cx.now().plus_seconds(seconds).micros(),
        batch.person.0,
        batch.installation.0,
        batch.id
    )
    .map(|_| ())
}

/// Forgets what was to be told by an installation that is gone.
pub async fn forget_of(tx: &mut Tx, installation: InstallationId) -> Result<()> {
    for sql in [
        "DELETE FROM notice WHERE installation_id = $1",
        "DELETE FROM notice_reader WHERE installation_id = $1",
    ] {
        execute!(tx, sql, installation.0)?;
    }
    Ok(())
}
