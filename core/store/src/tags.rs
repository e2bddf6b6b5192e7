//! Tags of an issue: how often each value was seen.

use errand_model::page::{Cursor, Page};
use errand_model::{IssueId, ProjectId, Timestamp};

use crate::hashed::tag_key_id;
use crate::{Db, Result, Statement, fetch_all, fetch_one, page};

/// A tag of an issue, counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// The tag.
    pub key: String,
    /// Events that have it.
    pub events: i64,
    /// Distinct values.
    pub values: i64,
    /// The commonest values.
    pub top: Vec<TagCount>,
}

/// A value of a tag of an issue, counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagCount {
    /// The value.
    pub value: String,
    /// Events that have it.
    pub events: i64,
    /// When it was first seen there.
    pub first_seen: Timestamp,
    /// When it was last seen there.
    pub last_seen: Timestamp,
}

/// How values of a tag are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TagSort {
    /// The commonest first.
    #[default]
    Events,
    /// The latest first.
    LastSeen,
    /// The newest first.
    FirstSeen,
}

/// Tags of an issue that are looked at: SDKs send a few dozen.
const FACETS: i64 = 200;

/// The tags of an issue, by name, each with its `top` commonest values.
pub async fn facets(db: &Db, issue: IssueId, top: u32) -> Result<Vec<Facet>> {
    let sql = "SELECT key_id, CAST(SUM(events) AS BIGINT), COUNT(*) FROM issue_tag WHERE issue_id = $1 \
               GROUP BY key_id LIMIT $2";
    let keys = fetch_all!(db, (i64, i64, i64), sql, issue.0, FACETS)?;
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut facets: Vec<(i64, Facet)> = Vec::with_capacity(keys.len());
    for row in commonest(db, issue, keys.iter().map(|(key, ..)| *key), top.max(1)).await? {
        let counts = keys.iter().find(|(key, ..)| *key == row.key_id);
        let (events, values) = counts.map_or((0, 0), |(_, events, values)| (*events, *values));
        let value = row.count();
        match facets.iter_mut().find(|(key, _)| *key == row.key_id) {
            Some((_, facet)) => facet.top.push(value),
            None => facets.push((
                row.key_id,
                Facet {
                    key: row.key,
                    events,
                    values,
                    top: vec![value],
                },
            )),
        }
    }
    let mut facets: Vec<Facet> = facets.into_iter().map(|(_, facet)| facet).collect();
    for facet in &mut facets {
        facet.top.truncate(top as usize);
    }
    facets.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(facets)
}

/// One tag of an issue with its `top` commonest values; none if no event of it has the tag.
pub async fn facet(db: &Db, issue: IssueId, key: &str, top: u32) -> Result<Option<Facet>> {
    let sql = "SELECT CAST(COALESCE(SUM(events), 0) AS BIGINT), COUNT(*) FROM issue_tag \
               WHERE issue_id = $1 AND key_id = $2";
    let (events, values) = fetch_one!(db, (i64, i64), sql, issue.0, tag_key_id(key))?;
    if values == 0 {
        return Ok(None);
    }
    let page = values_of(db, issue, key, TagSort::Events, None, top).await?;
    Ok(Some(Facet {
        key: key.to_owned(),
        events,
        values,
        top: page.rows,
    }))
}

