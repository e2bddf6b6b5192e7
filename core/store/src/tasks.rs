//! Work that somebody asked for and that takes long: who asked, how far it is, how it ended.

use errand_model::{OrganizationId, Timestamp};

use crate::{Context, Reads, Result, Tx, execute, fetch_all, fetch_optional};

/// How long tasks that are over are told of, in seconds.
const KEPT_SECONDS: i64 = 366 * 86_400;

/// How a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is to be done, or under way.
    Open,
    /// It was done.
    Done,
    /// It could not be done.
    Failed,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Done => "done",
            State::Failed => "failed",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "open" => State::Open,
            "done" => State::Done,
            _ => State::Failed,
        }
    }
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its id: they grow with time.
    pub id: i64,
    /// Whose.
    pub organization: OrganizationId,
    /// What kind of work.
    pub kind: String,
    /// What it is about, as its kind writes it; none once it is over.
    pub subject: Option<String>,
    /// What it is, in words.
    pub title: String,
    /// Who asked for it.
    pub asked_by: String,
    /// How it is.
    pub state: State,
    /// How much of it was done.
    pub done: i64,
    /// How much there is, as far as that was known.
    pub total: i64,
    /// What is to be said of it.
    pub said: String,
    /// When something of this last changed.
    pub changed: Timestamp,
}

/// A task to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewTask<'a> {
    /// Whose.
    pub organization: OrganizationId,
    /// What kind of work.
    pub kind: &'a str,
    /// What it is about.
    pub subject: &'a str,
    /// What it is, in words, which stay.
    pub title: &'a str,
    /// Who asks.
    pub asked_by: &'a str,
    /// How much there is to do.
    pub total: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    organization_id: i64,
    kind: String,
    subject: Option<String>,
    title: String,
    asked_by: String,
    state: String,
    done: i64,
    total: i64,
    said: String,
    changed: i64,
}

impl From<Row> for Task {
    fn from(row: Row) -> Self {
        Task {
            id: row.id,
            organization: OrganizationId(row.organization_id),
            kind: row.kind,
            subject: row.subject,
            title: row.title,
            asked_by: row.asked_by,
            state: State::parse(&row.state),
            done: row.done,
            total: row.total,
            said: row.said,
            changed: Timestamp::from_micros(row.changed),
        }
    }
}

/// Asks for something; what was over long ago is forgotten.
pub async fn ask(tx: &mut Tx, cx: Context<'_>, new: NewTask<'_>) -> Result<i64> {
    execute!(
        tx,
        "DELETE FROM task WHERE state <> 'open' AND changed < $1",
        cx.now().plus_seconds(-KEPT_SECONDS).micros()
    )?;
    let id = cx.id();
    execute!(
        tx,
        "INSERT INTO task (id, organization_id, kind, subject, title, asked_by, state, done, total, said, changed)
         VALUES ($1, $2, $3, $4, $5, $6, 'open', 0, $7, '', $8)",
        id,
        new.organization.0,
        new.kind,
        new.subject,
        new.title,
        new.asked_by,
        new.total,
        cx.now().micros()
    )?;
    Ok(id)
}

/// The oldest task of a kind that is to be done.
pub async fn next(mut on: impl Reads, kind: &str) -> Result<Option<Task>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT id, organization_id, kind, subject, title, asked_by, state, done, total, said, changed
         FROM task WHERE kind = $1 AND state = 'open' ORDER BY id LIMIT 1",
        kind
    )?;
    Ok(row.map(Task::from))
}

/// The tasks of an organization, the newest first.
pub async fn list(mut on: impl Reads, organization: OrganizationId, limit: i64) -> Result<Vec<Task>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, organization_id, kind, subject, title, asked_by, state, done, total, said, changed
         FROM task WHERE organization_id = $1 ORDER BY id DESC LIMIT $2",
        organization.0,
        limit
    )?;
    Ok(rows.into_iter().map(Task::from).collect())
}

/// Says that more of it was done.
pub async fn advance(tx: &mut Tx, id: i64, done: i64, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        "UPDATE task SET done = done + $1, changed = $2 WHERE id = $3",
        done,
        now.micros(),
        id
    )
    .map(|_| ())
}

/// The newest task of a kind that is to be done or under way and is called so.
pub async fn open(
    mut on: impl Reads,
    organization: OrganizationId,
    kind: &str,
    title: &str,
) -> Result<Option<Task>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT id, organization_id, kind, subject, title, asked_by, state, done, total, said, changed
         FROM task WHERE organization_id = $1 AND kind = $2 AND title = $3 AND state = 'open' ORDER BY id DESC LIMIT 1",
        organization.0,
        kind,
        title
    )?;
    Ok(row.map(Task::from))
}

/// Says how much of it was done, of how much.
pub async fn set_progress(tx: &mut Tx, id: i64, (done, total): (i64, i64), now: Timestamp) -> Result<()> {
    execute!(
        tx,
        "UPDATE task SET done = $1, total = $2, changed = $3 WHERE id = $4",
        done,
        total,
        now.micros(),
        id
    )
    .map(|_| ())
}

/// Says how it ended. What it was about is forgotten: it may be somebody's name.
pub async fn end(tx: &mut Tx, id: i64, state: State, said: &str, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        "UPDATE task SET state = $1, said = $2, subject = NULL, changed = $3 WHERE id = $4",
        state.as_str(),
        said,
        now.micros(),
        id
    )
    .map(|_| ())
}
