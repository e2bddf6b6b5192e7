//! What came in since a moment, counted from the events themselves, to the millisecond. Nothing is written for it when events
//! come in; what is looked at is bounded instead. What they say is counted from [facts](crate::facts).
//!
//! Ids of rows grow with the time an event was received, so a stretch of time is a stretch of `event_of_issue`.

use errand_model::issue::Issue;
use errand_model::{Ids, IssueId, ProjectId, Timestamp};

use crate::issues::{IssueRow, issue_columns};
use crate::{Reads, Result, Statement};

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// When it begins.
    pub since: Timestamp,
    /// When it is over, which does not belong to it; none where it still lasts.
    pub until: Option<Timestamp>,
}

impl Stretch {
    /// All that came since then.
    pub const fn since(since: Timestamp) -> Self {
        Stretch { since, until: None }
    }

    /// From then to then.
    pub const fn between(since: Timestamp, until: Timestamp) -> Self {
        Stretch {
            since,
            until: Some(until),
        }
    }

    /// Ids of the events that came in: from the first, up to the second, which is not one of them.
    fn ids(self) -> (i64, i64) {
        (Ids::floor(self.since), self.until.map_or(i64::MAX, Ids::floor))
    }
}

/// Whose events.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// One issue's.
    Issue(IssueId),
    /// Those of projects.
    Projects(&'a [ProjectId]),
}

/// How many events came in; counts to `most`, without a look at what they say.
pub async fn count(on: impl Reads, place: Place<'_>, stretch: Stretch, most: i64) -> Result<i64> {
    let (from, before) = stretch.ids();
    let mut statement = Statement::new(
        on.dialect(),
        "SELECT COUNT(*) FROM (SELECT 1 AS one FROM event WHERE id >= ",
    );
    statement.bind(from)?;
    statement.push(" AND id < ").bind(before)?;
    match place {
        Place::Issue(issue) => statement.push(" AND issue_id = ").bind(issue.0)?,
        Place::Projects(projects) => {
            statement.push(" AND project_id IN ");
            statement.bind_list(projects.iter().map(|project| project.0))?
        }
    };
    statement.push(" LIMIT ").bind(most)?;
    statement.push(") AS counted");
    let rows: Vec<(i64,)> = statement.fetch_all(on).await?;
    Ok(rows.first().map_or(0, |(count,)| *count))
}

/// Open issues of projects of which at least so many events came in since then, the latest seen first. Costs what
/// the events cost that are counted, `at_least` for each issue that happened since.
pub async fn frequent(
    on: impl Reads,
    projects: &[ProjectId],
    since: Timestamp,
    at_least: i64,
    limit: i64,
) -> Result<Vec<Issue>> {
    let mut statement = Statement::new(
        on.dialect(),
        concat!(
            "SELECT ",
            issue_columns!(),
            " FROM issue WHERE status = 0 AND project_id IN "
        ),
    );
    statement.bind_list(projects.iter().map(|project| project.0))?;
    statement.push(" AND last_seen >= ").bind(since.micros())?;
    statement
        .push(
            " AND (SELECT COUNT(*) FROM (SELECT 1 AS one FROM event WHERE event.issue_id = issue.id AND event.id >= ",
        )
        .bind(Ids::floor(since))?;
    statement.push(" LIMIT ").bind(at_least)?;
    statement.push(") AS counted) >= ").bind(at_least)?;
    statement.push(" ORDER BY last_seen DESC LIMIT ").bind(limit)?;
    let rows: Vec<IssueRow> = statement.fetch_all(on).await?;
    rows.into_iter().map(Issue::try_from).collect()
}
