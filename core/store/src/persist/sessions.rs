//! Release health: what a batch says of sessions, added to the hours in which they began, and to the minutes.
//!
//! Batches without sessions, which are most of them, cost a look at each envelope.

use std::collections::{BTreeMap, BTreeSet};

use errand_model::health::{Distinct, SessionReport, Sessions};
use errand_model::{ProjectId, Timestamp};

use super::Arrival;
use super::gather::Gathered;
use crate::bulk::Bulk;
use crate::hashed::session_user;
use crate::health::{minutes_since, read_distinct};
use crate::{Context, Result, Tx};

/// Whose hour or minute it is.
type Key<'a> = (ProjectId, Timestamp, &'a str, &'a str);

/// What can be wrong with a session, as it is stored.
const ERRORED: i16 = 0;
const ABNORMAL: i16 = 1;
const CRASHED: i16 = 2;

/// What the batch adds to an hour.
#[derive(Default)]
struct Sum {
    counts: Sessions,
    users: Users,
}

/// Users, and those of them who had trouble.
#[derive(Clone, Default)]
struct Users {
    all: Distinct,
    errored: Distinct,
    abnormal: Distinct,
    crashed: Distinct,
}

impl Users {
    fn each(&mut self) -> [&mut Distinct; 4] {
        [
            &mut self.all,
            &mut self.errored,
            &mut self.abnormal,
            &mut self.crashed,
        ]
    }

    fn add(&mut self, user: u64, counts: Sessions) {
        let counted = [1, counts.errored, counts.abnormal, counts.crashed];
        for (distinct, count) in self.each().into_iter().zip(counted) {
            if count > 0 {
                distinct.insert(user);
            }
        }
    }
}

/// Adds the sessions of the batch.
pub(super) async fn write(
    tx: &mut Tx,
    cx: Context<'_>,
    batch: &[Arrival],
    gathered: &Gathered<'_>,
) -> Result<()> {
    let reports = batch.iter().flat_map(|arrival| {
        arrival
            .envelope
            .sessions
            .iter()
            .map(|report| (arrival.project, report))
    });
    let exists =
        |(project, _): &(ProjectId, &SessionReport)| gathered.projects.binary_search(project).is_ok();
    let reports: Vec<(ProjectId, &SessionReport)> = reports.filter(exists).collect();
    if reports.is_empty() {
        return Ok(());
    }
    let fresh = fresh_trouble(tx, &reports).await?;
    let Sums { hours, minutes } = add_up(&reports, fresh);
    make_known(tx, cx, &hours).await?;
    write_counts(tx, &hours).await?;
    write_minutes(tx, cx, &minutes).await?;
    write_users(tx, &hours).await
}

/// What went wrong with a session, as it is stored.
type Trouble = (i64, Vec<u8>, i16);

static TROUBLE: Bulk = Bulk::new(
    "INSERT INTO session_trouble (project_id, session, kind, hour) VALUES ",
    4,
    " ON CONFLICT DO NOTHING RETURNING project_id, session, kind",
);

/// Writes down what went wrong with single sessions; answers what nobody had heard of before.
async fn fresh_trouble(tx: &mut Tx, reports: &[(ProjectId, &SessionReport)]) -> Result<BTreeSet<Trouble>> {
    let mut rows: BTreeMap<Trouble, i64> = BTreeMap::new();
    for (project, report) in reports {
        let Some(session) = report.session else { continue };
        let counts = report.counts;
        for (kind, count) in [
            (ERRORED, counts.errored),
            (ABNORMAL, counts.abnormal),
            (CRASHED, counts.crashed),
        ] {
            if count > 0 {
                rows.insert(
                    (project.0, session.0.to_vec(), kind),
                    report.minute.hour().micros(),
                );
            }
        }
    }
    let rows: Vec<(Trouble, i64)> = rows.into_iter().collect();
    let fresh = TROUBLE
        .fetch(tx, &rows, |arguments, ((project, session, kind), hour)| {
            arguments.add(*project)?;
            arguments.add(session.as_slice())?;
            arguments.add(*kind)?;
            arguments.add(*hour)
        })
        .await?;
    Ok(fresh.into_iter().collect())
}

