//! Issues that come without their events.

use errand_model::issue::{
    ArchiveUntil, Assignee, EventKind, Priority, Resolution, Substatus, Threshold, parse_short_id,
};
use errand_model::state::State;
use errand_model::{GroupHash, IssueId, Level, ProjectId, TeamId, Timestamp, UserId};

use crate::issues::state::write_state;
use crate::{Context, Error, Result, Tx, execute, fetch_one, fetch_optional};

/// How an issue stands in another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Somebody should look.
    Unresolved,
    /// Done, and how.
    Resolved(Resolution),
    /// Not to be shown: for good, or until something happens.
    Archived(Until),
}

/// Until when an issue is archived; nothing of it for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Until {
    /// Until it grows.
    pub escalating: bool,
    /// Until then.
    pub date: Option<Timestamp>,
    /// Until it was seen so many times more.
    pub events: Option<i64>,
    /// Until so many users more had it.
    pub users: Option<i64>,
}

/// An issue of another system.
#[derive(Clone, Debug)]
pub struct ForeignIssue {
    /// `SHOP-1A`: its number is kept if nobody has it.
    pub short_id: String,
    /// What to call it.
    pub title: String,
    /// Where it happened.
    pub culprit: String,
    /// What it is about.
    pub kind: EventKind,
    /// The parts of the title, as JSON text.
    pub metadata: String,
    /// How bad it is.
    pub level: Level,
    /// The SDK's platform.
    pub platform: String,
    /// Its logger, or empty.
    pub logger: String,
    /// How it stands.
    pub standing: Standing,
    /// Whose it is.
    pub assignee: Option<Assignee>,
    /// When it first happened.
    pub first_seen: Timestamp,
    /// When it last happened.
    pub last_seen: Timestamp,
    /// How often.
    pub times_seen: i64,
    /// To how many users.
    pub users_seen: i64,
}

/// Brings an issue. Nobody is told: what is new here happened long ago.
pub async fn issue(
    tx: &mut Tx,
    cx: Context<'_>,
    project: ProjectId,
    foreign: &ForeignIssue,
) -> Result<IssueId> {
    let id = IssueId(cx.id());
    let number = number(tx, project, &foreign.short_id).await?;
    let (user, team): (Option<UserId>, Option<TeamId>) = match foreign.assignee {
        Some(Assignee::User(user)) => (Some(user), None),
        Some(Assignee::Team(team)) => (None, Some(team)),
        None => (None, None),
    };
    let state = state(foreign);
    let clip = |text: &str, most: usize| {
        text.replace('\0', "\u{FFFD}")
            .chars()
            .take(most)
            .collect::<String>()
    };
    execute!(
        tx,
        "INSERT INTO issue (id, project_id, number, title, culprit, kind, metadata, level, platform, logger, status,
            substatus, awaits_deploy, assignee_user, assignee_team, priority, first_seen, last_seen, times_seen, users_seen,
            comments, revision, trend, score)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, FALSE, $13, $14, $15, $16, $17, $18, $19, 0, 0, 0, 0)",
        id.0,
        project.0,
        number,
        clip(&foreign.title, 250),
        clip(&foreign.culprit, 200),
        foreign.kind.code(),
        &foreign.metadata,
        foreign.level.code(),
        clip(&foreign.platform, 64),
        clip(&foreign.logger, 64),
        state.status.code(),
        state.substatus.code(),
        user.map(|user| user.0),
        team.map(|team| team.0),
        Priority::of_level(foreign.level).code(),
        foreign.first_seen.micros(),
        foreign.last_seen.micros(),
        foreign.times_seen,
        foreign.users_seen
    )?;
    write_state(tx, id, &state).await?;
    execute!(
        tx,
        "INSERT INTO issue_hour (issue_id, hour, events) VALUES ($1, $2, $3)",
        id.0,
        foreign.last_seen.hour().micros(),
        foreign.times_seen
    )?;
    Ok(id)
}

/// New events with that hash join the issue, unless it is bound already; answers whether it was not.
pub async fn bind(
    tx: &mut Tx,
    project: ProjectId,
    issue: IssueId,
    hash: GroupHash,
    version: i16,
) -> Result<bool> {
    let bound = execute!(
        tx,
        "INSERT INTO grouping (project_id, hash, issue_id, version) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        project.0,
        hash.0.as_slice(),
        issue.0,
        version
    )?;
    Ok(bound > 0)
}

/// The number that it had, or the next one.
async fn number(tx: &mut Tx, project: ProjectId, short_id: &str) -> Result<i64> {
    let (next,) = fetch_optional!(
        tx,
        (i64,),
        "SELECT next_number FROM project WHERE id = $1",
        project.0
    )?
    .ok_or(Error::Missing { what: "project" })?;
    let wanted = parse_short_id(short_id)
        .map(|(_, number)| number)
        .filter(|number| *number > 0);
    let number = match wanted {
        Some(wanted) => {
            let sql = "SELECT COUNT(*) FROM issue WHERE project_id = $1 AND number = $2";
            let (taken,) = fetch_one!(tx, (i64,), sql, project.0, wanted)?;
            if taken == 0 { wanted } else { next }
        }
        None => next,
    };
    execute!(
        tx,
        "UPDATE project SET next_number = $1 WHERE id = $2",
        next.max(number + 1),
        project.0
    )?;
    Ok(number)
}

fn state(foreign: &ForeignIssue) -> State {
    // It is new to this hub alone.
    let fresh = State {
        substatus: Substatus::Ongoing,
        ..State::new()
    };
    // Six times its usual hour, and more than a handful.
    let hours = (foreign.last_seen.micros() - foreign.first_seen.micros()).max(0) / 3_600_000_000 + 1;
    let moved = match &foreign.standing {
        Standing::Unresolved => None,
        Standing::Resolved(resolution) => fresh.resolve(resolution.clone()),
        Standing::Archived(until) => {
            let threshold = |more: Option<i64>, base| {
                more.map(|more| Threshold {
                    more,
                    base,
                    window_minutes: None,
                    since: foreign.last_seen,
                })
            };
            fresh.archive(ArchiveUntil {
                escalating: until.escalating,
                date: until.date,
                events: threshold(until.events, foreign.times_seen),
                users: threshold(until.users, foreign.users_seen),
                escalation_limit: (foreign.times_seen * 6 / hours).max(10),
            })
        }
    };
    moved.map_or(fresh, |transition| transition.to)
}
