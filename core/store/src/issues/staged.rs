//! What plugins staged takes place.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use errand_model::lifecycle::{Actor, Change};
use errand_model::staged::{Edit, StagedChange};
use errand_model::{InstallationId, IssueId};

use super::change::{By, hold_one};
use super::resolve::share_projects;
use super::{archive, assign, comment, link, prioritize, resolve, unlink, unresolve};
use crate::outbox::{record, text_of};
use crate::{Context, Error, Result, Tx, execute, fetch_optional};

/// Makes the changes that a plugin staged, in order, as a part of `tx`. Answers for each why it was left out, if it
/// was: its issue is gone, somebody was faster, or it makes no sense for the issue as it stands. `chain_depth` is that
/// of what the changes answer, plus one.
pub async fn apply(
    tx: &mut Tx,
    cx: Context<'_>,
    installation: InstallationId,
    chain_depth: i16,
    changes: &[StagedChange],
) -> Result<Vec<Option<String>>> {
    let resolved = changes
        .iter()
        .filter(|staged| matches!(staged.edit, Edit::Resolve { .. }));
    let resolved: Vec<IssueId> = resolved.map(|staged| staged.issue).collect();
    share_projects(tx, &resolved).await?;
    let mut notes = Vec::with_capacity(changes.len());
    // What the plugin's own changes do to an issue is no reason to leave out the next.
    let mut found = HashMap::new();
    for staged in changes {
        let by = By {
            actor: actor(installation, staged),
            chain_depth,
        };
        let made = match check(tx, &mut found, staged).await {
            Ok(()) => make(tx, cx, &by, installation, staged).await,
            Err(error) => Err(error),
        };
        notes.push(match made {
            Ok(()) => None,
            // Found out before anything was written.
            Err(error @ (Error::Missing { .. } | Error::Conflict { .. } | Error::Invalid { .. })) => {
                Some(error.to_string())
            }
            Err(error) => return Err(error),
        });
    }
    Ok(notes)
}

fn actor(installation: InstallationId, staged: &StagedChange) -> Actor {
    match (&staged.on_behalf_of, &staged.acting_as) {
        (Some(outsider), _) => Actor::External {
            installation,
            id: outsider.id.clone(),
            name: outsider.name.clone(),
        },
        (None, Some(person)) => Actor::User {
            id: Some(person.id),
            name: person.name.clone(),
        },
        (None, None) => Actor::Plugin { installation },
    }
}

/// Fails unless the issue is there, and stood where the plugin thought when its first change took place.
async fn check(tx: &mut Tx, found: &mut HashMap<IssueId, i64>, staged: &StagedChange) -> Result<()> {
    let stood_at = match found.entry(staged.issue) {
        Entry::Occupied(known) => *known.get(),
        Entry::Vacant(unknown) => *unknown.insert(hold_one(tx, staged.issue).await?.revision),
    };
    match staged.expect {
        Some(expected) if expected != stood_at => Err(Error::Conflict {
            what: "the issue".to_owned(),
        }),
        _ => Ok(()),
    }
}

async fn make(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    installation: InstallationId,
    staged: &StagedChange,
) -> Result<()> {
    let issue = [staged.issue];
    match &staged.edit {
        Edit::Resolve { how } => resolve(tx, cx, by, &issue, how).await.map(drop),
        Edit::Unresolve => unresolve(tx, cx, by, &issue).await.map(drop),
        Edit::Archive { until } => archive(tx, cx, by, &issue, *until).await.map(drop),
        Edit::Assign { assignee } => assign(tx, cx, by, &issue, *assignee).await.map(drop),
        Edit::Prioritize { priority } => prioritize(tx, cx, by, &issue, *priority).await.map(drop),
        Edit::Comment { key, text } => say(tx, cx, by, installation, (staged.issue, key, text)).await,
        Edit::Link { ticket } => link(tx, cx, by, staged.issue, ticket).await.map(drop),
        Edit::Unlink { system, id } => unlink(tx, cx, by, staged.issue, (system, id)).await.map(drop),
        Edit::Raise { alert } => {
            let held = hold_one(tx, staged.issue).await?;
            let raised = held.happening(by, Change::AlertRaised(alert.clone()));
            record(tx, cx, &[raised]).await.map(drop)
        }
    }
}

/// Comments, once for each key of the installation: what was said under it is replaced.
async fn say(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    installation: InstallationId,
    (issue, key, text): (IssueId, &str, &str),
) -> Result<()> {
    let said = fetch_optional!(
        tx,
        (i64,),
        "SELECT activity_id FROM plugin_comment WHERE installation_id = $1 AND key = $2",
        installation.0,
        key
    )?;
    let Some((activity,)) = said else {
        let activity = comment(tx, cx, by, issue, text).await?;
        execute!(
            tx,
            "INSERT INTO plugin_comment (installation_id, key, activity_id) VALUES ($1, $2, $3)
             ON CONFLICT (installation_id, key) DO NOTHING",
            installation.0,
            key,
            activity
        )?;
        return Ok(());
    };
    let change = Change::Commented {
        activity,
        text: text.to_owned(),
    };
    execute!(
        tx,
        "UPDATE activity SET change = $1 WHERE id = $2",
        text_of(&change)?,
        activity
    )
    .map(drop)
}
