//! Release health: how sessions went, by hour, release and environment; of late also by minute.

use errand_model::health::{Distinct, Sessions};
use errand_model::{ProjectId, Timestamp};

use crate::{Db, Error, Result, Statement, Tx, execute};

/// Days for which sessions are known.
pub const DAYS: i64 = 90;
/// Days for which sessions are known by the minute.
pub const DAYS_BY_MINUTE: i64 = 8;
/// Days for which it is known what went wrong with a single session: it may be reported of for five.
const TROUBLE_DAYS: i64 = 6;
/// Hours of releases and environments that are looked at with their users.
const MOST_WITH_USERS: usize = 5_000;

/// And without.
const MOST: usize = 100_000;

/// Which sessions are wanted; empty lists want all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Of these releases.
    pub releases: &'a [&'a str],
    /// In these environments.
    pub environments: &'a [&'a str],
}

/// Users, and those of them one of whose sessions had trouble.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Users {
    /// Users.
    pub all: Distinct,
    /// With an error, a crash or an abnormal end.
    pub errored: Distinct,
    /// With an abnormal end.
    pub abnormal: Distinct,
    /// With a crash.
    pub crashed: Distinct,
}

impl Users {
    /// Counts others as well; who is in both counts once.
    pub fn merge(&mut self, more: &Users) {
        self.all.merge(&more.all);
        self.errored.merge(&more.errored);
        self.abnormal.merge(&more.abnormal);
        self.crashed.merge(&more.crashed);
    }
}

/// The sessions of a release in an environment that began within an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthHour {
    /// Whose.
    pub project: ProjectId,
    /// The start of the hour.
    pub hour: Timestamp,
    /// The release.
    pub release: String,
    /// The environment; empty where none was named.
    pub environment: String,
    /// How many.
    pub sessions: Sessions,
    /// Of whom, where that was asked for.
    pub users: Users,
}

#[derive(sqlx::FromRow)]
struct Row {
    project_id: i64,
    hour: i64,
    release: String,
    environment: String,
    sessions: i64,
    errored: i64,
    abnormal: i64,
    crashed: i64,
    users: Option<Vec<u8>>,
    users_errored: Option<Vec<u8>>,
    users_abnormal: Option<Vec<u8>>,
    users_crashed: Option<Vec<u8>>,
}

impl Row {
    fn read(self) -> Result<HealthHour> {
        Ok(HealthHour {
            project: ProjectId(self.project_id),
            hour: Timestamp::from_micros(self.hour),
            release: self.release,
            environment: self.environment,
            sessions: Sessions {
                started: self.sessions,
                errored: self.errored,
                abnormal: self.abnormal,
                crashed: self.crashed,
            },
            users: Users {
                all: read_distinct(self.users.as_deref())?,
                errored: read_distinct(self.users_errored.as_deref())?,
                abnormal: read_distinct(self.users_abnormal.as_deref())?,
                crashed: read_distinct(self.users_crashed.as_deref())?,
            },
        })
    }
}

/// What is read of all sessions that have `part` in common.
const SUMS: &str = "CAST(SUM(sessions) AS BIGINT) AS started, CAST(SUM(errored) AS BIGINT) AS errored,
    CAST(SUM(abnormal) AS BIGINT) AS abnormal, CAST(SUM(crashed) AS BIGINT) AS crashed";

#[derive(sqlx::FromRow)]
struct Sums<P> {
    part: P,
    started: i64,
    errored: i64,
    abnormal: i64,
    crashed: i64,
}

impl<P> Sums<P> {
    fn read(self) -> (P, Sessions) {
        let sessions = Sessions {
            started: self.started,
            errored: self.errored,
            abnormal: self.abnormal,
            crashed: self.crashed,
        };
        (self.part, sessions)
    }
}

pub(crate) fn read_distinct(bytes: Option<&[u8]>) -> Result<Distinct> {
    let Some(bytes) = bytes else {
        return Ok(Distinct::default());
    };
    Distinct::from_bytes(bytes).ok_or_else(|| Error::corrupt("session_hour.users", "it is no count"))
}

