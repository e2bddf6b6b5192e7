//! Releases, as far as events have told of them.

use errand_model::page::{Cursor, Page};
use errand_model::{ProjectId, Timestamp};

use crate::{Db, Reads, Result, Statement, fetch_optional, page};

/// A release in one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Where.
    pub project: ProjectId,
    /// Its version.
    pub version: String,
    /// When an event first came from it.
    pub first_seen: Timestamp,
    /// When an event last came from it.
    pub last_seen: Timestamp,
}

impl From<(i64, String, i64, i64)> for Release {
    fn from((project, version, first, last): (i64, String, i64, i64)) -> Self {
        Release {
            project: ProjectId(project),
            version,
            first_seen: Timestamp::from_micros(first),
            last_seen: Timestamp::from_micros(last),
        }
    }
}

/// A page of the releases of `projects`, the newest first; `part` is part of the version.
pub async fn list(
    db: &Db,
    projects: &[ProjectId],
    part: Option<&str>,
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<Page<Release>> {
    let mut statement = Statement::new(
        db.dialect(),
        "SELECT project_id, version, first_seen, last_seen FROM release WHERE project_id IN ",
    );
    statement.bind_list(projects.iter().map(|project| project.0))?;
    if let Some(part) = part {
        let pattern = format!("%{}%", crate::dialect::escape_like(part));
        let like = db.dialect().like();
        statement
            .push(" AND version")
            .push(like)
            .bind(pattern)?
            .push(" ESCAPE '\\'");
    }
    statement
        .push(" ORDER BY first_seen DESC, version, project_id LIMIT ")
        .bind(i64::from(limit) + 1)?;
    statement
        .push(" OFFSET ")
        .bind(cursor.map_or(0, |cursor| cursor.offset))?;
    let rows: Vec<(i64, String, i64, i64)> = statement.fetch_all(db).await?;
    Ok(page::by_offset(
        rows.into_iter().map(Release::from).collect(),
        cursor,
        limit,
    ))
}

/// Those of `versions` that a project has.
pub async fn named(db: &Db, project: ProjectId, versions: &[&str]) -> Result<Vec<Release>> {
    let mut statement = Statement::new(
        db.dialect(),
        "SELECT project_id, version, first_seen, last_seen FROM release WHERE project_id = ",
    );
    statement
        .bind(project.0)?
        .push(" AND version IN ")
        .bind_list(versions.iter().copied())?;
    let rows: Vec<(i64, String, i64, i64)> = statement.fetch_all(db).await?;
    Ok(rows.into_iter().map(Release::from).collect())
}

/// The newest release of a project: the one that was first seen last.
pub async fn latest(mut on: impl Reads, project: ProjectId) -> Result<Option<String>> {
    let sql =
        "SELECT version FROM release WHERE project_id = $1 ORDER BY first_seen DESC, version DESC LIMIT 1";
    let row = fetch_optional!(on, (String,), sql, project.0)?;
    Ok(row.map(|(version,)| version))
}
