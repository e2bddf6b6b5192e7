//! Whose events are they? Hashes are bound to issues; where none is, an issue is made.

use std::collections::{BTreeMap, HashMap};

use errand_model::issue::{Priority, Status, Substatus};
use errand_model::urgency::Urgency;
use errand_model::{GroupHash, IssueId, ProjectId};

use super::gather::{Gathered, Incoming};
use crate::bulk::Bulk;
use crate::{Context, Dialect, Error, Result, Statement, Tx, fetch_optional};

/// What a hash stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    Issue(IssueId),
    /// Its events are dropped.
    Discarded,
}

type Hashes = HashMap<(ProjectId, GroupHash), Bound>;

static FIND: Bulk = Bulk::new(
    "SELECT grouping.project_id, grouping.hash, grouping.issue_id FROM (VALUES ",
    2,
    ") AS given CROSS JOIN grouping WHERE grouping.project_id = given.column1 AND grouping.hash = given.column2",
);

static BIND: Bulk = Bulk::new(
    "INSERT INTO grouping (project_id, hash, issue_id, version) VALUES ",
    4,
    "",
);

/// Counts start at zero: like those of old issues they are moved on once the batch is added up.
static CREATE: Bulk = Bulk::new(
    "INSERT INTO issue (id, project_id, number, title, culprit, kind, metadata, level, platform, logger, status,
        substatus, awaits_deploy, priority, first_seen, last_seen, first_release, last_release, times_seen, users_seen,
        comments, revision, trend, score)
     VALUES ",
    24,
    "",
);

/// Gives each event its issue, and makes those that are missing. Answers the new ones.
pub(super) async fn bind(tx: &mut Tx, cx: Context<'_>, gathered: &mut Gathered<'_>) -> Result<Vec<IssueId>> {
    let mut hashes = Hashes::new();
    find(tx, &gathered.events, &mut hashes).await?;
    let with_unbound = |hashes: &Hashes| -> Vec<ProjectId> {
        let is_unbound = |incoming: &&Incoming<'_>| {
            incoming
                .event
                .hashes
                .iter()
                .any(|hash| !hashes.contains_key(&(incoming.event.project, *hash)))
        };
        let mut projects: Vec<_> = gathered
            .events
            .iter()
            .filter(is_unbound)
            .map(|incoming| incoming.event.project)
            .collect();
        projects.sort_unstable();
        projects.dedup();
        projects
    };
    let projects = with_unbound(&hashes);
    if tx.dialect() == Dialect::Postgres && !projects.is_empty() {
        // Another node may be binding the same hashes: one at a time, and look again.
        lock(tx, &projects).await?;
        find(tx, &gathered.events, &mut hashes).await?;
    }
    let plan = assign(cx, gathered, &mut hashes);
    create(tx, &plan.created).await?;
    BIND.execute(tx, &plan.bound, |arguments, (project, hash, issue, version)| {
        arguments.add(project.0)?;
        arguments.add(hash.0.as_slice())?;
        arguments.add(issue.0)?;
        arguments.add(*version)
    })
    .await?;
    Ok(plan.created.iter().map(|incoming| incoming.issue).collect())
}

async fn find(tx: &mut Tx, events: &[Incoming<'_>], hashes: &mut Hashes) -> Result<()> {
    let mut wanted: Vec<(ProjectId, GroupHash)> = events
        .iter()
        .flat_map(|incoming| {
            incoming
                .event
                .hashes
                .iter()
                .map(|hash| (incoming.event.project, *hash))
        })
        .filter(|key| !hashes.contains_key(key))
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    let rows: Vec<(i64, Vec<u8>, Option<i64>)> = FIND
        .fetch(tx, &wanted, |arguments, (project, hash)| {
            arguments.add(project.0)?;
            arguments.add(hash.0.as_slice())
        })
        .await?;
    for (project, hash, issue) in rows {
        let hash = hash
            .try_into()
            .map_err(|_| Error::corrupt("hash", "it has not 16 bytes"))?;
        let bound = issue.map_or(Bound::Discarded, |issue| Bound::Issue(IssueId(issue)));
        hashes.insert((ProjectId(project), GroupHash(hash)), bound);
    }
    Ok(())
}

async fn lock(tx: &mut Tx, projects: &[ProjectId]) -> Result<()> {
    let mut statement = Statement::new(tx.dialect(), "SELECT id FROM project WHERE id IN ");
    let lock = tx.dialect().for_no_key_update();
    statement
        .bind_list(projects.iter().map(|project| project.0))?
        .push(" ORDER BY id")
        .push(lock);
    statement.fetch_all::<(i64,)>(tx).await.map(|_| ())
}

/// What has to be written.
struct Plan<'a> {
    /// The first events of new issues.
    created: Vec<Incoming<'a>>,
    /// Hashes to be bound.
    bound: Vec<(ProjectId, GroupHash, IssueId, i16)>,
}

