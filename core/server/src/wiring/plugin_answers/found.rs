//! Issues that an installation looks for.

use std::collections::HashMap;

use errand_model::issue::Issue;
use errand_model::page::Cursor;
use errand_model::project::Project;
use errand_model::search::Sort;
use errand_model::{Clock, EventId, InstallationId, ProjectId};
use errand_plugin_host::{IssuePage, IssueSummary, LinkedPage, ServiceError};
use errand_store::installations::Installation;
use errand_store::issues::{self, Search};
use errand_store::{Db, Error, events, organizations, projects};

use super::{asking, unavailable};

/// Issues that one ticket is answered with.
const LINKED: i64 = 100;

/// A search.
#[derive(Clone, Copy, Debug)]
pub(in crate::wiring) struct Asked<'a> {
    /// In the hub's search syntax.
    pub(in crate::wiring) query: &'a str,
    /// Where the page before ended.
    pub(in crate::wiring) after: Option<&'a str>,
    /// Issues on the page.
    pub(in crate::wiring) limit: u32,
}

/// The issues that are linked with a ticket.
pub(in crate::wiring) async fn find_by_link(
    db: &Db,
    url: &str,
    installation: InstallationId,
    ticket: (&str, &str),
) -> Result<Vec<IssueSummary>, ServiceError> {
    let installation = asking(db, installation).await?;
    let place = (installation.organization, installation.project);
    let found = issues::linked_with(db, place, ticket, LINKED).await;
    let projects = projects_of(db, &installation).await?;
    summaries(db, url, &installation, &projects, found.map_err(unavailable)?).await
}

/// The issue of an event.
pub(in crate::wiring) async fn find_by_event(
    db: &Db,
    url: &str,
    installation: InstallationId,
    event: EventId,
) -> Result<IssueSummary, ServiceError> {
    let organization = asking(db, installation).await?.organization;
    let event = events::find(db, organization, event).await.map_err(unavailable)?;
    let issue = event.ok_or(ServiceError::NotFound)?.issue;
    super::issue(db, url, installation, issue).await
}

/// A page of links with open tickets of a system.
pub(in crate::wiring) async fn open_tickets(
    db: &Db,
    installation: InstallationId,
    system: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<LinkedPage, ServiceError> {
    let after = after.map(str::parse).transpose();
    let after = after.map_err(|_| ServiceError::Invalid("'after' is no end of a page".to_owned()))?;
    let installation = asking(db, installation).await?;
    let place = (installation.organization, installation.project);
    let links = issues::open_links(db, place, system, after.unwrap_or(0), limit)
        .await
        .map_err(unavailable)?;
    let is_full = links.len() == limit as usize;
    let next = links.last().filter(|_| is_full).map(|link| link.id.to_string());
    Ok(LinkedPage {
        linked: links.into_iter().map(|link| (link.issue, link.ticket)).collect(),
        next,
    })
}

/// A page of the issues that a search finds, the latest seen first.
pub(in crate::wiring) async fn search(
    db: &Db,
    (url, clock): (&str, &dyn Clock),
    installation: InstallationId,
    asked: Asked<'_>,
) -> Result<IssuePage, ServiceError> {
    let query = errand_pipeline::search::parse(asked.query, clock.now());
    let query = query.map_err(|error| ServiceError::Invalid(error.to_string()))?;
    let cursor: Option<Cursor> = asked
        .after
        .map(str::parse)
        .transpose()
        .map_err(|_| ServiceError::Invalid("'after' is no end of a page".to_owned()))?;
    let installation = asking(db, installation).await?;
    let projects = projects_of(db, &installation).await?;
    let search = Search {
        organization: installation.organization,
        projects: &projects,
        query: &query,
        viewer: None,
    };
    let page = issues::list(db, &search, Sort::LastSeen, cursor, asked.limit).await;
    let page = page.map_err(|error| match error {
        Error::Invalid { reason } => ServiceError::Invalid(reason),
        error => unavailable(error),
    })?;
    Ok(IssuePage {
        issues: summaries(db, url, &installation, &projects, page.rows).await?,
        next: page.next.map(|next| next.to_string()),
    })
}

/// The projects that it may see.
pub(super) async fn projects_of(db: &Db, installation: &Installation) -> Result<Vec<Project>, ServiceError> {
    let mut all = projects::list(db, Some(installation.organization))
        .await
        .map_err(unavailable)?;
    all.retain(|project| installation.project.is_none_or(|only| only == project.id));
    Ok(all)
}

pub(super) async fn summaries(
    db: &Db,
    url: &str,
    installation: &Installation,
    projects: &[Project],
    found: Vec<Issue>,
) -> Result<Vec<IssueSummary>, ServiceError> {
    let organization = organizations::by_id(db, installation.organization)
        .await
        .map_err(unavailable)?;
    let organization = organization.ok_or(ServiceError::NotFound)?.slug;
    let projects: HashMap<ProjectId, &Project> =
        projects.iter().map(|project| (project.id, project)).collect();
    let summary = |issue: Issue| {
        let project = projects.get(&issue.project)?;
        Some(IssueSummary::new(&issue, project, &organization, url))
    };
    Ok(found.into_iter().filter_map(summary).collect())
}
