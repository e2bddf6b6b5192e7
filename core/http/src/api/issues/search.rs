//! Which issues a request is about: projects, query, environments.

use errand_model::project::{Organization, Project};
use errand_model::search::{Bound, Filter, Query, Sort};
use errand_model::{Timestamp, UserId};
use errand_pipeline::search;
use errand_store::issues::Search;

use crate::AppState;
use crate::api::at::{By, Events, InOrganization, InProject};
use crate::api::narrow::{environments, must, period, projects_of, read_query, time};
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
    /// In an organization: in those of its projects that are named, or all.
    pub(super) async fn of_organization(
        state: &AppState,
        at: InOrganization<Events>,
        query: &QueryPairs,
    ) -> Result<(By<Events>, Self), Error> {
        let projects = projects_of(state, &at, query).await?;
        let wanted = Self::among(projects, (at.organization, &at.by), query, state.now())?;
        Ok((at.by, wanted))
    }

    /// In a project.
    pub(super) fn of_project(
        state: &AppState,
        at: InProject<Events>,
        query: &QueryPairs,
    ) -> Result<(By<Events>, Self), Error> {
        let wanted = Self::among(vec![at.project], (at.organization, &at.by), query, state.now())?;
        Ok((at.by, wanted))
    }

    /// Among these projects of an organization, for who asks.
    pub(super) fn among(
        projects: Vec<Project>,
        (organization, by): (Organization, &By<Events>),
        query: &QueryPairs,
        now: Timestamp,
    ) -> Result<Self, Error> {
        Ok(Wanted {
            query: parse(query, now)?,
            viewer: by.caller.person(),
            organization,
            projects,
        })
    }

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

/// The query with what other parameters add to it: environments, and how far back.
fn parse(query: &QueryPairs, now: Timestamp) -> Result<Query, Error> {
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

/// `start` and `end`: issues seen since then, and not only after that.
fn window(query: &QueryPairs, now: Timestamp) -> Result<Option<Bound<Timestamp>>, Error> {
    let (start, end) = (time(query, "start")?, time(query, "end")?);
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
