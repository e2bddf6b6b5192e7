//! Which issues a request is about: projects, query, environments.

use errand_model::project::{Organization, Project};
use errand_model::search::{Bound, Filter, Pattern, Query, Sort, Term};
use errand_model::{Timestamp, UserId};
use errand_pipeline::search;
use errand_store::issues::Search;

use crate::AppState;
use crate::api::at::{Events, InOrganization};
use crate::api::discover::period;
use crate::api::error::invalid;
use crate::api::query::QueryPairs;
use crate::error::Error;

/// What a request without a query asks for, as in Sentry.
const DEFAULT: &str = "is:unresolved";

/// What a request looks for, and where.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) organization: Organization,
    pub(super) projects: Vec<Project>,
    pub(super) query: Query,
    pub(super) viewer: Option<UserId>,
}

impl Wanted {
    /// As the store takes it.
    pub(super) fn search(&self) -> Search<'_> {
        Search {
            organization: self.organization.id,
            projects: &self.projects,
            query: &self.query,
            viewer: self.viewer,
        }
    }
}

/// The projects of an organization that `?project=` names by id or slug; all, where it names none or `-1`.
pub(in crate::api) async fn projects_of(
    state: &AppState,
    at: &InOrganization<Events>,
    query: &QueryPairs,
) -> Result<Vec<Project>, Error> {
    let mut all = at.projects(&state.db).await?;
    let named: Vec<&str> = query.all("project").filter(|name| *name != "-1").collect();
    for name in &named {
        if !all.iter().any(|project| is_named(project, name)) {
            return Err(invalid(
                "project",
                name,
                "the id or the slug of a project of this organization",
            ));
        }
    }
    all.retain(|project| named.is_empty() || named.iter().any(|name| is_named(project, name)));
    Ok(all)
}

fn is_named(project: &Project, name: &str) -> bool {
    project.slug == name || project.id.to_string() == name
}

/// The query with what other parameters add to it: environments, and how far back.
pub(super) fn parse(query: &QueryPairs, now: Timestamp) -> Result<Query, Error> {
    let text = query.get("query").unwrap_or(DEFAULT);
    let mut parsed = read_query(text, now)?;
    parsed.terms.extend(environments(query));
    if let Some(bound) = window(query, now)? {
        parsed.terms.push(must(Filter::LastSeen(bound)));
    }
    Ok(parsed)
}

/// What is asked of the events of an issue: a query, and what other parameters add to it.
pub(super) fn of_events(query: &QueryPairs, now: Timestamp) -> Result<Query, Error> {
    let mut parsed = read_query(query.get("query").unwrap_or_default(), now)?;
    parsed.terms.extend(environments(query));
    if let Some(bound) = window(query, now)? {
        parsed.terms.push(must(Filter::Timestamp(bound)));
    }
    if let Some(seconds) = period(query)? {
        let since = Bound {
            lower: Some((now.plus_seconds(-seconds), true)),
            upper: None,
        };
        parsed.terms.push(must(Filter::Timestamp(since)));
    }
    Ok(parsed)
}

/// Reads a query.
pub(in crate::api) fn read_query(text: &str, now: Timestamp) -> Result<Query, Error> {
    search::parse(text, now).map_err(|error| Error::bad_request(format!("query: {error}")))
}

/// That an event or an issue has one of the environments that are asked for.
pub(in crate::api) fn environments(query: &QueryPairs) -> Option<Term> {
    let environments: Vec<Pattern> = query.all("environment").map(exactly).collect();
    (!environments.is_empty()).then(|| {
        must(Filter::Tag {
            key: "environment".to_owned(),
            values: environments,
        })
    })
}

fn exactly(text: &str) -> Pattern {
    Pattern {
        parts: vec![text.to_owned()],
    }
}

fn must(filter: Filter) -> Term {
    Term {
        negated: false,
        filter,
    }
}

/// `start` and `end`: issues seen since then, and not only after that.
fn window(query: &QueryPairs, now: Timestamp) -> Result<Option<Bound<Timestamp>>, Error> {
    let time = |name| {
        let text = query.text(name);
        let allowed = "a time (2026-01-31T12:00:00Z)";
        let read = |text| Timestamp::parse_rfc3339(text).ok_or_else(|| invalid(name, text, allowed));
        text.map(read).transpose()
    };
    let (start, end) = (time("start")?, time("end")?);
    if start.is_none() && end.is_none() {
        return Ok(None);
    }
    Ok(Some(Bound {
        lower: start.map(|start| (start, true)),
        upper: end.filter(|end| *end < now).map(|end| (end, true)),
    }))
}

/// `sort`, in Sentry's words.
pub(super) fn sort(query: &QueryPairs) -> Result<Sort, Error> {
    let text = query.get("sort").unwrap_or_default();
    search::parse_sort(text).map_err(|error| Error::bad_request(error.problem.to_string()))
}
