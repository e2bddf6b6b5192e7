//! What happened since a moment, counted from the events themselves: to the millisecond, by tags, with distinct users,
//! which no counter knows. Nothing is written for it when events come in; what is looked at is bounded instead.
//!
//! Ids of rows grow with the time an event was received, so a stretch of time is a stretch of `event_of_issue`.

use std::collections::{HashMap, HashSet};

use errand_model::issue::Issue;
use errand_model::{Ids, IssueId, ProjectId, Timestamp};
use serde::Deserialize;

use crate::issues::{IssueRow, issue_columns};
use crate::{Db, Reads, Result, Statement, codec, fetch_all};

/// Events that are read at once.
const PAGE: i64 = 200;
/// The largest event that is looked into, in bytes.
const PAYLOAD_BYTES: usize = 16 * 1024 * 1024;

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

/// What was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Events.
    pub events: i64,
    /// Distinct users.
    pub users: i64,
    /// Whether there was more than was looked at: then it is the least that it was.
    pub is_capped: bool,
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

/// Looks at the events that came in, the newest first, at most `most`, and counts those with all of `tags`.
pub async fn seen(
    db: &Db,
    place: Place<'_>,
    tags: &[(String, String)],
    stretch: Stretch,
    most: i64,
) -> Result<Seen> {
    let mut seen = Seen::default();
    let mut users: HashSet<(i64, String)> = HashSet::new();
    let (floor, mut before) = stretch.ids();
    let mut left = most;
    loop {
        let page = page(db, place, floor, before, PAGE).await?;
        let is_last = (page.len() as i64) < PAGE;
        for (id, project, _, payload) in page {
            if left == 0 {
                seen.is_capped = true;
                break;
            }
            left -= 1;
            before = id;
            let is_meant = match place {
                Place::Issue(_) => true,
                Place::Projects(projects) => projects.contains(&ProjectId(project)),
            };
            if !is_meant {
                continue;
            }
            let event = codec::decompress(&payload, PAYLOAD_BYTES)?;
            // What is kept is what the hub wrote.
            let Ok(event) = serde_json::from_slice::<Glance>(&event) else {
                continue;
            };
            if event.has(tags) {
                seen.events += 1;
                users.extend(event.user.and_then(|user| Some((project, user.key()?))));
            }
        }
        if is_last || seen.is_capped {
            seen.users = users.len() as i64;
            return Ok(seen);
        }
    }
}

/// What happened of an issue within a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minute {
    /// When it began.
    pub at: Timestamp,
    /// The issue.
    pub issue: IssueId,
    /// Events.
    pub events: u32,
    /// Whose they were: numbers that tell users apart, where they are asked for.
    pub users: Vec<u32>,
}

/// Events by minute and issue, the oldest first; of more than `most` the newest, without a look at what they say. And whether
/// there were more.
pub async fn by_minutes(
    db: &Db,
    projects: &[ProjectId],
    stretch: Stretch,
    most: i64,
) -> Result<(Vec<Minute>, bool)> {
    let (from, before) = stretch.ids();
    let mut statement = Statement::new(db.dialect(), "SELECT id, issue_id FROM event WHERE id >= ");
    statement.bind(from)?;
    statement.push(" AND id < ").bind(before)?;
    statement.push(" AND project_id IN ");
    statement.bind_list(projects.iter().map(|project| project.0))?;
    statement.push(" ORDER BY id DESC LIMIT ").bind(most)?;
    let rows: Vec<(i64, i64)> = statement.fetch_all(db).await?;
    let is_capped = rows.len() as i64 == most;
    let seen = rows.into_iter().map(|(id, issue)| (id, issue, None));
    Ok((minutes(seen.collect()), is_capped))
}