/// What the batch says.
#[derive(Default)]
struct Sums<'a> {
    hours: BTreeMap<Key<'a>, Sum>,
    minutes: BTreeMap<Key<'a>, Sessions>,
}

/// Adds up by hour and minute. The trouble of single sessions counts where it is fresh, and once.
fn add_up<'a>(reports: &[(ProjectId, &'a SessionReport)], mut fresh: BTreeSet<Trouble>) -> Sums<'a> {
    let mut sums = Sums::default();
    for (project, report) in reports {
        let of = |began| {
            (
                *project,
                began,
                report.release.as_str(),
                report.environment.as_str(),
            )
        };
        let sum = sums.hours.entry(of(report.minute.hour())).or_default();
        if let Some(user) = &report.user {
            sum.users.add(session_user(*project, user), report.counts);
        }
        let mut counts = report.counts;
        if let Some(session) = report.session {
            let mut once = |kind, count: i64| {
                i64::from(count > 0 && fresh.remove(&(project.0, session.0.to_vec(), kind)))
            };
            counts.errored = once(ERRORED, counts.errored);
            counts.abnormal = once(ABNORMAL, counts.abnormal);
            counts.crashed = once(CRASHED, counts.crashed);
        }
        sum.counts.add(counts);
        sums.minutes.entry(of(report.minute)).or_default().add(counts);
    }
    sums
}

/// Which rows exist already decides nothing here, so none is locked.
static RELEASES: Bulk = Bulk::new(
    "INSERT INTO release (project_id, version, heard, commits, is_archived) VALUES ",
    5,
    " ON CONFLICT (project_id, version) DO NOTHING",
);

/// A session makes its release known as an event does.
async fn make_known(tx: &mut Tx, cx: Context<'_>, sums: &BTreeMap<Key<'_>, Sum>) -> Result<()> {
    let releases: BTreeSet<(ProjectId, &str)> = sums
        .keys()
        .map(|(project, _, release, _)| (*project, *release))
        .collect();
    let releases: Vec<_> = releases.into_iter().collect();
    let heard = cx.now().micros();
    RELEASES
        .execute(tx, &releases, |arguments, (project, release)| {
            arguments.add(project.0)?;
            arguments.add_key(Some(release))?;
            arguments.add(heard)?;
            arguments.add(0_i64)?;
            arguments.add(false)
        })
        .await
        .map(drop)
}

static COUNTS: Bulk = Bulk::new(
    "INSERT INTO session_hour (project_id, hour, release, environment, sessions, errored, abnormal, crashed) VALUES ",
    8,
    " ON CONFLICT (project_id, hour, release, environment) DO UPDATE SET
        sessions = session_hour.sessions + excluded.sessions, errored = session_hour.errored + excluded.errored,
        abnormal = session_hour.abnormal + excluded.abnormal, crashed = session_hour.crashed + excluded.crashed",
);

/// In the order of the keys, which is the order in which everybody locks them.
async fn write_counts(tx: &mut Tx, sums: &BTreeMap<Key<'_>, Sum>) -> Result<()> {
    let rows: Vec<_> = sums.iter().collect();
    COUNTS
        .execute(tx, &rows, |arguments, (key, sum)| {
            add_key(arguments, **key)?;
            add_counts(arguments, sum.counts)
        })
        .await
        .map(drop)
}

static MINUTES: Bulk = Bulk::new(
    "INSERT INTO session_minute (project_id, minute, release, environment, sessions, errored, abnormal, crashed) VALUES ",
    8,
    " ON CONFLICT (project_id, minute, release, environment) DO UPDATE SET
        sessions = session_minute.sessions + excluded.sessions, errored = session_minute.errored + excluded.errored,
        abnormal = session_minute.abnormal + excluded.abnormal, crashed = session_minute.crashed + excluded.crashed",
);

