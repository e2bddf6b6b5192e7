//! The trend of issues: the events of the last day over the mean of the week before, times 1000; and with it how urgent
//! they are.

use errand_model::issue::Priority;
use errand_model::urgency::Urgency;
use errand_model::{IssueId, Level};

use crate::bulk::Bulk;
use crate::{Context, Db, Result, fetch_all};

const DAY_SECONDS: i64 = 86_400;

static WRITE: Bulk = Bulk::new(
    "UPDATE issue SET trend = given.column2, score = given.column3 FROM (VALUES ",
    3,
    ") AS given WHERE issue.id = given.column1",
);

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    trend: i64,
    score: i64,
    level: i16,
    priority: i16,
    users_seen: i64,
    first_seen: i64,
    day: i64,
    week: i64,
}

impl Row {
    /// Its trend and its score now.
    fn now(&self, now: i64) -> (i64, i64) {
        let trend = trend(self.day, self.week);
        let urgency = Urgency {
            level: Level::from_code(self.level),
            priority: Priority::from_code(self.priority).unwrap_or(Priority::Medium),
            users: self.users_seen,
            day: self.day,
            trend,
            age_hours: (now - self.first_seen) / 3_600_000_000,
        };
        (trend, urgency.score())
    }
}

/// Computes the trend of up to `limit` issues with ids above `after` anew, of those that were seen lately or have a
/// trend. Answers the id to go on behind; none when there are no more.
pub async fn refresh_trends(db: &Db, cx: Context<'_>, after: IssueId, limit: i64) -> Result<Option<IssueId>> {
    let day = cx.now().plus_seconds(-DAY_SECONDS).micros();
    let week = cx.now().plus_seconds(-8 * DAY_SECONDS).micros();
    let rows = fetch_all!(
        db,
        Row,
        "SELECT issue.id, trend, score, level, priority, users_seen, first_seen,
            (SELECT CAST(COALESCE(SUM(events), 0) AS BIGINT) FROM issue_hour
             WHERE issue_id = issue.id AND hour > $1) AS day,
            (SELECT CAST(COALESCE(SUM(events), 0) AS BIGINT) FROM issue_hour
             WHERE issue_id = issue.id AND hour > $2 AND hour <= $1) AS week
         FROM issue WHERE issue.id > $3 AND (last_seen > $2 OR trend <> 0) ORDER BY issue.id LIMIT $4",
        day,
        week,
        after.0,
        limit
    )?;
    let last = rows.last().map(|row| IssueId(row.id));
    let is_full = rows.len() as i64 >= limit;
    // What did not move is not written: both stand in an index.
    let now = cx.now().micros();
    let moved: Vec<(i64, i64, i64)> = rows
        .iter()
        .filter(|row| row.now(now) != (row.trend, row.score))
        .map(|row| {
            let (trend, score) = row.now(now);
            (row.id, trend, score)
        })
        .collect();
    if !moved.is_empty() {
        let mut tx = db.begin().await?;
        WRITE
            .execute(&mut tx, &moved, |arguments, (id, trend, score)| {
                arguments.add(*id)?;
                arguments.add(*trend)?;
                arguments.add(*score)
            })
            .await?;
        tx.commit().await?;
    }
    Ok(last.filter(|_| is_full))
}

/// A mean below one event a day counts as one, so that the first events of a new issue are no infinite growth.
fn trend(day: i64, week: i64) -> i64 {
    day.saturating_mul(7_000) / week.max(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_issue_stands_at_a_thousand() {
        assert_eq!(trend(10, 70), 1_000);
        assert_eq!(trend(30, 70), 3_000);
        assert_eq!(trend(0, 70), 0);
        assert_eq!(trend(5, 0), 5_000);
    }
}
