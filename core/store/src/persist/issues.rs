//! The issues move on: counts, what was seen last, and their states.

use std::collections::{BTreeMap, HashMap, HashSet};

use errand_model::digested::DigestedEvent;
use errand_model::issue::{Resolution, Status, Substatus};
use errand_model::lifecycle::{Actor, Change};
use errand_model::state::{Arrived, State, Transition};
use errand_model::{IssueId, Level, OrganizationId, ProjectId, Timestamp};

use super::gather::Gathered;
use crate::bulk::Bulk;
use crate::issues::state::{read_state, write_state};
use crate::outbox::{Happening, record};
use crate::{Context, Error, Result, Statement, Tx, fetch_optional};

/// An issue as the batch finds it, and what the batch adds.
#[derive(Debug)]
pub(super) struct Standing<'a> {
    organization: OrganizationId,
    project: ProjectId,
    state: State,
    pub(super) revision: i64,
    first_seen: Timestamp,
    /// Whether the batch holds an event from before the first one.
    is_older: bool,
    last_seen: Timestamp,
    level: Level,
    last_release: Option<String>,
    times_seen: i64,
    users_seen: i64,
    count: i64,
    pub(super) new_users: i64,
    newest: Option<&'a DigestedEvent>,
    releases: Vec<Option<&'a str>>,
}

/// By their ids, which is the order in which they are locked and written.
pub(super) type Standings<'a> = BTreeMap<IssueId, Standing<'a>>;

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    project_id: i64,
    status: i16,
    substatus: i16,
    resolution: Option<String>,
    deployed: Option<String>,
    archive: Option<String>,
    revision: i64,
    first_seen: i64,
    last_seen: i64,
    level: i16,
    last_release: Option<String>,
    times_seen: i64,
    users_seen: i64,
}

/// Reads the issues of the batch, holds them, and adds the batch up.
pub(super) async fn read<'a>(tx: &mut Tx, gathered: &Gathered<'a>) -> Result<Standings<'a>> {
    let mut ids: Vec<i64> = gathered.events.iter().map(|incoming| incoming.issue.0).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut standings = Standings::new();
    for ids in ids.chunks(500) {
        let lock = tx.dialect().for_update();
        let mut statement = Statement::new(
            tx.dialect(),
            "SELECT id, project_id, status, substatus, resolution, deployed, archive, revision, first_seen, last_seen,
                level, last_release, times_seen, users_seen
             FROM issue WHERE id IN ",
        );
        statement
            .bind_list(ids.iter().copied())?
            .push(" ORDER BY id")
            .push(lock);
        for row in statement.fetch_all::<Row>(&mut *tx).await? {
            standings.insert(IssueId(row.id), standing(row)?);
        }
    }
    for incoming in &gathered.events {
        // Gone since its hash was read, which only another node can do: look again.
        let standing = standings
            .get_mut(&incoming.issue)
            .ok_or_else(|| Error::Conflict {
                what: "issue".to_owned(),
            })?;
        standing.organization = incoming.organization;
        standing.add(incoming.event);
    }
    Ok(standings)
}

fn standing<'a>(row: Row) -> Result<Standing<'a>> {
    Ok(Standing {
        project: ProjectId(row.project_id),
        state: read_state(
            row.status,
            row.substatus,
            [&row.resolution, &row.deployed, &row.archive].map(Option::as_deref),
        )?,
        revision: row.revision,
        first_seen: Timestamp::from_micros(row.first_seen),
        last_seen: Timestamp::from_micros(row.last_seen),
        level: Level::from_code(row.level),
        last_release: row.last_release,
        times_seen: row.times_seen,
        users_seen: row.users_seen,
        ..fresh()
    })
}

/// Of an issue that is counted from nothing.
pub(super) const fn fresh<'a>() -> Standing<'a> {
    Standing {
        organization: OrganizationId(0),
        project: ProjectId(0),
        state: State::new(),
        revision: 0,
        first_seen: Timestamp::from_micros(i64::MAX),
        is_older: false,
        last_seen: Timestamp::from_micros(i64::MIN),
        level: Level::Error,
        last_release: None,
        times_seen: 0,
        users_seen: 0,
        count: 0,
        new_users: 0,
        newest: None,
        releases: Vec::new(),
    }
}

impl<'a> Standing<'a> {
    fn add(&mut self, event: &'a DigestedEvent) {
        self.count += 1;
        if event.timestamp < self.first_seen {
            self.first_seen = event.timestamp;
            self.is_older = true;
        }
        if event.timestamp >= self.last_seen {
            self.last_seen = event.timestamp;
            self.newest = Some(event);
        }
        let release = event.release.as_deref();
        if !self.releases.contains(&release) {
            self.releases.push(release);
        }
    }

    /// Whether its state may change by what came in.
    fn may_move(&self) -> bool {
        self.state.status != Status::Unresolved || self.state.substatus == Substatus::New
    }
}

