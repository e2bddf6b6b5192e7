//! Lists of issues, and single ones.

use errand_model::issue::Issue;
use errand_model::page::{Cursor, Page};
use errand_model::search::Sort;
use errand_model::{IssueId, OrganizationId, ProjectId};

use super::row::{IssueRow, issue_columns};
use super::search::{self, Search};
use crate::hashed::{tag_key_id, tag_value_id};
use crate::{Db, Reads, Result, Statement, escape_like, fetch_optional};

/// A page of the issues that match, sorted.
///
/// # Errors
/// [`crate::Error::Invalid`] where a pattern of the query matches more values than can be looked at.
pub async fn list(
    db: &Db,
    search: &Search<'_>,
    sort: Sort,
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<Page<Issue>> {
    let page = search::page(db, search, sort, cursor, limit).await?;
    Ok(Page {
        rows: by_ids(db, &page.rows).await?,
        prev: page.prev,
        next: page.next,
    })
}

/// Ids of the issues that match, the latest first, at most `limit`.
///
/// # Errors
/// As for [`list`].
pub async fn ids(db: &Db, search: &Search<'_>, limit: u32) -> Result<Vec<IssueId>> {
    let page = search::page(db, search, Sort::LastSeen, None, limit).await?;
    Ok(page.rows)
}

/// The issues of `ids` that exist, in that order.
pub async fn by_ids(on: impl Reads, ids: &[IssueId]) -> Result<Vec<Issue>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let text = concat!("SELECT ", issue_columns!(), " FROM issue WHERE id IN ");
    let mut statement = Statement::new(on.dialect(), text);
    statement.bind_list(ids.iter().map(|id| id.0))?;
    let rows: Vec<IssueRow> = statement.fetch_all(on).await?;
    let mut issues = rows
        .into_iter()
        .map(Issue::try_from)
        .collect::<Result<Vec<_>>>()?;
    issues.sort_by_cached_key(|issue| ids.iter().position(|id| *id == issue.id));
    Ok(issues)
}

/// An issue by its id.
pub async fn get(mut on: impl Reads, id: IssueId) -> Result<Option<Issue>> {
    let sql = concat!("SELECT ", issue_columns!(), " FROM issue WHERE id = $1");
    let row = fetch_optional!(on, IssueRow, sql, id.0)?;
    row.map(Issue::try_from).transpose()
}

/// An issue of an organization by its project's slug and its number: what a short id says.
pub async fn by_short_id(
    mut on: impl Reads,
    organization: OrganizationId,
    project_slug: &str,
    number: i64,
) -> Result<Option<Issue>> {
    let sql = "SELECT issue.id, issue.project_id FROM issue JOIN project ON project.id = issue.project_id \
               WHERE project.organization_id = $1 AND project.slug = $2 AND issue.number = $3";
    let found = fetch_optional!(on, (i64, i64), sql, organization.0, project_slug, number)?;
    let Some((id, _)) = found else {
        return Ok(None);
    };
    let sql = concat!("SELECT ", issue_columns!(), " FROM issue WHERE id = $1");
    let row = fetch_optional!(on, IssueRow, sql, id)?;
    row.map(Issue::try_from).transpose()
}

/// Other issues of the project that may be like one: of the same kind of error, or at the same place.
pub async fn comparable(db: &Db, issue: &Issue, limit: i64) -> Result<Vec<Issue>> {
    let kind = issue.title.split(':').next().unwrap_or_default();
    let mut statement = Statement::new(
        db.dialect(),
        "SELECT id FROM (SELECT id FROM issue WHERE project_id = ",
    );
    statement
        .bind(issue.project.0)?
        .push(" AND title")
        .push(db.dialect().like());
    statement
        .bind(format!("{}:%", escape_like(kind)))?
        .push(" ESCAPE '\\' LIMIT ")
        .bind(limit)?;
    statement.push(") AS kind UNION SELECT id FROM (SELECT id FROM issue WHERE project_id = ");
    statement
        .bind(issue.project.0)?
        .push(" AND culprit <> '' AND culprit = ");
    statement
        .bind(issue.culprit.clone())?
        .push(" LIMIT ")
        .bind(limit)?;
    statement.push(") AS place LIMIT ").bind(limit)?;
    let rows: Vec<(i64,)> = statement.fetch_all(db).await?;
    let ids: Vec<IssueId> = rows.into_iter().map(|(id,)| IssueId(id)).collect();
    let mut issues = by_ids(db, &ids).await?;
    issues.retain(|other| other.id != issue.id);
    Ok(issues)
}

/// Which of `ids` have an event that the program did not handle.
pub async fn unhandled(db: &Db, ids: &[(ProjectId, IssueId)]) -> Result<Vec<IssueId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut projects: Vec<ProjectId> = ids.iter().map(|(project, _)| *project).collect();
    projects.sort_unstable();
    projects.dedup();
    let values = projects
        .iter()
        .map(|project| tag_value_id(*project, "handled", "no"));
    let mut statement = Statement::new(db.dialect(), "SELECT issue_id FROM issue_tag WHERE issue_id IN ");
    statement.bind_list(ids.iter().map(|(_, issue)| issue.0))?;
    statement.push(" AND key_id = ").bind(tag_key_id("handled"))?;
    statement.push(" AND value_id IN ").bind_list(values)?;
    let rows: Vec<(i64,)> = statement.fetch_all(db).await?;
    Ok(rows.into_iter().map(|(id,)| IssueId(id)).collect())
}
