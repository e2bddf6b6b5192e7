//! Which issues a release, its commits or its deploy say something of: those that are resolved by a fix that no deploy
//! has brought yet.

use std::collections::{BTreeMap, HashMap};

use errand_model::issue::{Deployed, Resolution};
use errand_model::lifecycle::Actor;
use errand_model::state::Transition;
use errand_model::{IssueId, ProjectId, Timestamp};

use super::{deploys, heard};
use crate::issues::By;
use crate::issues::change::{Held, hold, move_held};
use crate::{Context, Result, Tx, fetch_all, projects};

/// Issues that are held at a time.
const PAGE: i64 = 500;

/// A release went to where a project's customers are.
pub(super) async fn on_deploy(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    project: ProjectId,
    deploy: &Deployed,
) -> Result<()> {
    let decide = |held: &Held, heard: &Known| {
        held.state
            .on_deploy(deploy, &|release| heard.get(release).copied())
    };
    move_awaiting(tx, cx, by, (project, &deploy.release), decide).await
}

/// A project hears of a release.
pub(super) async fn on_release(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    project: ProjectId,
    version: &str,
) -> Result<()> {
    let decide = |held: &Held, heard: &Known| {
        held.state
            .on_release(version, &|release| heard.get(release).copied())
    };
    move_awaiting(tx, cx, by, (project, version), decide).await
}

/// A release was said to hold commits.
pub(super) async fn on_commits(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    project: ProjectId,
    version: &str,
    commits: &[String],
) -> Result<()> {
    let decide = |held: &Held, _: &Known| held.state.on_commits(version, commits);
    move_awaiting(tx, cx, by, (project, version), decide).await?;
    // The release may be where customers are by now.
    let Some(project) = projects::by_id(&mut *tx, project).await? else {
        return Ok(());
    };
    for deploy in deploys::running(tx, &project).await? {
        on_deploy(tx, cx, &consequence(by), project.id, &deploy.brings()).await?;
    }
    Ok(())
}

/// When releases were first heard of.
type Known = HashMap<String, Timestamp>;

/// Moves the issues of a project that wait for a deploy by what `decide` says of each. Nobody resolves others meanwhile:
/// the project is locked.
async fn move_awaiting(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    (project, version): (ProjectId, &str),
    decide: impl Fn(&Held, &Known) -> Option<Transition> + Send + Sync,
) -> Result<()> {
    let mut after = 0;
    loop {
        let page = fetch_all!(
            tx,
            (i64,),
            "SELECT id FROM issue WHERE project_id = $1 AND awaits_deploy AND id > $2 ORDER BY id LIMIT $3",
            project.0,
            after,
            PAGE
        )?;
        let Some((last,)) = page.last() else {
            return Ok(());
        };
        after = *last;
        let ids: Vec<IssueId> = page.iter().map(|(id,)| IssueId(*id)).collect();
        let held = hold(tx, &ids).await?;
        let known = known(tx, project, &held, version).await?;
        move_held(tx, cx, by, &held, |held| decide(held, &known)).await?;
    }
}

/// When the releases were first heard of that the issues are resolved in, and `version`.
async fn known(tx: &mut Tx, project: ProjectId, held: &[Held], version: &str) -> Result<Known> {
    let named = |held: &'_ Held| match &held.state.resolution {
        Some(Resolution::InRelease { version } | Resolution::InNextRelease { after: Some(version) }) => {
            Some(version.clone())
        }
        _ => None,
    };
    let mut versions: Vec<String> = held.iter().filter_map(named).collect();
    versions.push(version.to_owned());
    versions.sort_unstable();
    versions.dedup();
    let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
    heard(tx, project, &versions).await
}

/// Issues were resolved: what runs where customers are may hold their fix already. The projects are locked against
/// deploys ([`crate::issues::resolve`] does it).
pub(crate) async fn already_deployed(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    resolved: &[IssueId],
) -> Result<()> {
    let mut of_projects: BTreeMap<ProjectId, Vec<Held>> = BTreeMap::new();
    for held in hold(tx, resolved).await? {
        of_projects.entry(held.project).or_default().push(held);
    }
    for (id, held) in of_projects {
        let Some(project) = projects::by_id(&mut *tx, id).await? else {
            continue;
        };
        let mut waiting = held;
        for deploy in deploys::running(tx, &project).await? {
            let known = known(tx, id, &waiting, &deploy.version).await?;
            let brings = deploy.brings();
            let decide = |held: &Held| {
                held.state
                    .on_deploy(&brings, &|release| known.get(release).copied())
            };
            let moved = move_held(tx, cx, &consequence(by), &waiting, decide).await?;
            waiting.retain(|held| !moved.contains(&held.id));
        }
    }
    Ok(())
}

/// What follows from what somebody did is the hub's own doing: a plugin that resolves an issue hears that it is deployed.
fn consequence(by: &By) -> By {
    By {
        actor: Actor::System,
        chain_depth: by.chain_depth,
    }
}