/// The same of events with all of `tags`, and their users.
pub async fn seen_by_minutes(
    db: &Db,
    projects: &[ProjectId],
    tags: &[(String, String)],
    stretch: Stretch,
    most: i64,
) -> Result<(Vec<Minute>, bool)> {
    let mut users: HashMap<(i64, String), u32> = HashMap::new();
    let mut seen = Vec::new();
    let (floor, mut before) = stretch.ids();
    let mut left = most;
    loop {
        let page = page(db, Place::Projects(projects), floor, before, PAGE.min(left)).await?;
        let is_last = (page.len() as i64) < PAGE;
        for (id, project, issue, payload) in page {
            left -= 1;
            before = id;
            if !projects.contains(&ProjectId(project)) {
                continue;
            }
            let event = codec::decompress(&payload, PAYLOAD_BYTES)?;
            let Ok(event) = serde_json::from_slice::<Glance>(&event) else {
                continue;
            };
            if event.has(tags) {
                let next = u32::try_from(users.len()).unwrap_or(u32::MAX);
                let user = event.user.and_then(|user| Some((project, user.key()?)));
                let user = user.map(|user| *users.entry(user).or_insert(next));
                seen.push((id, issue, user));
            }
        }
        if is_last || left <= 0 {
            return Ok((minutes(seen), left <= 0));
        }
    }
}

/// Of events with their issues and users, the newest first.
fn minutes(mut seen: Vec<(i64, i64, Option<u32>)>) -> Vec<Minute> {
    seen.reverse();
    let mut minutes: Vec<Minute> = Vec::new();
    // Where the minutes begin that are told of the present one.
    let mut present = 0;
    for (id, issue, user) in seen {
        let at = Timestamp::from_seconds(Ids::time(id).seconds() / 60 * 60);
        if minutes.last().is_none_or(|last| last.at != at) {
            present = minutes.len();
        }
        let mut known = minutes[present..].iter_mut();
        match known.find(|minute| minute.issue.0 == issue) {
            Some(minute) => {
                minute.events += 1;
                minute.users.extend(user);
            }
            None => minutes.push(Minute {
                at,
                issue: IssueId(issue),
                events: 1,
                users: user.into_iter().collect(),
            }),
        }
    }
    minutes
}

type Row = (i64, i64, i64, Vec<u8>);

async fn page(on: &Db, place: Place<'_>, floor: i64, before: i64, limit: i64) -> Result<Vec<Row>> {
    match place {
        Place::Issue(issue) => fetch_all!(
            on,
            Row,
            "SELECT id, project_id, issue_id, payload FROM event WHERE issue_id = $1 AND id >= $2 AND id < $3
             ORDER BY id DESC LIMIT $4",
            issue.0,
            floor,
            before,
            limit
        ),
        Place::Projects(_) => fetch_all!(
            on,
            Row,
            "SELECT id, project_id, issue_id, payload FROM event WHERE id >= $1 AND id < $2 ORDER BY id DESC LIMIT $3",
            floor,
            before,
            limit
        ),
    }
}

/// The parts of an event that are counted by.
#[derive(Deserialize)]
struct Glance {
    #[serde(default)]
    tags: Vec<(String, Option<String>)>,
    #[serde(default)]
    user: Option<GlanceUser>,
}

#[derive(Deserialize)]
struct GlanceUser {
    id: Option<String>,
    email: Option<String>,
    username: Option<String>,
    ip_address: Option<String>,
}

impl Glance {
    fn has(&self, wanted: &[(String, String)]) -> bool {
        wanted.iter().all(|(key, value)| {
            let mut tags = self.tags.iter();
            tags.any(|(tag, is)| tag == key && is.as_deref() == Some(value))
        })
    }
}

impl GlanceUser {
    /// What tells users apart, as `EventUser::key` has it.
    fn key(self) -> Option<String> {
        let named = [
            ("id", self.id),
            ("email", self.email),
            ("username", self.username),
            ("ip", self.ip_address),
        ];
        let mut named = named.into_iter().filter_map(|(kind, value)| Some((kind, value?)));
        named.next().map(|(kind, value)| format!("{kind}:{value}"))
    }
}
