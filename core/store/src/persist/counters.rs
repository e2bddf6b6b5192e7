//! What is counted by issue: added up in memory, then written with one row for each sum.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use errand_model::digested::{DigestedEvent, EventUser};
use errand_model::{IssueId, ProjectId, Timestamp};

use super::gather::Gathered;
use super::issues::Standings;
use super::known::{Folded, Known};
use crate::bulk::Bulk;
use crate::{Result, Tx, app_user_id, tag_key_id, tag_value_id};

type FoldedMap<K, V> = HashMap<K, V, BuildHasherDefault<Folded>>;
type FoldedSet<K> = HashSet<K, BuildHasherDefault<Folded>>;

/// What the batch adds.
#[derive(Default)]
struct Sums<'a> {
    /// Events by issue and hour.
    hours: FoldedMap<(i64, i64), i64>,
    /// By issue, key and value.
    tags: FoldedMap<(i64, i64, i64), TagSum>,
    values: FoldedMap<i64, (ProjectId, &'a str, &'a str)>,
    users: FoldedMap<i64, (ProjectId, &'a EventUser)>,
    /// By issue and user.
    issue_users: FoldedSet<(i64, i64)>,
    /// When a release was seen first and last.
    releases: HashMap<(ProjectId, &'a str), (Timestamp, Timestamp)>,
}

struct TagSum {
    events: i64,
    first: Timestamp,
    last: Timestamp,
}

/// What is known to be stored once the transaction is.
#[derive(Default)]
pub(super) struct Counted {
    tag_values: Vec<i64>,
    users: Vec<(i64, u64)>,
    issue_users: Vec<(i64, i64, i64)>,
}

impl Counted {
    pub(super) fn remember(self, known: &Known) {
        let mut sets = known.lock();
        self.tag_values
            .into_iter()
            .for_each(|value| sets.tag_values.insert(value));
        self.users.into_iter().for_each(|user| sets.users.insert(user));
        self.issue_users
            .into_iter()
            .for_each(|pair| sets.issue_users.insert(pair));
    }
}

/// Counts the batch. The users that are new to an issue are added to its standing.
pub(super) async fn count(
    tx: &mut Tx,
    known: &Known,
    gathered: &Gathered<'_>,
    standings: &mut Standings<'_>,
) -> Result<Counted> {
    let sums = add_up(gathered);
    write_hours(tx, &sums).await?;
    write_releases(tx, &sums).await?;
    let tag_values = write_tags(tx, known, &sums).await?;
    let users = write_users(tx, known, &sums).await?;
    let issue_users = write_issue_users(tx, known, &sums, standings).await?;
    Ok(Counted {
        tag_values,
        users,
        issue_users,
    })
}

fn add_up<'a>(gathered: &Gathered<'a>) -> Sums<'a> {
    let mut sums = Sums::default();
    let mut keys: HashMap<&str, i64> = HashMap::new();
    for incoming in &gathered.events {
        let event = incoming.event;
        let issue = incoming.issue.0;
        *sums
            .hours
            .entry((issue, event.timestamp.hour().micros()))
            .or_default() += 1;
        for (key, value) in &event.tags {
            let key_id = *keys.entry(key).or_insert_with(|| tag_key_id(key));
            let value_id = tag_value_id(event.project, key, value);
            sums.values.entry(value_id).or_insert((event.project, key, value));
            add_tag(&mut sums, (issue, key_id, value_id), event);
        }
        if let Some(user) = &event.user {
            let id = app_user_id(event.project, &user.key);
            sums.users.insert(id, (event.project, user));
            sums.issue_users.insert((issue, id));
        }
        if let Some(release) = &event.release {
            let (first, last) = sums
                .releases
                .entry((event.project, release))
                .or_insert((event.timestamp, event.timestamp));
            *first = event.timestamp.min(*first);
            *last = event.timestamp.max(*last);
        }
    }
    sums
}

fn add_tag(sums: &mut Sums<'_>, key: (i64, i64, i64), event: &DigestedEvent) {
    let sum = sums.tags.entry(key).or_insert(TagSum {
        events: 0,
        first: event.timestamp,
        last: event.timestamp,
    });
    sum.events += 1;
    sum.first = sum.first.min(event.timestamp);
    sum.last = sum.last.max(event.timestamp);
}

static HOURS: Bulk = Bulk::new(
    "INSERT INTO issue_hour (issue_id, hour, events) VALUES ",
    3,
    " ON CONFLICT (issue_id, hour) DO UPDATE SET events = issue_hour.events + excluded.events",
);

async fn write_hours(tx: &mut Tx, sums: &Sums<'_>) -> Result<()> {
    let mut rows: Vec<((i64, i64), i64)> = sums.hours.iter().map(|(key, events)| (*key, *events)).collect();
    rows.sort_unstable();
    HOURS
        .execute(tx, &rows, |arguments, ((issue, hour), events)| {
            arguments.add(*issue)?;
            arguments.add(*hour)?;
            arguments.add(*events)
        })
        .await
        .map(|_| ())
}

static RELEASES: Bulk = Bulk::new(
    "INSERT INTO release (project_id, version, heard, first_seen, last_seen, commits, is_archived) VALUES ",
    7,
    " ON CONFLICT (project_id, version) DO UPDATE SET
        heard = CASE WHEN excluded.heard < release.heard THEN excluded.heard ELSE release.heard END,
        first_seen = CASE WHEN release.first_seen IS NULL OR excluded.first_seen < release.first_seen
            THEN excluded.first_seen ELSE release.first_seen END,
        last_seen = CASE WHEN release.last_seen IS NULL OR excluded.last_seen > release.last_seen
            THEN excluded.last_seen ELSE release.last_seen END",
);

