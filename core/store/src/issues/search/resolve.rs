//! From names to ids: projects, people, teams, values of tags, users.

use std::collections::BTreeMap;

use errand_model::issue::{Status, parse_short_id};
use errand_model::search::{Bound, Filter, Owner, Pattern, Term, UserField};
use errand_model::{ProjectId, Timestamp};

use super::condition::{Condition, Test, push_pattern};
use super::{Resolved, Search};
use crate::hashed::{tag_key_id, tag_value_id};
use crate::{Db, Error, Result, Statement, fetch_all};

/// Values that a pattern may match in all: each is looked for by itself.
const MATCHED_VALUES: usize = 1_000;

/// Resolves every name of the query. A name that nobody has matches nothing.
pub(super) async fn resolve(db: &Db, search: &Search<'_>) -> Result<Resolved> {
    let mut resolved = Resolved {
        projects: search.projects.iter().map(|project| project.id).collect(),
        statuses: Status::ALL.to_vec(),
        conditions: Vec::new(),
    };
    // Terms that name projects and states narrow what the others look at.
    for term in &search.query.terms {
        narrow(&mut resolved, search, term);
    }
    for term in &search.query.terms {
        if matches!(term.filter, Filter::Project(_) | Filter::Status(_)) {
            continue;
        }
        let test = test_of(db, search, &resolved.projects, &term.filter).await?;
        if matches!(test, Test::Nothing) && !term.negated {
            resolved.projects.clear();
            break;
        }
        if let (Test::FirstRelease(version), false) = (&test, term.negated) {
            // Its first event had the tag: that leaves few issues, and there is an index of it.
            let had_tag = tag(db, &resolved.projects, "release", std::slice::from_ref(version)).await?;
            resolved.conditions.push(Condition {
                is_negated: false,
                test: had_tag,
            });
        }
        resolved.conditions.push(Condition {
            is_negated: term.negated,
            test,
        });
    }
    Ok(resolved)
}

fn narrow(resolved: &mut Resolved, search: &Search<'_>, term: &Term) {
    match &term.filter {
        Filter::Status(status) => resolved.statuses.retain(|each| (each == status) != term.negated),
        Filter::Substatus(substatus) if !term.negated => {
            resolved.statuses.retain(|each| *each == substatus.status());
        }
        Filter::Project(slugs) => {
            let is_named = |id: &ProjectId| {
                let named = search
                    .projects
                    .iter()
                    .filter(|project| slugs.contains(&project.slug));
                named.into_iter().any(|project| project.id == *id)
            };
            resolved.projects.retain(|id| is_named(id) != term.negated);
        }
        _ => {}
    }
}

async fn test_of(db: &Db, search: &Search<'_>, projects: &[ProjectId], filter: &Filter) -> Result<Test> {
    Ok(match filter {
        Filter::Status(status) => Test::OneOf("status", vec![status.code()]),
        Filter::Substatus(substatus) => Test::Substatus(*substatus),
        Filter::Assigned(is_assigned) => Test::Assigned(*is_assigned),
        Filter::Assignee(owner) => assignee(db, search, owner).await?,
        Filter::Level(levels) => Test::OneOf("level", levels.iter().map(|level| level.code()).collect()),
        Filter::Priority(priorities) => Test::OneOf(
            "priority",
            priorities.iter().map(|priority| priority.code()).collect(),
        ),
        Filter::Kind(kind) => Test::OneOf("kind", vec![kind.code()]),
        Filter::FirstSeen(bound) => Test::Between("first_seen", micros(bound)),
        Filter::LastSeen(bound) => Test::Between("last_seen", micros(bound)),
        Filter::Timestamp(_) => {
            return Err(Error::invalid(
                "timestamp is a matter of events: it is asked among an issue's events and in reports; \
                 of issues there are firstSeen and lastSeen",
            ));
        }
        Filter::TimesSeen(bound) => Test::Between("times_seen", *bound),
        Filter::UsersSeen(bound) => Test::Between("users_seen", *bound),
        Filter::FirstRelease(pattern) => Test::FirstRelease(pattern.clone()),
        // Projects are narrowed already.
        Filter::Project(_) => Test::Nothing,
        Filter::ShortId(text) => by_name(search, text),
        Filter::Tag { key, values } => tag(db, projects, key, values).await?,
        Filter::HasTag(key) => Test::HasTag(key.clone()),
        Filter::User { field, values } => user(db, projects, *field, values).await?,
        Filter::Text(text) => Test::Text(text.clone()),
    })
}

fn micros(bound: &Bound<Timestamp>) -> Bound<i64> {
    let micros = |end: Option<(Timestamp, bool)>| end.map(|(time, is_in)| (time.micros(), is_in));
    Bound {
        lower: micros(bound.lower),
        upper: micros(bound.upper),
    }
}

/// An issue by its short id or its id.
fn by_name(search: &Search<'_>, text: &str) -> Test {
    if let Ok(id) = text.parse() {
        return Test::Id(vec![id]);
    }
    let found = parse_short_id(text).and_then(|(slug, number)| {
        let project = search.projects.iter().find(|project| project.slug == slug)?;
        Some(Test::Number(project.id, number))
    });
    found.unwrap_or(Test::Nothing)
}

