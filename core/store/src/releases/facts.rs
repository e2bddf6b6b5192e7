//! What issues have to do with releases.

use errand_model::{IssueId, ProjectId};

use crate::{Db, Result, Statement};

/// Issues of a project that first happened in a release.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct NewIssues {
    /// Whose.
    pub project_id: i64,
    /// The release.
    pub version: String,
    /// How many.
    pub count: i64,
}

/// How many issues first happened in each of `versions`.
pub async fn new_issues(db: &Db, projects: &[ProjectId], versions: &[&str]) -> Result<Vec<NewIssues>> {
    let mut statement = Statement::new(
        db.dialect(),
        "SELECT project_id, first_release AS version, COUNT(*) AS count FROM issue WHERE project_id IN ",
    );
    statement
        .bind_list(projects.iter().map(|project| project.0))?
        .push(" AND first_release IN ")
        .bind_list(versions.iter().copied())?
        .push(" GROUP BY project_id, first_release");
    statement.fetch_all(db).await
}

/// What became of issues in a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// They first happened in it.
    New,
    /// They are resolved, and it is the release that the fix is in.
    Fixed,
}

/// The issues that first happened in `version`, or are fixed in it: the newest `limit`.
pub async fn issues_of(
    db: &Db,
    projects: &[ProjectId],
    version: &str,
    part: Part,
    limit: u32,
) -> Result<Vec<IssueId>> {
    let mut statement = Statement::new(db.dialect(), "SELECT id FROM issue WHERE project_id IN ");
    statement
        .bind_list(projects.iter().map(|project| project.0))?
        .push(match part {
            Part::New => " AND first_release = ",
            Part::Fixed => " AND fixed_in = ",
        })
        .bind(version)?
        .push(" ORDER BY id DESC LIMIT ")
        .bind(i64::from(limit))?;
    let rows: Vec<(i64,)> = statement.fetch_all(db).await?;
    Ok(rows.into_iter().map(|(id,)| IssueId(id)).collect())
}