/// Decides for each event in turn, so that later ones of the batch join the issues of the earlier ones.
fn assign<'a>(cx: Context<'_>, gathered: &mut Gathered<'a>, hashes: &mut Hashes) -> Plan<'a> {
    let mut plan = Plan {
        created: Vec::new(),
        bound: Vec::new(),
    };
    let mut kept = Vec::with_capacity(gathered.events.len());
    for mut incoming in std::mem::take(&mut gathered.events) {
        let event = incoming.event;
        let known = event.hashes.iter().enumerate().find_map(|(at, hash)| {
            let bound = hashes.get(&(event.project, *hash))?;
            Some((at, *bound))
        });
        match known {
            Some((_, Bound::Discarded)) => {
                gathered.discarded.push(incoming);
                continue;
            }
            Some((at, Bound::Issue(issue))) => {
                incoming.issue = issue;
                incoming.decisive = at;
            }
            None => {
                incoming.issue = IssueId(cx.id());
                plan.created.push(incoming);
            }
        }
        for hash in &event.hashes {
            hashes.entry((event.project, *hash)).or_insert_with(|| {
                plan.bound
                    .push((event.project, *hash, incoming.issue, event.grouping));
                Bound::Issue(incoming.issue)
            });
        }
        kept.push(incoming);
    }
    gathered.events = kept;
    plan
}

async fn create(tx: &mut Tx, created: &[Incoming<'_>]) -> Result<()> {
    let mut counts: BTreeMap<ProjectId, i64> = BTreeMap::new();
    for incoming in created {
        *counts.entry(incoming.event.project).or_default() += 1;
    }
    let mut next: HashMap<ProjectId, i64> = HashMap::new();
    for (project, count) in counts {
        let (after,) = fetch_optional!(
            tx,
            (i64,),
            "UPDATE project SET next_number = next_number + $1 WHERE id = $2 RETURNING next_number",
            count,
            project.0
        )?
        .ok_or(Error::Missing { what: "project" })?;
        next.insert(project, after - count);
    }
    let numbered: Vec<(i64, &Incoming<'_>)> = created
        .iter()
        .map(|incoming| {
            let next = next.entry(incoming.event.project).or_default();
            *next += 1;
            (*next - 1, incoming)
        })
        .collect();
    CREATE
        .execute(tx, &numbered, |arguments, (number, incoming)| {
            add(arguments, *number, incoming)
        })
        .await?;
    Ok(())
}

fn add(arguments: &mut crate::statement::Arguments, number: i64, incoming: &Incoming<'_>) -> Result<()> {
    let event = incoming.event;
    arguments.add(incoming.issue.0)?;
    arguments.add(event.project.0)?;
    arguments.add(number)?;
    arguments.add_text(Some(&event.title))?;
    arguments.add_text(Some(&event.culprit))?;
    arguments.add(event.kind.code())?;
    arguments.add_text(Some(&event.metadata))?;
    arguments.add(event.level.code())?;
    arguments.add_text(Some(&event.platform))?;
    arguments.add_text(Some(&event.logger))?;
    arguments.add(Status::Unresolved.code())?;
    arguments.add(Substatus::New.code())?;
    arguments.add(false)?;
    arguments.add(Priority::of_level(event.level).code())?;
    arguments.add(event.timestamp.micros())?;
    arguments.add(event.timestamp.micros())?;
    arguments.add_text(event.release.as_deref())?;
    arguments.add_text(event.release.as_deref())?;
    for _ in 0..5 {
        // Events, users, comments, revision, trend.
        arguments.add(0_i64)?;
    }
    let urgency = Urgency {
        level: event.level,
        priority: Priority::of_level(event.level),
        users: 1,
        day: 1,
        trend: 1_000,
        age_hours: 0,
    };
    arguments.add(urgency.score())
}
