//! Fetching a page of matching issues, or counting them.

use std::cmp::Reverse;

use errand_model::issue::Status;
use errand_model::page::{Cursor, Page};
use errand_model::search::Sort;
use errand_model::{IssueId, ProjectId};

use super::Resolved;
use super::plan::Plan;
use crate::{Db, Dialect, Result, Statement};

/// The key that the list is sorted by, and the issue.
type Found = (i64, i64);

/// Walks that one statement makes at most: SQLite joins no more than 500 in one.
const WALKS: usize = 100;

const fn column(sort: Sort) -> &'static str {
    match sort {
        Sort::LastSeen => "last_seen",
        Sort::FirstSeen => "first_seen",
        Sort::Events => "times_seen",
        Sort::Users => "users_seen",
        Sort::Trend => "trend",
        Sort::Score => "score",
    }
}

/// Fetches a page; one row more is asked for, to know whether there is another page.
pub(super) async fn fetch(
    db: &Db,
    resolved: &Resolved,
    plan: Plan,
    sort: Sort,
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<Page<IssueId>> {
    let order = Order {
        sort,
        cursor,
        rows: i64::from(limit) + 1,
    };
    let found = match plan {
        Plan::Drive(at) => drive(db, resolved, at, order).await?,
        Plan::Walk { listed } => walk(db, resolved, &listed, order).await?,
    };
    Ok(paged(found, cursor, limit as usize))
}

/// How a page is cut out of the sorted list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    pub(super) sort: Sort,
    pub(super) cursor: Option<Cursor>,
    pub(super) rows: i64,
}

impl Order {
    fn is_backwards(self) -> bool {
        self.cursor.is_some_and(|cursor| cursor.is_prev)
    }

    /// Appends the condition that a row lies beyond the cursor, and the order.
    fn push(self, to: &mut Statement) -> Result<()> {
        let column = column(self.sort);
        if let Some(cursor) = self.cursor {
            let beyond = if cursor.is_prev { ") > (" } else { ") < (" };
            to.push(" AND (").push(column).push(", issue.id").push(beyond);
            to.bind(cursor.value)?.push(", ").bind(cursor.offset)?.push(")");
        }
        let direction = if self.is_backwards() { " ASC" } else { " DESC" };
        to.push(" ORDER BY ")
            .push(column)
            .push(direction)
            .push(", issue.id")
            .push(direction);
        to.push(" LIMIT ").bind(self.rows)?;
        Ok(())
    }
}

/// The issues that the condition at `at` leaves, tested by the others.
async fn drive(db: &Db, resolved: &Resolved, at: usize, order: Order) -> Result<Vec<Found>> {
    driven(db.dialect(), resolved, at, order)?.fetch_all(db).await
}

pub(super) fn driven(dialect: Dialect, resolved: &Resolved, at: usize, order: Order) -> Result<Statement> {
    let mut statement = Statement::new(dialect, "SELECT ");
    statement.push(column(order.sort)).push(", issue.id FROM issue");
    push_driven(&mut statement, resolved, at)?;
    order.push(&mut statement)?;
    Ok(statement)
}

fn push_driven(to: &mut Statement, resolved: &Resolved, at: usize) -> Result<()> {
    to.push(" WHERE issue.id IN (");
    if let Some(condition) = resolved.conditions.get(at) {
        condition.test.push_driver(to, &resolved.projects)?;
    }
    // The signs keep the index of the sort out of it, whatever the planner believes of the rows.
    to.push(") AND +project_id IN ")
        .bind_list(resolved.projects.iter().map(|project| project.0))?;
    to.push(" AND +status IN ")
        .bind_list(resolved.statuses.iter().map(|status| status.code()))?;
    for condition in &resolved.conditions {
        condition.push(to, &resolved.projects)?;
    }
    Ok(())
}

/// One walk for each project and status, merged.
async fn walk(db: &Db, resolved: &Resolved, listed: &[usize], order: Order) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for walks in walks(resolved).chunks(WALKS) {
        let statement = walked(db.dialect(), resolved, listed, walks, order)?;
        found.extend(statement.fetch_all::<Found>(db).await?);
    }
    if order.is_backwards() {
        found.sort_unstable();
    } else {
        found.sort_unstable_by_key(|row| Reverse(*row));
    }
    found.truncate(usize::try_from(order.rows).unwrap_or(usize::MAX));
    Ok(found)
}

