//! Issues that match a query: the one place that makes SQL of [`Query`].
//!
//! ```text
//! Query ──resolve──▶ Conditions ──plan──▶ Walk:  each (project, status) along the sort's index, until a page is full
//!        names, tags               └────▶ Drive: from the few issues that the rarest condition leaves
//!        and users to ids
//! ```
//!
//! Both ways answer the same. A walk is quick where many issues match, because it stops at a full page; driving
//! is quick where few do. [`plan`] counts what each condition leaves, up to a bound, and picks.

mod condition;
mod newer;
mod page;
mod plan;
mod resolve;

use std::collections::BTreeMap;

use errand_model::issue::Status;
use errand_model::page::{Cursor, Page};
use errand_model::project::Project;
use errand_model::search::{Pattern, Query, Sort, UserField};
use errand_model::{IssueId, OrganizationId, ProjectId, UserId};

use self::condition::Condition;
pub use self::newer::{newer, newest};
use crate::{Db, Result};

/// What is searched, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// Whose people and teams `assigned:` names.
    pub organization: OrganizationId,
    /// In which projects.
    pub projects: &'a [Project],
    /// What must hold.
    pub query: &'a Query,
    /// Who `me` is; nobody for a token that acts for nobody.
    pub viewer: Option<UserId>,
}

/// How many issues match, as far as that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hits {
    /// Matching issues, at most the bound.
    pub count: i64,
    /// Whether there are more.
    pub is_capped: bool,
}

/// A search without names: ids of projects, and conditions on the columns of an issue.
#[derive(Debug)]
struct Resolved {
    projects: Vec<ProjectId>,
    statuses: Vec<Status>,
    conditions: Vec<Condition>,
}

impl Resolved {
    /// Whether no issue can match.
    fn is_empty(&self) -> bool {
        self.projects.is_empty() || self.statuses.is_empty()
    }
}

/// Ids of a page of the issues that match, sorted.
///
/// # Errors
/// [`crate::Error::Invalid`] where a pattern matches more values than can be looked at.
pub(super) async fn page(
    db: &Db,
    search: &Search<'_>,
    sort: Sort,
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<Page<IssueId>> {
    let resolved = resolve::resolve(db, search).await?;
    if resolved.is_empty() {
        return Ok(Page {
            rows: Vec::new(),
            prev: None,
            next: None,
        });
    }
    let plan = plan::choose(db, &resolved).await?;
    page::fetch(db, &resolved, plan, sort, cursor, limit).await
}

/// How many issues match; counts to `cap`.
///
/// # Errors
/// As for a page.
pub async fn count(db: &Db, search: &Search<'_>, cap: u32) -> Result<Hits> {
    count_resolved(db, &resolve::resolve(db, search).await?, cap).await
}

async fn count_resolved(db: &Db, resolved: &Resolved, cap: u32) -> Result<Hits> {
    if resolved.is_empty() {
        return Ok(Hits {
            count: 0,
            is_capped: false,
        });
    }
    let plan = plan::choose(db, resolved).await?;
    let count = page::count(db, resolved, plan, cap.saturating_add(1)).await?;
    Ok(Hits {
        count: count.min(i64::from(cap)),
        is_capped: count > i64::from(cap),
    })
}

/// Ids of the users of whom a field is like one of `values`, by project.
pub(crate) async fn users(
    db: &Db,
    projects: &[ProjectId],
    field: UserField,
    values: &[Pattern],
) -> Result<BTreeMap<ProjectId, Vec<i64>>> {
    resolve::users(db, projects, field, values).await
}

#[cfg(test)]
mod tests;
