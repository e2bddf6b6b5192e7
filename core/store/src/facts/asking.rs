//! From names to ids: which issues, users and projects a question is about.

use std::collections::{BTreeMap, HashSet};

use errand_model::project::Project;
use errand_model::question::{MOST_KEYS, MOST_ROWS, Question};
use errand_model::search::{Filter, Pattern, Query, Term};
use errand_model::{OrganizationId, ProjectId, UserId};

use super::scan::{Asked, Kind, Test};
use super::tally::steps;
use crate::issues::{self, Search, search};
use crate::{Db, Error, Result};

/// Issues that conditions on issues may leave.
const MOST_ISSUES: u32 = 100_000;

/// Who asks, and of what they may hear.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// Whose people and teams `assigned:` names.
    pub organization: OrganizationId,
    /// The projects that are asked about.
    pub projects: &'a [Project],
    /// Who `me` is; nobody for a token that acts for nobody.
    pub viewer: Option<UserId>,
}

/// A question, and the projects that it is about.
pub(super) struct Resolved {
    pub(super) asked: Asked,
    pub(super) projects: Vec<ProjectId>,
    /// Whether nothing can match.
    pub(super) is_empty: bool,
}

/// Looks up all names.
pub(super) async fn resolve(db: &Db, asker: Asker<'_>, question: &Question) -> Result<Resolved> {
    check(question)?;
    let mut projects: Vec<Project> = asker.projects.to_vec();
    let (of_projects, rest): (Vec<_>, Vec<_>) = question
        .filter
        .terms
        .iter()
        .partition(|term| matches!(term.filter, Filter::Project(_)));
    for term in of_projects {
        if let Filter::Project(slugs) = &term.filter {
            projects.retain(|project| slugs.contains(&project.slug) != term.negated);
        }
    }
    let Parted {
        tests,
        of_issues,
        mut is_empty,
    } = part(db, &projects, rest).await?;
    is_empty |= projects.is_empty();
    let issues = match of_issues.is_empty() || is_empty {
        true => None,
        false => Some(issues_of(db, asker, &projects, of_issues).await?),
    };
    is_empty |= issues.as_ref().is_some_and(HashSet::is_empty);
    Ok(Resolved {
        asked: Asked {
            tests,
            issues,
            measures: question.measures.clone(),
            keys: question.keys.clone(),
            span: question.span,
            step: question.step,
        },
        projects: projects.iter().map(|project| project.id).collect(),
        is_empty,
    })
}

/// The conditions of a query, by what they are a matter of.
#[derive(Debug, Default)]
pub(crate) struct Parted {
    /// Of events: they are tested of facts.
    pub(crate) tests: Vec<Test>,
    /// Of issues.
    pub(crate) of_issues: Vec<Term>,
    /// Whether nothing can match.
    pub(crate) is_empty: bool,
}

/// Tells conditions on events from those on their issues, and looks up the names in the former.
pub(crate) async fn part(
    db: &Db,
    projects: &[Project],
    terms: impl IntoIterator<Item = &Term>,
) -> Result<Parted> {
    let mut parted = Parted::default();
    for term in terms {
        let Some(kind) = test(db, projects, &term.filter).await? else {
            parted.of_issues.push(term.clone());
            continue;
        };
        let is_nobody = matches!(&kind, Kind::User(users) if users.is_empty());
        parted.is_empty |= is_nobody && !term.negated;
        parted.tests.push(Test {
            is_negated: term.negated,
            kind,
        });
    }
    Ok(parted)
}

pub(super) fn check(question: &Question) -> Result<()> {
    let wrong = |why: &str| Err(Error::invalid(why));
    if question.measures.is_empty() || question.sort >= question.measures.len() {
        return wrong("a question counts events, users or issues");
    }
    if question.keys.len() > MOST_KEYS {
        return wrong("a question groups by two keys at most");
    }
    if question.top > MOST_ROWS {
        return wrong("an answer has a thousand rows at most");
    }
    if question.span.since >= question.span.until {
        return wrong("the time that is asked about ends before it begins");
    }
    steps(question).map(drop)
}

/// What is tested of facts themselves; none for what is a matter of their issues.
async fn test(db: &Db, projects: &[Project], filter: &Filter) -> Result<Option<Kind>> {
    Ok(Some(match filter {
        Filter::Level(levels) => {
            let exactly = |level: &errand_model::Level| Pattern {
                parts: vec![level.as_str().to_owned()],
            };
            Kind::Tag("level".to_owned(), levels.iter().map(exactly).collect())
        }
        Filter::Tag { key, values } => Kind::Tag(key.clone(), values.clone()),
        Filter::HasTag(key) if key == "user" => Kind::HasUser,
        Filter::HasTag(key) => Kind::Has(key.clone()),
        Filter::User { field, values } => {
            let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
            let users: BTreeMap<ProjectId, Vec<i64>> = search::users(db, &ids, *field, values).await?;
            Kind::User(users.into_values().flatten().collect())
        }
        _ => return Ok(None),
    }))
}

async fn issues_of(
    db: &Db,
    asker: Asker<'_>,
    projects: &[Project],
    terms: Vec<Term>,
) -> Result<HashSet<i64>> {
    let search = Search {
        organization: asker.organization,
        projects,
        query: &Query { terms },
        viewer: asker.viewer,
    };
    let found = issues::ids(db, &search, MOST_ISSUES + 1).await?;
    if found.len() > MOST_ISSUES as usize {
        return Err(Error::invalid(format!(
            "the conditions on issues match more than {MOST_ISSUES} of them; add one that leaves fewer"
        )));
    }
    Ok(found.into_iter().map(|issue| issue.0).collect())
}
