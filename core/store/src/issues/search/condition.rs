//! One condition on an issue, and its SQL.

use std::collections::BTreeMap;

use errand_model::ProjectId;
use errand_model::issue::{Status, Substatus};
use errand_model::search::{Bound, Pattern};

use crate::dialect::escape_like;
use crate::hashed::tag_key_id;
use crate::{Result, Statement};

/// A condition or its opposite; whatever had to be looked up was.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) is_negated: bool,
    pub(super) test: Test,
}

/// What is tested. Ids of tags and users belong to one project each.
#[derive(Debug)]
pub(super) enum Test {
    /// A small number is one of these.
    OneOf(&'static str, Vec<i16>),
    /// It is in this finer state. A resolved issue's row keeps the last one, which says nothing.
    Substatus(Substatus),
    /// Whether it is anybody's.
    Assigned(bool),
    /// It is one of these people's or teams'.
    Assignee { users: Vec<i64>, teams: Vec<i64> },
    /// A number lies between.
    Between(&'static str, Bound<i64>),
    /// Its first release.
    FirstRelease(Pattern),
    /// It is one of these.
    Id(Vec<i64>),
    /// It has this number in this project.
    Number(ProjectId, i64),
    /// One of its events has one of these values of a tag.
    Tag {
        /// Its id.
        key: i64,
        /// The values' ids.
        values: BTreeMap<ProjectId, Vec<i64>>,
    },
    /// One of its events has the tag.
    HasTag(String),
    /// It happened to one of these users.
    User(BTreeMap<ProjectId, Vec<i64>>),
    /// Its title or culprit has this text in it.
    Text(String),
    /// Never.
    Nothing,
}

impl Condition {
    /// Appends `AND …`, for issues of `projects`.
    pub(super) fn push(&self, to: &mut Statement, projects: &[ProjectId]) -> Result<()> {
        to.push(" AND ((");
        self.test.push(to, projects)?;
        // `NOT` would let go of issues where the test is NULL: those that have no value to compare.
        to.push(if self.is_negated { ") IS NOT TRUE)" } else { "))" });
        Ok(())
    }
}

impl Test {
    fn push(&self, to: &mut Statement, projects: &[ProjectId]) -> Result<()> {
        match self {
            Test::OneOf(column, codes) => {
                to.push(column).push(" IN ").bind_list(codes.iter().copied())?;
            }
            Test::Substatus(substatus) => {
                to.push("status = ").bind(substatus.status().code())?;
                to.push(" AND substatus = ").bind(substatus.code())?;
            }
            Test::Assigned(true) => {
                to.push("assignee_user IS NOT NULL OR assignee_team IS NOT NULL");
            }
            Test::Assigned(false) => {
                to.push("assignee_user IS NULL AND assignee_team IS NULL");
            }
            Test::Assignee { users, teams } => {
                to.push("assignee_user IN ").bind_list(users.iter().copied())?;
                to.push(" OR assignee_team IN ")
                    .bind_list(teams.iter().copied())?;
            }
            Test::Between(column, bound) => push_bound(to, column, bound)?,
            Test::FirstRelease(pattern) => push_pattern(to, "first_release", pattern)?,
            Test::Id(ids) => {
                to.push("issue.id IN ").bind_list(ids.iter().copied())?;
            }
            Test::Number(project, number) => {
                to.push("project_id = ").bind(project.0)?;
                to.push(" AND number = ").bind(*number)?;
            }
            // Both probe the primary key of the table.
            Test::Tag { key, values } => {
                to.push("EXISTS (SELECT 1 FROM issue_tag t WHERE t.issue_id = issue.id AND t.key_id = ")
                    .bind(*key)?
                    .push(" AND t.value_id IN ")
                    .bind_list(of_projects(values, projects))?
                    .push(")");
            }
            Test::HasTag(key) => {
                to.push("EXISTS (SELECT 1 FROM issue_tag t WHERE t.issue_id = issue.id AND t.key_id = ")
                    .bind(tag_key_id(key))?
                    .push(")");
            }
            Test::User(ids) => {
                to.push("EXISTS (SELECT 1 FROM issue_user u WHERE u.issue_id = issue.id AND u.user_id IN ")
                    .bind_list(of_projects(ids, projects))?
                    .push(")");
            }
            Test::Text(text) => {
                let like = to.dialect().like();
                let pattern = format!("%{}%", escape_like(text));
                to.push("title")
                    .push(like)
                    .bind(pattern.clone())?
                    .push(" ESCAPE '\\' OR culprit");
                to.push(like).bind(pattern)?.push(" ESCAPE '\\'");
            }
            Test::Nothing => {
                to.push("1 = 0");
            }
        }
        Ok(())
    }

    /// Whether its own table has to be asked for each issue, unless the issues are listed before.
    pub(super) const fn can_be_listed(&self) -> bool {
        matches!(self, Test::Tag { .. } | Test::HasTag(_) | Test::User(_))
    }

    /// Appends a `SELECT` of the ids of issues of `projects` without which the test cannot hold, and that an
    /// index gives; answers whether there is one. Only for tests that are not negated.
    pub(super) fn push_driver(&self, to: &mut Statement, projects: &[ProjectId]) -> Result<bool> {
        match self {
            Test::Id(ids) => {
                to.push("SELECT id FROM issue WHERE id IN ")
                    .bind_list(ids.iter().copied())?;
            }
            Test::Number(project, number) => {
                to.push("SELECT id FROM issue WHERE project_id = ")
                    .bind(project.0)?;
                to.push(" AND number = ").bind(*number)?;
            }
            Test::Tag { values, .. } => {
                to.push("SELECT issue_id FROM issue_tag WHERE value_id IN ")
                    .bind_list(of_projects(values, projects))?;
            }
            Test::HasTag(key) => {
                to.push(
                    "SELECT t.issue_id FROM tag_value v JOIN issue_tag t ON t.value_id = v.id WHERE v.project_id IN ",
                )
                .bind_list(projects.iter().map(|project| project.0))?
                .push(" AND v.key = ")
                .bind(key.clone())?;
            }
            Test::User(ids) => {
                to.push("SELECT issue_id FROM issue_user WHERE user_id IN ")
                    .bind_list(of_projects(ids, projects))?;
            }
            // Narrow indexes hold these columns, so that all issues of a project are looked through quickly.
            Test::OneOf(..)
            | Test::Substatus(_)
            | Test::Assigned(true)
            | Test::Assignee { .. }
            | Test::Between(..)
            | Test::FirstRelease(_) => {
                to.push("SELECT id FROM issue WHERE project_id IN ")
                    .bind_list(projects.iter().map(|project| project.0))?
                    .push(" AND status IN ")
                    .bind_list(Status::ALL.iter().map(|status| status.code()))?
                    .push(" AND (");
                self.push(to, projects)?;
                to.push(")");
            }
            Test::Text(_) => {
                to.push("SELECT id FROM issue WHERE project_id IN ")
                    .bind_list(projects.iter().map(|project| project.0))?
                    .push(" AND (");
                self.push(to, projects)?;
                to.push(")");
            }
            Test::Assigned(false) | Test::Nothing => return Ok(false),
        }
        Ok(true)
    }
}

/// The ids of those projects.
fn of_projects(ids: &BTreeMap<ProjectId, Vec<i64>>, projects: &[ProjectId]) -> Vec<i64> {
    let lists = projects.iter().filter_map(|project| ids.get(project));
    lists.flatten().copied().collect()
}

fn push_bound(to: &mut Statement, column: &'static str, bound: &Bound<i64>) -> Result<()> {
    let ends = [
        bound
            .lower
            .map(|(value, is_in)| (if is_in { " >= " } else { " > " }, value)),
        bound
            .upper
            .map(|(value, is_in)| (if is_in { " <= " } else { " < " }, value)),
    ];
    let mut is_first = true;
    for (operator, value) in ends.into_iter().flatten() {
        if !is_first {
            to.push(" AND ");
        }
        is_first = false;
        to.push(column).push(operator).bind(value)?;
    }
    if is_first {
        to.push("1 = 1");
    }
    Ok(())
}

/// Equality where there is no star, else `LIKE`.
pub(super) fn push_pattern(to: &mut Statement, column: &'static str, pattern: &Pattern) -> Result<()> {
    if let Some(text) = pattern.exact() {
        to.push(column).push(" = ").bind(text.to_owned())?;
        return Ok(());
    }
    let parts: Vec<String> = pattern.parts.iter().map(|part| escape_like(part)).collect();
    let like = to.dialect().like();
    to.push(column)
        .push(like)
        .bind(parts.join("%"))?
        .push(" ESCAPE '\\'");
    Ok(())
}