async fn assignee(db: &Db, search: &Search<'_>, owner: &Owner) -> Result<Test> {
    let (users, teams): (Vec<(i64,)>, Vec<(i64,)>) = match owner {
        Owner::Nobody => return Ok(Test::Assigned(false)),
        Owner::Me => (
            search.viewer.map(|viewer| (viewer.0,)).into_iter().collect(),
            Vec::new(),
        ),
        Owner::MyTeams => {
            let sql = "SELECT team_id FROM team_member WHERE person_id = $1 LIMIT 1000";
            let viewer = search.viewer.map_or(0, |viewer| viewer.0);
            (Vec::new(), fetch_all!(db, (i64,), sql, viewer)?)
        }
        Owner::User(name) => {
            let sql =
                "SELECT id FROM person WHERE LOWER(email) = LOWER($1) OR LOWER(name) = LOWER($1) LIMIT 100";
            (fetch_all!(db, (i64,), sql, name)?, Vec::new())
        }
        Owner::Team(slug) => {
            let sql = "SELECT id FROM team WHERE organization_id = $1 AND slug = $2";
            (
                Vec::new(),
                fetch_all!(db, (i64,), sql, search.organization.0, slug)?,
            )
        }
    };
    if users.is_empty() && teams.is_empty() {
        return Ok(Test::Nothing);
    }
    Ok(Test::Assignee {
        users: users.into_iter().map(|(id,)| id).collect(),
        teams: teams.into_iter().map(|(id,)| id).collect(),
    })
}

/// Ids of exact values are known without a look-up; patterns are matched against the values that there are.
async fn tag(db: &Db, projects: &[ProjectId], key: &str, values: &[Pattern]) -> Result<Test> {
    let mut ids: BTreeMap<ProjectId, Vec<i64>> = BTreeMap::new();
    for project in projects {
        let exact = values.iter().filter_map(Pattern::exact);
        let exact = exact.map(|value| tag_value_id(*project, key, value));
        ids.entry(*project).or_default().extend(exact);
    }
    let patterns: Vec<&Pattern> = values.iter().filter(|value| value.exact().is_none()).collect();
    if !patterns.is_empty() {
        let mut statement = Statement::new(db.dialect(), "SELECT project_id, id FROM tag_value WHERE key = ");
        statement.bind(key.to_owned())?.push(" AND project_id IN ");
        statement.bind_list(projects.iter().map(|project| project.0))?;
        for (project, value) in matching(db, statement, "value", &patterns, key).await? {
            ids.entry(project).or_default().push(value);
        }
    }
    ids.retain(|_, values| !values.is_empty());
    Ok(if ids.is_empty() {
        Test::Nothing
    } else {
        Test::Tag {
            key: tag_key_id(key),
            values: ids,
        }
    })
}

async fn user(db: &Db, projects: &[ProjectId], field: UserField, values: &[Pattern]) -> Result<Test> {
    let ids = users(db, projects, field, values).await?;
    Ok(if ids.is_empty() {
        Test::Nothing
    } else {
        Test::User(ids)
    })
}

/// Users of whom the field is like one of `values`.
pub(super) async fn users(
    db: &Db,
    projects: &[ProjectId],
    field: UserField,
    values: &[Pattern],
) -> Result<BTreeMap<ProjectId, Vec<i64>>> {
    let (column, name) = match field {
        UserField::Id => ("ident", "user.id"),
        UserField::Email => ("email", "user.email"),
        UserField::Username => ("username", "user.username"),
        UserField::Ip => ("ip", "user.ip"),
    };
    let patterns: Vec<&Pattern> = values.iter().collect();
    let mut statement = Statement::new(
        db.dialect(),
        "SELECT project_id, id FROM app_user WHERE project_id IN ",
    );
    statement.bind_list(projects.iter().map(|project| project.0))?;
    // Says to the planner that the index of those who have the field will do.
    statement.push(" AND ").push(column).push(" IS NOT NULL");
    let mut ids: BTreeMap<ProjectId, Vec<i64>> = BTreeMap::new();
    for (project, id) in matching(db, statement, column, &patterns, name).await? {
        ids.entry(project).or_default().push(id);
    }
    Ok(ids)
}

/// Runs `statement` for the rows whose `column` is like one of `patterns`.
async fn matching(
    db: &Db,
    mut statement: Statement,
    column: &'static str,
    patterns: &[&Pattern],
    name: &str,
) -> Result<Vec<(ProjectId, i64)>> {
    statement.push(" AND (");
    for (at, pattern) in patterns.iter().enumerate() {
        statement.push(if at == 0 { "" } else { " OR " });
        push_pattern(&mut statement, column, pattern)?;
    }
    statement.push(") LIMIT ").bind(MATCHED_VALUES as i64 + 1)?;
    let rows: Vec<(i64, i64)> = statement.fetch_all(db).await?;
    if rows.len() > MATCHED_VALUES {
        return Err(Error::invalid(format!(
            "{name}: the pattern matches more than {MATCHED_VALUES} values; allowed are patterns that match fewer"
        )));
    }
    Ok(rows
        .into_iter()
        .map(|(project, id)| (ProjectId(project), id))
        .collect())
}