async fn write_releases(tx: &mut Tx, sums: &Sums<'_>) -> Result<()> {
    let mut rows: Vec<_> = sums.releases.iter().collect();
    rows.sort_unstable();
    RELEASES
        .execute(tx, &rows, |arguments, ((project, version), (first, last))| {
            arguments.add(project.0)?;
            arguments.add_key(Some(version))?;
            arguments.add(first.micros())?;
            arguments.add(first.micros())?;
            arguments.add(last.micros())?;
            arguments.add(0_i64)?;
            arguments.add(false)
        })
        .await
        .map(|_| ())
}

static TAG_VALUES: Bulk = Bulk::new(
    "INSERT INTO tag_value (id, project_id, key, value) VALUES ",
    4,
    " ON CONFLICT (id) DO NOTHING",
);

static TAGS: Bulk = Bulk::new(
    "INSERT INTO issue_tag (issue_id, key_id, value_id, events, first_seen, last_seen) VALUES ",
    6,
    " ON CONFLICT (issue_id, key_id, value_id) DO UPDATE SET
        events = issue_tag.events + excluded.events,
        first_seen = CASE WHEN excluded.first_seen < issue_tag.first_seen
            THEN excluded.first_seen ELSE issue_tag.first_seen END,
        last_seen = CASE WHEN excluded.last_seen > issue_tag.last_seen
            THEN excluded.last_seen ELSE issue_tag.last_seen END",
);

async fn write_tags(tx: &mut Tx, known: &Known, sums: &Sums<'_>) -> Result<Vec<i64>> {
    let mut fresh: Vec<i64> = {
        let mut sets = known.lock();
        sums.values
            .keys()
            .copied()
            .filter(|value| !sets.tag_values.contains(*value))
            .collect()
    };
    fresh.sort_unstable();
    TAG_VALUES
        .execute(tx, &fresh, |arguments, id| {
            let (project, key, value) = sums.values[id];
            arguments.add(*id)?;
            arguments.add(project.0)?;
            arguments.add_key(Some(key))?;
            arguments.add_key(Some(value))
        })
        .await?;
    let mut rows: Vec<_> = sums.tags.iter().collect();
    rows.sort_unstable_by_key(|(key, _)| **key);
    TAGS.execute(tx, &rows, |arguments, ((issue, key, value), sum)| {
        arguments.add(*issue)?;
        arguments.add(*key)?;
        arguments.add(*value)?;
        arguments.add(sum.events)?;
        arguments.add(sum.first.micros())?;
        arguments.add(sum.last.micros())
    })
    .await?;
    Ok(fresh)
}

/// What is known of a user may grow: a name that comes with a later event is added.
static USERS: Bulk = Bulk::new(
    "INSERT INTO app_user (id, project_id, key, ident, email, username, ip) VALUES ",
    7,
    " ON CONFLICT (id) DO UPDATE SET
        ident = COALESCE(excluded.ident, app_user.ident),
        email = COALESCE(excluded.email, app_user.email),
        username = COALESCE(excluded.username, app_user.username),
        ip = COALESCE(excluded.ip, app_user.ip)",
);

async fn write_users(tx: &mut Tx, known: &Known, sums: &Sums<'_>) -> Result<Vec<(i64, u64)>> {
    let mut fresh: Vec<(i64, u64)> = {
        let mut sets = known.lock();
        let keys = sums.users.iter().map(|(id, (_, user))| (*id, content(user)));
        keys.filter(|key| !sets.users.contains(*key)).collect()
    };
    fresh.sort_unstable();
    USERS
        .execute(tx, &fresh, |arguments, (id, _)| {
            let (project, user) = sums.users[id];
            arguments.add(*id)?;
            arguments.add(project.0)?;
            arguments.add_key(Some(&user.key))?;
            arguments.add_key(user.id.as_deref())?;
            arguments.add_key(user.email.as_deref())?;
            arguments.add_key(user.username.as_deref())?;
            arguments.add_key(user.ip.as_deref())
        })
        .await?;
    Ok(fresh)
}

/// Tells one description of a user from another; lives no longer than the process.
fn content(user: &EventUser) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&user.id, &user.email, &user.username, &user.ip).hash(&mut hasher);
    hasher.finish()
}

static ISSUE_USERS: Bulk = Bulk::new(
    "INSERT INTO issue_user (issue_id, user_id) VALUES ",
    2,
    " ON CONFLICT DO NOTHING RETURNING issue_id",
);

async fn write_issue_users(
    tx: &mut Tx,
    known: &Known,
    sums: &Sums<'_>,
    standings: &mut Standings<'_>,
) -> Result<Vec<(i64, i64, i64)>> {
    let mut fresh: Vec<(i64, i64, i64)> = {
        let mut sets = known.lock();
        let revision = |issue: i64| {
            standings
                .get(&IssueId(issue))
                .map_or(0, |standing| standing.revision)
        };
        let pairs = sums
            .issue_users
            .iter()
            .map(|(issue, user)| (*issue, revision(*issue), *user));
        pairs.filter(|pair| !sets.issue_users.contains(*pair)).collect()
    };
    fresh.sort_unstable();
    let new: Vec<(i64,)> = ISSUE_USERS
        .fetch(tx, &fresh, |arguments, (issue, _, user)| {
            arguments.add(*issue)?;
            arguments.add(*user)
        })
        .await?;
    for (issue,) in new {
        if let Some(standing) = standings.get_mut(&IssueId(issue)) {
            standing.new_users += 1;
        }
    }
    Ok(fresh)
}