/// In the order of the keys, as the hours.
async fn write_minutes(tx: &mut Tx, cx: Context<'_>, minutes: &BTreeMap<Key<'_>, Sessions>) -> Result<()> {
    let kept = minutes_since(cx.now());
    let rows: Vec<_> = minutes
        .iter()
        .filter(|((_, minute, ..), _)| *minute >= kept)
        .collect();
    MINUTES
        .execute(tx, &rows, |arguments, (key, counts)| {
            add_key(arguments, **key)?;
            add_counts(arguments, **counts)
        })
        .await
        .map(drop)
}

fn add_counts(arguments: &mut crate::statement::Arguments, counts: Sessions) -> Result<()> {
    arguments.add(counts.started)?;
    arguments.add(counts.errored)?;
    arguments.add(counts.abnormal)?;
    arguments.add(counts.crashed)
}

fn add_key(
    arguments: &mut crate::statement::Arguments,
    (project, hour, release, environment): Key<'_>,
) -> Result<()> {
    arguments.add(project.0)?;
    arguments.add(hour.micros())?;
    arguments.add_key(Some(release))?;
    arguments.add_key(Some(environment))
}

static FIND: Bulk = Bulk::new(
    "SELECT session_hour.project_id, session_hour.hour, session_hour.release, session_hour.environment, users,
        users_errored, users_abnormal, users_crashed
     FROM (VALUES ",
    4,
    ") AS given CROSS JOIN session_hour
     WHERE session_hour.project_id = given.column1 AND session_hour.hour = given.column2
        AND session_hour.release = given.column3 AND session_hour.environment = given.column4",
);

static USERS: Bulk = Bulk::new(
    "UPDATE session_hour SET users = given.column5, users_errored = given.column6, users_abnormal = given.column7,
        users_crashed = given.column8
     FROM (VALUES ",
    8,
    ") AS given
     WHERE session_hour.project_id = given.column1 AND session_hour.hour = given.column2
        AND session_hour.release = given.column3 AND session_hour.environment = given.column4",
);

#[derive(sqlx::FromRow)]
struct Found {
    project_id: i64,
    hour: i64,
    release: String,
    environment: String,
    users: Option<Vec<u8>>,
    users_errored: Option<Vec<u8>>,
    users_abnormal: Option<Vec<u8>>,
    users_crashed: Option<Vec<u8>>,
}

/// Users are merged here rather than in the database. The rows are locked since their counts were written.
async fn write_users(tx: &mut Tx, sums: &BTreeMap<Key<'_>, Sum>) -> Result<()> {
    let with_users = sums.iter().filter(|(_, sum)| !sum.users.all.is_empty());
    let keys: Vec<Key<'_>> = with_users.clone().map(|(key, _)| *key).collect();
    let stored: Vec<Found> = FIND
        .fetch(tx, &keys, |arguments, key| add_key(arguments, *key))
        .await?;
    let mut users: BTreeMap<Key<'_>, Users> =
        with_users.map(|(key, sum)| (*key, sum.users.clone())).collect();
    for found in &stored {
        let hour = Timestamp::from_micros(found.hour);
        let key = (
            ProjectId(found.project_id),
            hour,
            found.release.as_str(),
            found.environment.as_str(),
        );
        let Some(users) = users.get_mut(&key) else {
            continue;
        };
        let stored = [
            &found.users,
            &found.users_errored,
            &found.users_abnormal,
            &found.users_crashed,
        ];
        for (distinct, stored) in users.each().into_iter().zip(stored) {
            distinct.merge(&read_distinct(stored.as_deref())?);
        }
    }
    let rows: Vec<_> = users.into_iter().collect();
    USERS
        .execute(tx, &rows, |arguments, (key, users)| {
            add_key(arguments, *key)?;
            for distinct in [&users.all, &users.errored, &users.abnormal, &users.crashed] {
                arguments.add((!distinct.is_empty()).then(|| distinct.to_bytes()))?;
            }
            Ok(())
        })
        .await
        .map(drop)
}