/// Sessions of `projects` by hour, from the hour of `start` to before `end`, in the order of the hours; with their users
/// only where `with_users` says so.
///
/// # Errors
/// [`Error::Invalid`] where there is more than can be looked at with its users.
pub async fn hours(
    db: &Db,
    projects: &[ProjectId],
    (start, end): (Timestamp, Timestamp),
    wanted: Wanted<'_>,
    with_users: bool,
) -> Result<Vec<HealthHour>> {
    let text = match with_users {
        true => {
            "SELECT project_id, hour, release, environment, sessions, errored, abnormal, crashed, users, users_errored,
                users_abnormal, users_crashed
             FROM session_hour WHERE project_id IN "
        }
        false => {
            "SELECT project_id, hour, release, environment, sessions, errored, abnormal, crashed, NULL AS users,
                NULL AS users_errored, NULL AS users_abnormal, NULL AS users_crashed
             FROM session_hour WHERE project_id IN "
        }
    };
    let mut statement = Statement::new(db.dialect(), text);
    statement.bind_list(projects.iter().map(|project| project.0))?;
    statement.push(" AND hour >= ").bind(start.hour().micros())?;
    statement.push(" AND hour < ").bind(end.micros())?;
    narrow(&mut statement, wanted)?;
    statement.push(" ORDER BY hour LIMIT ");
    let most = if with_users { MOST_WITH_USERS } else { MOST };
    statement.bind(i64::try_from(most).unwrap_or(i64::MAX) + 1)?;
    let rows: Vec<Row> = statement.fetch_all(db).await?;
    if rows.len() > most {
        return Err(Error::invalid(
            "these are more sessions than can be looked at: ask for a shorter time, a release or an environment",
        ));
    }
    rows.into_iter().map(Row::read).collect()
}

/// Since when sessions are known by the minute.
pub fn minutes_since(now: Timestamp) -> Timestamp {
    now.plus_seconds(-DAYS_BY_MINUTE * 86_400).minute()
}

/// Sessions of `projects` by the minute in which they began, from the minute of `start` to before `end`, in order; minutes
/// without any are left out.
pub async fn minutes(
    db: &Db,
    projects: &[ProjectId],
    (start, end): (Timestamp, Timestamp),
    wanted: Wanted<'_>,
) -> Result<Vec<(Timestamp, Sessions)>> {
    let mut statement = Statement::new(db.dialect(), "SELECT minute AS part, ");
    statement
        .push(SUMS)
        .push(" FROM session_minute WHERE project_id IN ");
    statement.bind_list(projects.iter().map(|project| project.0))?;
    statement.push(" AND minute >= ").bind(start.minute().micros())?;
    statement.push(" AND minute < ").bind(end.micros())?;
    narrow(&mut statement, wanted)?;
    statement.push(" GROUP BY minute ORDER BY minute");
    let rows: Vec<Sums<i64>> = statement.fetch_all(db).await?;
    let read = rows.into_iter().map(Sums::read);
    Ok(read
        .map(|(minute, sessions)| (Timestamp::from_micros(minute), sessions))
        .collect())
}

fn narrow(statement: &mut Statement, wanted: Wanted<'_>) -> Result<()> {
    for (column, values) in [
        (" AND release IN ", wanted.releases),
        (" AND environment IN ", wanted.environments),
    ] {
        if !values.is_empty() {
            statement.push(column).bind_list(values.iter().copied())?;
        }
    }
    Ok(())
}

/// How the sessions of releases went since a time, of those of `versions` that had any.
pub async fn of_releases(
    db: &Db,
    projects: &[ProjectId],
    versions: &[&str],
    since: Timestamp,
) -> Result<Vec<(String, Sessions)>> {
    let mut statement = Statement::new(db.dialect(), "SELECT release AS part, ");
    statement
        .push(SUMS)
        .push(" FROM session_hour WHERE project_id IN ")
        .bind_list(projects.iter().map(|project| project.0))?
        .push(" AND release IN ")
        .bind_list(versions.iter().copied())?
        .push(" AND hour >= ")
        .bind(since.hour().micros())?
        .push(" GROUP BY release");
    let rows: Vec<Sums<String>> = statement.fetch_all(db).await?;
    Ok(rows.into_iter().map(Sums::read).collect())
}

/// Forgets what is too old to be asked for; answers how many rows that were.
pub async fn forget_old(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let before = |days: i64| now.plus_seconds(-days * 86_400).hour().micros();
    let hours = execute!(tx, "DELETE FROM session_hour WHERE hour < $1", before(DAYS))?;
    let minutes = execute!(
        tx,
        "DELETE FROM session_minute WHERE minute < $1",
        minutes_since(now).micros()
    )?;
    let trouble = execute!(
        tx,
        "DELETE FROM session_trouble WHERE hour < $1",
        before(TROUBLE_DAYS)
    )?;
    Ok(hours + minutes + trouble)
}
