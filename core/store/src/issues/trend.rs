//! The trend of issues: the events of the last day over the mean of the week before, times 1000.

use errand_model::IssueId;

use crate::bulk::Bulk;
use crate::{Context, Db, Result, fetch_all};

const DAY_SECONDS: i64 = 86_400;

static WRITE: Bulk = Bulk::new(
    "UPDATE issue SET trend = given.column2 FROM (VALUES ",
    2,
    ") AS given WHERE issue.id = given.column1",
);

/// Computes the trend of up to `limit` issues with ids above `after` anew, of those that were seen lately or have a
/// trend. Answers the id to go on behind; none when there are no more.
pub async fn refresh_trends(db: &Db, cx: Context<'_>, after: IssueId, limit: i64) -> Result<Option<IssueId>> {
    let day = cx.now().plus_seconds(-DAY_SECONDS).micros();
    let week = cx.now().plus_seconds(-8 * DAY_SECONDS).micros();
    let rows = fetch_all!(
        db,
        (i64, i64, i64, i64),
        "SELECT issue.id, trend,
            (SELECT CAST(COALESCE(SUM(events), 0) AS BIGINT) FROM issue_hour
             WHERE issue_id = issue.id AND hour > $1),
            (SELECT CAST(COALESCE(SUM(events), 0) AS BIGINT) FROM issue_hour
             WHERE issue_id = issue.id AND hour > $2 AND hour <= $1)
         FROM issue WHERE issue.id > $3 AND (last_seen > $2 OR trend <> 0) ORDER BY issue.id LIMIT $4",
        day,
        week,
        after.0,
        limit
    )?;
    let last = rows.last().map(|(id, ..)| IssueId(*id));
    let is_full = rows.len() as i64 >= limit;
    // An unchanged trend is not written: it stands in an index.
    let moved: Vec<(i64, i64)> = rows
        .into_iter()
        .map(|(id, was, day, week)| (id, was, trend(day, week)))
        .filter(|(_, was, now)| was != now)
        .map(|(id, _, now)| (id, now))
        .collect();
    if !moved.is_empty() {
        let mut tx = db.begin().await?;
        WRITE
            .execute(&mut tx, &moved, |arguments, (id, trend)| {
                arguments.add(*id)?;
                arguments.add(*trend)
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
