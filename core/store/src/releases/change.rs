//! What people say of releases.

use errand_model::{ProjectId, Timestamp};

use super::{fixes, lock, named};
use crate::bulk::Bulk;
use crate::issues::By;
use crate::{Context, Error, Result, Statement, Tx, execute};

/// What can be said of a release; what is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The commit or tag that it is made of.
    pub reference: Option<String>,
    /// A page about it.
    pub url: Option<String>,
    /// When its making began.
    pub started: Option<Timestamp>,
    /// When it was released.
    pub released: Option<Timestamp>,
    /// Whether it is put aside.
    pub is_archived: Option<bool>,
}

static CREATE: Bulk = Bulk::new(
    "INSERT INTO release (project_id, version, heard, commits, is_archived) VALUES ",
    5,
    " ON CONFLICT (project_id, version) DO NOTHING",
);

/// Makes a release known to projects, and says more of it. It may be the one that issues are resolved in as "the next
/// release". Answers whether it was news to any of them.
pub async fn create(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    projects: &[ProjectId],
    version: &str,
    details: &Details,
) -> Result<bool> {
    lock(tx, projects).await?;
    let known = named(&mut *tx, projects, &[version]).await?;
    let is_new = |project: &ProjectId| !known.iter().any(|release| release.project == *project);
    let new: Vec<ProjectId> = projects.iter().copied().filter(is_new).collect();
    let heard = cx.now().micros();
    CREATE
        .execute(tx, &new, |arguments, project| {
            arguments.add(project.0)?;
            arguments.add(version)?;
            arguments.add(heard)?;
            arguments.add(0_i64)?;
            arguments.add(false)
        })
        .await?;
    write(tx, projects, version, details).await?;
    for project in &new {
        fixes::on_release(tx, cx, by, *project, version).await?;
    }
    Ok(!new.is_empty())
}

/// Says more of a release.
pub async fn update(tx: &mut Tx, projects: &[ProjectId], version: &str, details: &Details) -> Result<()> {
    match write(tx, projects, version, details).await? {
        0 => Err(Error::Missing { what: "release" }),
        _ => Ok(()),
    }
}

async fn write(tx: &mut Tx, projects: &[ProjectId], version: &str, details: &Details) -> Result<u64> {
    let micros = |time: Option<Timestamp>| time.map(Timestamp::micros);
    let mut statement = Statement::new(tx.dialect(), "UPDATE release SET reference = COALESCE(");
    statement
        .bind(details.reference.as_deref())?
        .push(", reference), url = COALESCE(")
        .bind(details.url.as_deref())?
        .push(", url), started = COALESCE(")
        .bind(micros(details.started))?
        .push(", started), released = COALESCE(")
        .bind(micros(details.released))?
        .push(", released), is_archived = COALESCE(")
        .bind(details.is_archived)?
        .push(", is_archived) WHERE version = ")
        .bind(version)?
        .push(" AND project_id IN ")
        .bind_list(projects.iter().map(|project| project.0))?;
    statement.execute(tx).await
}

/// Says which commits a release holds, the newest first: what was resolved in one of them is resolved in the release.
pub async fn set_commits(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    projects: &[ProjectId],
    version: &str,
    commits: &[String],
) -> Result<()> {
    lock(tx, projects).await?;
    for project in projects {
        execute!(
            tx,
            "UPDATE release SET commits = $1, last_commit = $2 WHERE project_id = $3 AND version = $4",
            i64::try_from(commits.len()).unwrap_or(i64::MAX),
            commits.first().map(String::as_str),
            project.0,
            version
        )?;
        fixes::on_commits(tx, cx, by, *project, version, commits).await?;
    }
    Ok(())
}

/// Forgets a release that no event came from.
pub async fn delete(tx: &mut Tx, projects: &[ProjectId], version: &str) -> Result<()> {
    let releases = named(&mut *tx, projects, &[version]).await?;
    if releases.is_empty() {
        return Err(Error::Missing { what: "release" });
    }
    if releases.iter().any(|release| release.first_seen.is_some()) {
        return Err(Error::invalid(
            "events came from this release: it can be archived, not deleted",
        ));
    }
    let mut statement = Statement::new(tx.dialect(), "DELETE FROM release WHERE version = ");
    statement
        .bind(version)?
        .push(" AND project_id IN ")
        .bind_list(projects.iter().map(|project| project.0))?;
    statement.execute(tx).await.map(drop)
}