pub(super) fn walked(
    dialect: Dialect,
    resolved: &Resolved,
    listed: &[usize],
    walks: &[(ProjectId, Status)],
    order: Order,
) -> Result<Statement> {
    let mut statement = Statement::new(dialect, "");
    for (at, walk) in walks.iter().enumerate() {
        statement.push(if at == 0 { "" } else { " UNION ALL " });
        statement
            .push("SELECT * FROM (SELECT ")
            .push(column(order.sort))
            .push(" AS sort_key, issue.id FROM issue");
        push_walk(&mut statement, resolved, listed, *walk)?;
        order.push(&mut statement)?;
        statement.push(") AS walk_").push(&at.to_string());
    }
    Ok(statement)
}

pub(super) fn walks(resolved: &Resolved) -> Vec<(ProjectId, Status)> {
    let of_project = |project: &ProjectId| {
        let project = *project;
        resolved.statuses.iter().map(move |status| (project, *status))
    };
    resolved.projects.iter().flat_map(of_project).collect()
}

fn push_walk(
    to: &mut Statement,
    resolved: &Resolved,
    listed: &[usize],
    (project, status): (ProjectId, Status),
) -> Result<()> {
    to.push(" WHERE project_id = ").bind(project.0)?;
    to.push(" AND status = ").bind(status.code())?;
    for (at, condition) in resolved.conditions.iter().enumerate() {
        if listed.contains(&at) {
            // The sign keeps the planner on the index of the sort.
            to.push(" AND +issue.id IN (");
            condition.test.push_driver(to, &[project])?;
            to.push(")");
        } else {
            condition.push(to, &[project])?;
        }
    }
    Ok(())
}

/// Counts matching issues, up to `cap`.
pub(super) async fn count(db: &Db, resolved: &Resolved, plan: Plan, cap: u32) -> Result<i64> {
    let cap = i64::from(cap);
    let mut total = 0;
    let (walks, listed) = match plan {
        Plan::Drive(at) => {
            let mut statement =
                Statement::new(db.dialect(), "SELECT COUNT(*) FROM (SELECT issue.id FROM issue");
            push_driven(&mut statement, resolved, at)?;
            return counted(db, statement, cap).await;
        }
        Plan::Walk { listed } => (walks(resolved), listed),
    };
    for walks in walks.chunks(WALKS) {
        let mut statement = Statement::new(db.dialect(), "SELECT COUNT(*) FROM (");
        for (at, walk) in walks.iter().enumerate() {
            statement.push(if at == 0 { "" } else { " UNION ALL " });
            statement.push("SELECT issue.id FROM issue");
            push_walk(&mut statement, resolved, &listed, *walk)?;
        }
        total += counted(db, statement, cap - total).await?;
        if total >= cap {
            break;
        }
    }
    Ok(total)
}

async fn counted(db: &Db, mut statement: Statement, cap: i64) -> Result<i64> {
    statement.push(" LIMIT ").bind(cap)?.push(") AS found");
    let found: Option<(i64,)> = statement.fetch_optional(db).await?;
    Ok(found.map_or(0, |(count,)| count))
}

/// Cuts the further row off, puts a backward page into order, and says where the neighbours start.
fn paged(mut found: Vec<Found>, cursor: Option<Cursor>, limit: usize) -> Page<IssueId> {
    let has_more = found.len() > limit;
    found.truncate(limit);
    let is_backwards = cursor.is_some_and(|cursor| cursor.is_prev);
    if is_backwards {
        found.reverse();
    }
    let at = |row: Option<&Found>, is_prev| {
        row.map(|(value, id)| Cursor {
            value: *value,
            offset: *id,
            is_prev,
        })
    };
    // Whoever came from one side can go back to it.
    let (has_prev, has_next) = if is_backwards {
        (has_more, true)
    } else {
        (cursor.is_some(), has_more)
    };
    Page {
        prev: at(found.first(), true).filter(|_| has_prev),
        next: at(found.last(), false).filter(|_| has_next),
        rows: found.into_iter().map(|(_, id)| IssueId(id)).collect(),
    }
}
