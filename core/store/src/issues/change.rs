//! What every change of an issue has in common: the issues are held, moved, and it is written down who did it.

use errand_model::lifecycle::{Actor, Change, LifecycleEvent};
use errand_model::state::{State, Transition};
use errand_model::{InstallationId, IssueId, OrganizationId, ProjectId, Timestamp};

use super::state::{read_state, write_state};
use crate::outbox::{Happening, record};
use crate::{Context, Error, Result, Statement, Tx};

/// Who makes a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// How many plugin-made changes led to this one; 0 for people.
    pub chain_depth: i16,
}

impl By {
    /// A person, or the hub: nobody's answer to anything.
    pub const fn new(actor: Actor) -> Self {
        By {
            actor,
            chain_depth: 0,
        }
    }

    /// A plugin, in answer to what it was told.
    pub fn answering(installation: InstallationId, told: &LifecycleEvent) -> Self {
        By {
            actor: Actor::Plugin { installation },
            chain_depth: told.chain_depth.saturating_add(1),
        }
    }
}

/// An issue that nobody else changes until the transaction ends.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) id: IssueId,
    pub(crate) project: ProjectId,
    pub(crate) organization: OrganizationId,
    pub(crate) state: State,
    pub(crate) revision: i64,
    pub(crate) times_seen: i64,
    pub(crate) users_seen: i64,
    pub(crate) first_seen: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    project_id: i64,
    organization_id: i64,
    status: i16,
    substatus: i16,
    resolution: Option<String>,
    deployed: Option<String>,
    archive: Option<String>,
    revision: i64,
    times_seen: i64,
    users_seen: i64,
    first_seen: i64,
}

/// Holds the issues of `ids` that there are, in the order of their ids, which is the order everybody holds them in.
pub(crate) async fn hold(tx: &mut Tx, ids: &[IssueId]) -> Result<Vec<Held>> {
    let mut ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut held = Vec::with_capacity(ids.len());
    for ids in ids.chunks(500) {
        let lock = tx.dialect().for_update_of_issue();
        let mut statement = Statement::new(
            tx.dialect(),
            "SELECT issue.id, project_id, organization_id, status, substatus, resolution, deployed, archive,
                revision, times_seen, users_seen, first_seen
             FROM issue JOIN project ON project.id = issue.project_id WHERE issue.id IN ",
        );
        statement
            .bind_list(ids.iter().copied())?
            .push(" ORDER BY issue.id")
            .push(lock);
        for row in statement.fetch_all::<Row>(&mut *tx).await? {
            held.push(Held {
                id: IssueId(row.id),
                project: ProjectId(row.project_id),
                organization: OrganizationId(row.organization_id),
                state: read_state(
                    row.status,
                    row.substatus,
                    [&row.resolution, &row.deployed, &row.archive].map(Option::as_deref),
                )?,
                revision: row.revision,
                times_seen: row.times_seen,
                users_seen: row.users_seen,
                first_seen: Timestamp::from_micros(row.first_seen),
            });
        }
    }
    Ok(held)
}

/// Holds one issue that must be there.
pub(crate) async fn hold_one(tx: &mut Tx, id: IssueId) -> Result<Held> {
    hold(tx, &[id])
        .await?
        .pop()
        .ok_or(Error::Missing { what: "issue" })
}

/// Fails unless the issue stands at `revision`: somebody who changes what they saw last does not undo what others
/// did meanwhile. Holds the issue, so that it stays so.
pub async fn expect_revision(tx: &mut Tx, id: IssueId, revision: i64) -> Result<()> {
    if hold_one(tx, id).await?.revision == revision {
        Ok(())
    } else {
        Err(Error::Conflict {
            what: "issue".to_owned(),
        })
    }
}

/// Holds the issues and moves each by what `decide` says of it. Answers those that moved; that some are gone or
/// stand there already is no failure.
pub(crate) async fn move_all(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    ids: &[IssueId],
    decide: impl Fn(&Held) -> Option<Transition> + Send,
) -> Result<Vec<IssueId>> {
    let held = hold(tx, ids).await?;
    move_held(tx, cx, by, &held, decide).await
}

/// Moves each by what `decide` says of it. Answers those that moved.
pub(crate) async fn move_held(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    held: &[Held],
    decide: impl Fn(&Held) -> Option<Transition> + Send,
) -> Result<Vec<IssueId>> {
    let mut moved = Vec::new();
    let mut happenings = Vec::new();
    for held in held {
        if let Some(transition) = decide(held) {
            write_state(tx, held.id, &transition.to).await?;
            happenings.extend(transition.change.map(|change| held.happening(by, change)));
            moved.push(held.id);
        }
    }
    record(tx, cx, &happenings).await?;
    Ok(moved)
}

impl Held {
    pub(crate) fn happening(&self, by: &By, change: Change) -> Happening {
        Happening {
            organization: self.organization,
            project: self.project,
            issue: self.id,
            change,
            actor: by.actor.clone(),
            chain_depth: by.chain_depth,
        }
    }
}
