//! What a customer ran into, in the order of time.

use errand_model::{EventRow, IssueId, ProjectId, Timestamp};

use super::subjects::Subjects;
use crate::events::{Row, StoredEvent, event_columns};
use crate::{Db, Result, Statement};

/// Users whose events are looked through: a clue that stands for more is too vague for a time line.
const MAX_USERS: usize = 20;

/// An identifier that was seen in an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The issue.
    pub issue: IssueId,
    /// The identifier.
    pub key: String,
    /// Its value.
    pub value: String,
    /// In how many events.
    pub events: i64,
    /// In the first of them.
    pub first_seen: Timestamp,
    /// In the last of them.
    pub last_seen: Timestamp,
}

/// An issue that a user met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The issue.
    pub issue: IssueId,
    /// The user's row.
    pub user: i64,
}

/// Issues in which the identifiers were seen, the newest issues first.
pub async fn sightings(db: &Db, subjects: &Subjects, limit: i64) -> Result<Vec<Sighting>> {
    if subjects.values.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = Statement::new(
        db.dialect(),
        "SELECT issue_id, value_id, events, first_seen, last_seen FROM issue_tag WHERE value_id IN ",
    );
    statement.bind_list(subjects.values.iter().map(|value| value.id))?;
    statement.push(" ORDER BY issue_id DESC LIMIT ").bind(limit)?;
    let rows: Vec<(i64, i64, i64, i64, i64)> = statement.fetch_all(db).await?;
    let sighting = |(issue, id, events, first, last)| {
        let value = subjects.values.iter().find(|value| value.id == id)?;
        Some(Sighting {
            issue: IssueId(issue),
            key: value.key.clone(),
            value: value.value.clone(),
            events,
            first_seen: Timestamp::from_micros(first),
            last_seen: Timestamp::from_micros(last),
        })
    };
    Ok(rows.into_iter().filter_map(sighting).collect())
}

/// Issues that the users met, the newest issues first.
pub async fn visits(db: &Db, subjects: &Subjects, limit: i64) -> Result<Vec<Visit>> {
    if subjects.users.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = Statement::new(
        db.dialect(),
        "SELECT issue_id, user_id FROM issue_user WHERE user_id IN ",
    );
    statement.bind_list(subjects.users.iter().map(|user| user.id))?;
    statement.push(" ORDER BY issue_id DESC LIMIT ").bind(limit)?;
    let rows: Vec<(i64, i64)> = statement.fetch_all(db).await?;
    Ok(rows
        .into_iter()
        .map(|(issue, user)| Visit {
            issue: IssueId(issue),
            user,
        })
        .collect())
}

impl Subjects {
    /// Their events in these projects, the newest first, from before `before` on.
    ///
    /// # Errors
    /// What the database says.
    pub async fn events(
        &self,
        db: &Db,
        projects: &[ProjectId],
        before: Option<EventRow>,
        limit: u32,
    ) -> Result<Vec<StoredEvent>> {
        let before = before.map_or(i64::MAX, |row| row.0);
        let mut statement = Statement::new(db.dialect(), "");
        // One walk along the index for each, so that no user's events are read that are not shown.
        for (at, user) in self.users.iter().take(MAX_USERS).enumerate() {
            statement.push(if at == 0 { "SELECT * FROM (" } else { " UNION ALL " });
            statement
                .push(concat!("SELECT * FROM (", event_columns!("WHERE e.user_id = ")))
                .bind(user.id)?
                .push(" AND e.id < ")
                .bind(before)?
                .push(" ORDER BY e.id DESC LIMIT ")
                .bind(i64::from(limit))?
                .push(") AS of_")
                .push(&at.to_string());
        }
        if self.users.is_empty() {
            return Ok(Vec::new());
        }
        statement
            .push(") AS found ORDER BY id DESC LIMIT ")
            .bind(i64::from(limit))?;
        let rows: Vec<Row> = statement.fetch_all(db).await?;
        let events = rows.into_iter().map(StoredEvent::try_from);
        let mut events = events.collect::<Result<Vec<_>>>()?;
        events.retain(|event| projects.contains(&event.project));
        Ok(events)
    }
}
