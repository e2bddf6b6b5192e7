//! Deliveries, as people look at them.

use errand_model::delivery::{Delivery, DeliveryState};
use errand_model::page::{Cursor, Page};
use errand_model::{DeliveryId, InstallationId, IssueId, LifecycleId, Timestamp};

use crate::{Error, Reads, Result, Statement, fetch_all, fetch_optional, page};

/// A delivery and what can be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryRow {
    /// The delivery.
    pub delivery: Delivery,
    /// Why it stands where it stands, where that needs to be said.
    pub reason: Option<String>,
    /// The destination it waits for: host and port.
    pub host: Option<String>,
    /// When it was written.
    pub created: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    installation_id: i64,
    lifecycle_id: i64,
    issue_id: i64,
    state: i16,
    attempts: i32,
    next_at: i64,
    reason: Option<String>,
    host: Option<String>,
    is_replay: bool,
    created: i64,
}

impl Row {
    fn read(self) -> Result<DeliveryRow> {
        Ok(DeliveryRow {
            delivery: Delivery {
                id: DeliveryId(self.id),
                installation: InstallationId(self.installation_id),
                lifecycle: LifecycleId(self.lifecycle_id),
                issue: IssueId(self.issue_id),
                state: state(self.state)?,
                attempts: self.attempts,
                next_at: Timestamp::from_micros(self.next_at),
                is_replay: self.is_replay,
            },
            reason: self.reason,
            host: self.host,
            created: Timestamp::from_micros(self.created),
        })
    }
}

fn state(code: i16) -> Result<DeliveryState> {
    DeliveryState::from_code(code).ok_or_else(|| Error::corrupt("delivery.state", code))
}

/// The columns of a row, for a `SELECT`.
macro_rules! columns {
    () => {
        "SELECT id, installation_id, lifecycle_id, issue_id, state, attempts, next_at, reason, host, is_replay, created \
         FROM delivery"
    };
}

/// What installations were and are told about an issue, the newest first.
pub async fn of_issue(mut on: impl Reads, issue: IssueId, limit: i64) -> Result<Vec<DeliveryRow>> {
    let sql = concat!(columns!(), " WHERE issue_id = $1 ORDER BY id DESC LIMIT $2");
    let rows = fetch_all!(on, Row, sql, issue.0, limit)?;
    rows.into_iter().map(Row::read).collect()
}

/// Who was and is told of what happened to an issue; at most `limit`.
pub async fn of_lifecycle(
    on: impl Reads,
    issue: IssueId,
    events: &[LifecycleId],
    limit: i64,
) -> Result<Vec<DeliveryRow>> {
    let mut statement = Statement::new(on.dialect(), columns!());
    statement.push(" WHERE issue_id = ").bind(issue.0)?;
    statement.push(" AND lifecycle_id IN ");
    statement.bind_list(events.iter().map(|event| event.0))?;
    statement.push(" ORDER BY id LIMIT ").bind(limit)?;
    let rows: Vec<Row> = statement.fetch_all(on).await?;
    rows.into_iter().map(Row::read).collect()
}

/// One by its id.
pub async fn get(mut on: impl Reads, id: DeliveryId) -> Result<Option<DeliveryRow>> {
    let row = fetch_optional!(on, Row, concat!(columns!(), " WHERE id = $1"), id.0)?;
    row.map(Row::read).transpose()
}

/// What an installation was and is told, the newest first.
pub async fn list(mut on: impl Reads, installation: InstallationId, limit: i64) -> Result<Vec<DeliveryRow>> {
    let sql = concat!(
        columns!(),
        " WHERE installation_id = $1 ORDER BY lifecycle_id DESC LIMIT $2"
    );
    let rows = fetch_all!(on, Row, sql, installation.0, limit)?;
    rows.into_iter().map(Row::read).collect()
}

/// A page of what an installation was and is told, the newest first; of one state, if one is given.
pub async fn of_state(
    on: impl Reads,
    installation: InstallationId,
    state: Option<DeliveryState>,
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<Page<DeliveryRow>> {
    let is_backwards = cursor.is_some_and(|cursor| cursor.is_prev);
    let from = cursor.map_or(i64::MAX, |cursor| cursor.value);
    let mut statement = Statement::new(on.dialect(), columns!());
    statement.push(" WHERE installation_id = ").bind(installation.0)?;
    if let Some(state) = state {
        statement.push(" AND state = ").push(&state.code().to_string());
    }
    statement.push(if is_backwards {
        " AND lifecycle_id > "
    } else {
        " AND lifecycle_id < "
    });
    statement.bind(from)?.push(if is_backwards {
        " ORDER BY lifecycle_id LIMIT "
    } else {
        " ORDER BY lifecycle_id DESC LIMIT "
    });
    statement.bind(i64::from(limit) + 1)?;
    let rows: Vec<Row> = statement.fetch_all(on).await?;
    let rows = rows.into_iter().map(Row::read).collect::<Result<Vec<_>>>()?;
    Ok(page::by_key(rows, cursor, limit, |row| row.delivery.lifecycle.0))
}

/// How many deliveries stand somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateCount {
    /// Where.
    pub state: DeliveryState,
    /// How many.
    pub count: i64,
}

/// How many deliveries stand in each state that any stands in.
pub async fn counts(mut on: impl Reads) -> Result<Vec<StateCount>> {
    let rows = fetch_all!(
        on,
        (i16, i64),
        "SELECT state, COUNT(*) FROM delivery GROUP BY state ORDER BY state"
    )?;
    rows.into_iter()
        .map(|(code, count)| {
            Ok(StateCount {
                state: state(code)?,
                count,
            })
        })
        .collect()
}