/// What changes with every event. Nothing else is set, because each indexed column that is costs a move in its index.
static UPDATE: Bulk = Bulk::new(
    "UPDATE issue SET times_seen = given.column2, last_seen = given.column3, level = given.column4,
        last_release = given.column5
     FROM (VALUES ",
    5,
    ") AS given WHERE issue.id = given.column1",
);

static UPDATE_USERS: Bulk = Bulk::new(
    "UPDATE issue SET users_seen = given.column2 FROM (VALUES ",
    2,
    ") AS given WHERE issue.id = given.column1",
);

static UPDATE_FIRST: Bulk = Bulk::new(
    "UPDATE issue SET first_seen = given.column2 FROM (VALUES ",
    2,
    ") AS given WHERE issue.id = given.column1",
);

/// Writes the issues; answers how many rows the outbox got.
pub(super) async fn write(
    tx: &mut Tx,
    cx: Context<'_>,
    standings: Standings<'_>,
    new_issues: &[IssueId],
) -> Result<u64> {
    let new_issues: HashSet<IssueId> = new_issues.iter().copied().collect();
    let mut happenings = Vec::new();
    let mut rows: Vec<(IssueId, Standing<'_>)> = standings.into_iter().collect();
    for (issue, standing) in &mut rows {
        standing.times_seen += standing.count;
        standing.users_seen += standing.new_users;
        if let Some(newest) = standing.newest {
            standing.level = newest.level;
            standing.last_release = newest.release.clone().or(standing.last_release.take());
        }
        if new_issues.contains(issue) {
            happenings.push(happening(*issue, standing, Change::Created));
        } else if standing.may_move()
            && let Some(moved) = transition(tx, cx, *issue, standing).await?
        {
            write_state(tx, *issue, &moved.to).await?;
            happenings.extend(moved.change.map(|change| happening(*issue, standing, change)));
        }
    }
    update(tx, &rows).await?;
    record(tx, cx, &happenings).await.map(|ids| ids.len() as u64)
}

async fn update(tx: &mut Tx, rows: &[(IssueId, Standing<'_>)]) -> Result<()> {
    UPDATE
        .execute(tx, rows, |arguments, (issue, standing)| {
            arguments.add(issue.0)?;
            arguments.add(standing.times_seen)?;
            arguments.add(standing.last_seen.micros())?;
            arguments.add(standing.level.code())?;
            arguments.add_text(standing.last_release.as_deref())
        })
        .await?;
    let users: Vec<(i64, i64)> = rows
        .iter()
        .filter(|(_, standing)| standing.new_users > 0)
        .map(|(issue, standing)| (issue.0, standing.users_seen))
        .collect();
    let first: Vec<(i64, i64)> = rows
        .iter()
        .filter(|(_, standing)| standing.is_older)
        .map(|(issue, standing)| (issue.0, standing.first_seen.micros()))
        .collect();
    for (bulk, rows) in [(&UPDATE_USERS, users), (&UPDATE_FIRST, first)] {
        bulk.execute(tx, &rows, |arguments, (issue, value)| {
            arguments.add(*issue)?;
            arguments.add(*value)
        })
        .await?;
    }
    Ok(())
}

fn happening(issue: IssueId, standing: &Standing<'_>, change: Change) -> Happening {
    Happening {
        organization: standing.organization,
        project: standing.project,
        issue,
        change,
        actor: Actor::System,
        chain_depth: 0,
    }
}

/// Asks the state what it makes of what came in. Few issues come here: what is open and old does not.
async fn transition(
    tx: &mut Tx,
    cx: Context<'_>,
    issue: IssueId,
    standing: &Standing<'_>,
) -> Result<Option<Transition>> {
    let now = cx.now();
    let hour_events = match &standing.state.archive {
        Some(until) if until.escalating => {
            let sql = "SELECT events FROM issue_hour WHERE issue_id = $1 AND hour = $2";
            fetch_optional!(tx, (i64,), sql, issue.0, now.hour().micros())?.map_or(0, |(events,)| events)
        }
        _ => 0,
    };
    let heard = match &standing.state.resolution {
        Some(Resolution::InRelease { version } | Resolution::InNextRelease { after: Some(version) }) => {
            releases_heard(tx, standing, version).await?
        }
        _ => HashMap::new(),
    };
    Ok(standing.state.on_events(&Arrived {
        now,
        first_seen: standing.first_seen,
        count: standing.count,
        new_users: standing.new_users,
        times_seen: standing.times_seen,
        users_seen: standing.users_seen,
        hour_events,
        releases: &standing.releases,
        heard: &|release| heard.get(release).copied(),
    }))
}

async fn releases_heard(
    tx: &mut Tx,
    standing: &Standing<'_>,
    version: &str,
) -> Result<HashMap<String, Timestamp>> {
    let versions = standing.releases.iter().copied().flatten().chain([version]);
    let versions: Vec<&str> = versions.collect();
    crate::releases::heard(tx, standing.project, &versions).await
}
