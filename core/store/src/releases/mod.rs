//! Releases: events tell of them, and people make them known; and deploys, which bring them to an environment.

mod change;
mod deploying;
mod deploys;
mod facts;
mod fixes;

use std::collections::HashMap;

use errand_model::page::{Cursor, Page};
use errand_model::{ProjectId, Timestamp, release};

use crate::{Db, Reads, Result, Statement, Tx, fetch_all, page};

pub use change::{Details, create, delete, set_commits, update};
pub use deploying::{NewDeploy, deploy};
pub use deploys::{Deploy, Deploys, deploys, deploys_of};
pub use facts::{NewIssues, Part, issues_of, new_issues};
pub(crate) use fixes::already_deployed;

/// A release in one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Where.
    pub project: ProjectId,
    /// Its version.
    pub version: String,
    /// When the hub first heard of it: by an event, or over the API.
    pub heard: Timestamp,
    /// When an event first came from it, if one did.
    pub first_seen: Option<Timestamp>,
    /// When an event last came from it.
    pub last_seen: Option<Timestamp>,
    /// The commit or tag that it was said to be made of.
    pub reference: Option<String>,
    /// A page about it.
    pub url: Option<String>,
    /// When its making began.
    pub started: Option<Timestamp>,
    /// When it was released.
    pub released: Option<Timestamp>,
    /// How many commits it was said to hold.
    pub commits: i64,
    /// The newest of them.
    pub last_commit: Option<String>,
    /// Whether people put it aside.
    pub is_archived: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    project_id: i64,
    version: String,
    heard: i64,
    first_seen: Option<i64>,
    last_seen: Option<i64>,
    reference: Option<String>,
    url: Option<String>,
    started: Option<i64>,
    released: Option<i64>,
    commits: i64,
    last_commit: Option<String>,
    is_archived: bool,
}

impl From<Row> for Release {
    fn from(row: Row) -> Self {
        Release {
            project: ProjectId(row.project_id),
            version: row.version,
            heard: Timestamp::from_micros(row.heard),
            first_seen: row.first_seen.map(Timestamp::from_micros),
            last_seen: row.last_seen.map(Timestamp::from_micros),
            reference: row.reference,
            url: row.url,
            started: row.started.map(Timestamp::from_micros),
            released: row.released.map(Timestamp::from_micros),
            commits: row.commits,
            last_commit: row.last_commit,
            is_archived: row.is_archived,
        }
    }
}

/// Which releases are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Part of the version.
    pub part: Option<&'a str>,
    /// Those that were put aside, or those that were not; none for all.
    pub is_archived: Option<bool>,
}

/// A page of the versions of `projects`, the last heard of first; each with what the projects say of it, in the order of
/// their ids.
pub async fn list(
    db: &Db,
    projects: &[ProjectId],
    wanted: Wanted<'_>,
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<Page<Vec<Release>>> {
    let mut statement = Statement::new(db.dialect(), "SELECT version FROM release WHERE project_id IN ");
    statement.bind_list(projects.iter().map(|project| project.0))?;
    if let Some(part) = wanted.part {
        let pattern = format!("%{}%", crate::dialect::escape_like(part));
        let like = db.dialect().like();
        statement
            .push(" AND version")
            .push(like)
            .bind(pattern)?
            .push(" ESCAPE '\\'");
    }
    if let Some(is_archived) = wanted.is_archived {
        statement.push(" AND is_archived = ").bind(is_archived)?;
    }
    statement
        .push(" GROUP BY version ORDER BY MAX(heard) DESC, version LIMIT ")
        .bind(i64::from(limit) + 1)?;
    statement
        .push(" OFFSET ")
        .bind(cursor.map_or(0, |cursor| cursor.offset))?;
    let versions: Vec<(String,)> = statement.fetch_all(db).await?;
    let page = page::by_offset(versions, cursor, limit);
    let versions: Vec<&str> = page.rows.iter().map(|(version,)| version.as_str()).collect();
    let mut found: HashMap<String, Vec<Release>> = HashMap::new();
    for release in named(db, projects, &versions).await? {
        found.entry(release.version.clone()).or_default().push(release);
    }
    Ok(Page {
        rows: versions
            .iter()
            .filter_map(|version| found.remove(*version))
            .collect(),
        prev: page.prev,
        next: page.next,
    })
}

/// Those of `versions` that the projects have, in the order of the projects' ids.
pub async fn named(on: impl Reads, projects: &[ProjectId], versions: &[&str]) -> Result<Vec<Release>> {
    if projects.is_empty() || versions.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = Statement::new(
        on.dialect(),
        "SELECT project_id, version, heard, first_seen, last_seen, reference, url, started, released, commits,
            last_commit, is_archived
         FROM release WHERE project_id IN ",
    );
    statement
        .bind_list(projects.iter().map(|project| project.0))?
        .push(" AND version IN ")
        .bind_list(versions.iter().copied())?
        .push(" ORDER BY project_id");
    let rows: Vec<Row> = statement.fetch_all(on).await?;
    Ok(rows.into_iter().map(Release::from).collect())
}

/// The newest release of a project: by version among the hundred that it heard of last, else by when that was.
pub async fn newest(mut on: impl Reads, project: ProjectId) -> Result<Option<String>> {
    let latest = fetch_all!(
        on,
        (String, i64),
        "SELECT version, heard FROM release WHERE project_id = $1 ORDER BY heard DESC, version DESC LIMIT 100",
        project.0
    )?;
    let latest = latest
        .iter()
        .map(|(version, heard)| (version.as_str(), Timestamp::from_micros(*heard)));
    Ok(release::newest(latest).map(str::to_owned))
}

/// The version, other than `version`, that was heard of last of those that commits were named for.
pub async fn last_with_commits(db: &Db, projects: &[ProjectId], version: &str) -> Result<Option<String>> {
    let mut statement = Statement::new(db.dialect(), "SELECT version FROM release WHERE project_id IN ");
    statement
        .bind_list(projects.iter().map(|project| project.0))?
        .push(" AND commits > 0 AND version <> ")
        .bind(version)?
        .push(" ORDER BY heard DESC LIMIT 1");
    let row: Option<(String,)> = statement.fetch_optional(db).await?;
    Ok(row.map(|(version,)| version))
}

/// When a project first heard of those of `versions` that it knows.
pub(crate) async fn heard(
    tx: &mut Tx,
    project: ProjectId,
    versions: &[&str],
) -> Result<HashMap<String, Timestamp>> {
    let mut known = HashMap::new();
    for versions in versions.chunks(500) {
        let mut statement = Statement::new(
            tx.dialect(),
            "SELECT version, heard FROM release WHERE project_id = ",
        );
        statement
            .bind(project.0)?
            .push(" AND version IN ")
            .bind_list(versions.iter().copied())?;
        let rows: Vec<(String, i64)> = statement.fetch_all(&mut *tx).await?;
        let read = |(version, heard)| (version, Timestamp::from_micros(heard));
        known.extend(rows.into_iter().map(read));
    }
    Ok(known)
}

/// Keeps others from resolving issues of the projects until the transaction ends: what they wait for is about to be looked
/// at. Before issues are held, as everybody does it.
async fn lock(tx: &mut Tx, projects: &[ProjectId]) -> Result<()> {
    let lock = tx.dialect().for_update();
    let mut statement = Statement::new(tx.dialect(), "SELECT id FROM project WHERE id IN ");
    statement
        .bind_list(projects.iter().map(|project| project.0))?
        .push(" ORDER BY id")
        .push(lock);
    statement.fetch_all::<(i64,)>(tx).await.map(drop)
}