/// A page of the values of a tag of an issue.
pub async fn values_of(
    db: &Db,
    issue: IssueId,
    key: &str,
    sort: TagSort,
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<Page<TagCount>> {
    let mut statement = Statement::new(
        db.dialect(),
        "SELECT v.value, t.events, t.first_seen, t.last_seen, t.key_id, v.key FROM issue_tag t \
         JOIN tag_value v ON v.id = t.value_id WHERE t.issue_id = ",
    );
    statement
        .bind(issue.0)?
        .push(" AND t.key_id = ")
        .bind(tag_key_id(key))?;
    statement.push(match sort {
        TagSort::Events => " ORDER BY t.events DESC, t.value_id LIMIT ",
        TagSort::LastSeen => " ORDER BY t.last_seen DESC, t.value_id LIMIT ",
        TagSort::FirstSeen => " ORDER BY t.first_seen DESC, t.value_id LIMIT ",
    });
    statement.bind(i64::from(limit) + 1)?.push(" OFFSET ");
    statement.bind(cursor.map_or(0, |cursor| cursor.offset))?;
    let rows: Vec<Row> = statement.fetch_all(db).await?;
    let values = rows.into_iter().map(|row| row.count()).collect();
    Ok(page::by_offset(values, cursor, limit))
}

#[derive(sqlx::FromRow)]
struct Row {
    key_id: i64,
    key: String,
    value: String,
    events: i64,
    first_seen: i64,
    last_seen: i64,
}

impl Row {
    fn count(&self) -> TagCount {
        TagCount {
            value: self.value.clone(),
            events: self.events,
            first_seen: Timestamp::from_micros(self.first_seen),
            last_seen: Timestamp::from_micros(self.last_seen),
        }
    }
}

/// The commonest values of each key: one ordered look at each, so that nothing large is sorted.
async fn commonest(db: &Db, issue: IssueId, keys: impl Iterator<Item = i64>, top: u32) -> Result<Vec<Row>> {
    let mut statement = Statement::new(
        db.dialect(),
        "SELECT t.key_id, v.key, v.value, t.events, t.first_seen, t.last_seen FROM (",
    );
    for (at, key) in keys.enumerate() {
        statement.push(if at == 0 { "" } else { " UNION ALL " });
        statement
            .push("SELECT * FROM (SELECT key_id, value_id, events, first_seen, last_seen FROM issue_tag WHERE issue_id = ")
            .bind(issue.0)?
            .push(" AND key_id = ")
            .bind(key)?
            .push(" ORDER BY events DESC, value_id LIMIT ")
            .bind(i64::from(top))?
            .push(") AS key_")
            .push(&at.to_string());
    }
    statement
        .push(") AS t JOIN tag_value v ON v.id = t.value_id ORDER BY t.key_id, t.events DESC, t.value_id");
    statement.fetch_all(db).await
}

/// A value that a tag had for the first time in its project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewValue {
    /// The value.
    pub value: String,
    /// The issue that it was seen in first.
    pub issue: IssueId,
    /// When.
    pub first_seen: Timestamp,
}

/// Values that a tag had in that time, and never before in their project; the oldest first, at most `limit`. Costs what
/// the issues cost that happened since.
pub async fn new_values(
    db: &Db,
    projects: &[ProjectId],
    key: &str,
    (since, until): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<NewValue>> {
    let mut statement = Statement::new(
        db.dialect(),
        "SELECT tag_value.value, issue_tag.issue_id, issue_tag.first_seen
         FROM issue JOIN issue_tag ON issue_tag.issue_id = issue.id
         JOIN tag_value ON tag_value.id = issue_tag.value_id
         WHERE issue.project_id IN ",
    );
    statement.bind_list(projects.iter().map(|project| project.0))?;
    statement.push(" AND issue.last_seen >= ").bind(since.micros())?;
    statement.push(" AND issue_tag.key_id = ").bind(tag_key_id(key))?;
    statement
        .push(" AND issue_tag.first_seen >= ")
        .bind(since.micros())?;
    statement
        .push(" AND issue_tag.first_seen < ")
        .bind(until.micros())?;
    // Of several issues with the value, the one that had it first stands for it.
    statement.push(
        " AND NOT EXISTS (SELECT 1 FROM issue_tag AS other WHERE other.value_id = issue_tag.value_id
            AND (other.first_seen < issue_tag.first_seen
                OR (other.first_seen = issue_tag.first_seen AND other.issue_id < issue_tag.issue_id)))
          ORDER BY issue_tag.first_seen, issue_tag.value_id LIMIT ",
    );
    statement.bind(limit)?;
    let rows: Vec<(String, i64, i64)> = statement.fetch_all(db).await?;
    let read = |(value, issue, first_seen)| NewValue {
        value,
        issue: IssueId(issue),
        first_seen: Timestamp::from_micros(first_seen),
    };
    Ok(rows.into_iter().map(read).collect())
}
