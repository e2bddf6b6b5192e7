//! Where a request is: in an organization, a project or an issue that its caller may see.
//!
//! What a caller may do follows from the verb, as in Sentry: reading needs `…:read`, `POST` and `PUT` need
//! `…:write`, `DELETE` needs `…:admin`, of the family that the endpoint belongs to. What a token cannot reach is
//! answered like what does not exist.

use std::marker::PhantomData;
use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::Method;
use axum::http::request::Parts;
use errand_model::access::Scope;
use errand_model::issue::{Issue, parse_short_id};
use errand_model::lifecycle::Actor;
use errand_model::project::{Organization, Project};
use errand_model::{IssueId, OrganizationId, ProjectId};
use errand_store::{Db, issues, organizations, projects};

use super::error::invalid;
use crate::AppState;
use crate::access::audit::Note;
use crate::auth::Caller;
use crate::error::{ApiError, Error};

/// The scopes of one kind of resource.
pub(super) trait Family {
    /// What reading, writing and deleting need.
    const SCOPES: [Scope; 3];

    /// A scope that is enough for all of them.
    const ENOUGH: Option<Scope> = None;
}

macro_rules! families {
    ($($(#[$meta:meta])* $name:ident: $read:ident, $write:ident, $admin:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub(super) struct $name;

        impl Family for $name {
            const SCOPES: [Scope; 3] = [Scope::$read, Scope::$write, Scope::$admin];
        }
    )*};
}

families! {
    /// Organizations, and what is set for all of one: plugins, tokens.
    Organizations: OrgRead, OrgWrite, OrgAdmin;
    /// Projects and their keys.
    Projects: ProjectRead, ProjectWrite, ProjectAdmin;
    /// Issues and events.
    Events: EventRead, EventWrite, EventAdmin;
    /// Teams.
    Teams: TeamRead, TeamWrite, TeamAdmin;
    /// Who may sign in, and who is in teams.
    Members: MemberRead, TeamWrite, TeamWrite;
}

/// Releases and deploys: projects' scopes, or the one that build machines are given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Releases;

impl Family for Releases {
    const SCOPES: [Scope; 3] = Projects::SCOPES;
    const ENOUGH: Option<Scope> = Some(Scope::ProjectReleases);
}

fn wanted<F: Family>(method: &Method) -> Scope {
    let [read, write, admin] = F::SCOPES;
    match *method {
        Method::GET | Method::HEAD | Method::OPTIONS => read,
        Method::DELETE => admin,
        _ => write,
    }
}

/// The parts of the path that stand for something.
#[derive(Clone, Debug, Default)]
pub(super) struct PathParts(Vec<(String, String)>);

impl PathParts {
    async fn of(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|rejection| Error::bad_request(rejection.body_text()))?;
        let pairs = params
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(PathParts(pairs.collect()))
    }

    /// The text of a part; empty where the route has none of that name.
    pub(super) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// A part, read.
    pub(super) fn parse<T: FromStr>(&self, name: &str, allowed: &str) -> Result<T, Error> {
        let text = self.text(name);
        text.parse().map_err(|_| invalid(name, text, allowed))
    }

    fn organization(&self) -> Option<&str> {
        Some(self.text("organization")).filter(|slug| !slug.is_empty())
    }
}

/// Somebody who may do what the verb does, to this family.
#[derive(Debug)]
pub(super) struct By<F> {
    pub(super) caller: Caller,
    pub(super) path: PathParts,
    note: Note,
    family: PhantomData<fn() -> F>,
}

impl<F: Family> FromRequestParts<AppState> for By<F> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        if !F::ENOUGH.is_some_and(|enough| caller.grants(enough)) {
            caller.require(wanted::<F>(&parts.method))?;
        }
        Ok(By {
            caller,
            path: PathParts::of(parts, state).await?,
            note: parts.extensions.get::<Note>().cloned().unwrap_or_default(),
            family: PhantomData,
        })
    }
}

impl<F> By<F> {
    /// As whom the activity log names the caller.
    pub(super) fn actor(&self) -> Actor {
        match &self.caller {
            Caller::Person(person) => Actor::User {
                id: Some(person.id),
                name: person.name.clone(),
            },
            Caller::Token { token, person } => Actor::User {
                id: token.person,
                name: person
                    .as_ref()
                    .map_or_else(|| token.name.clone(), |person| person.name.clone()),
            },
        }
    }

    /// Says what was done, for the audit log.
    pub(super) fn note(&self, what: impl Into<String>) {
        self.note.say(what);
    }

    /// Whether the caller sees a project.
    pub(super) async fn sees(&self, db: &Db, project: ProjectId) -> Result<bool, Error> {
        Ok(projects::is_seen(db, project, self.caller.viewer()).await?)
    }

    async fn organization(&self, db: &Db) -> Result<Organization, Error> {
        let slug = self.path.text("organization");
        let found = match slug.parse::<OrganizationId>() {
            Ok(id) => organizations::by_id(db, id).await?,
            Err(_) => organizations::by_slug(db, slug).await?,
        };
        let reached = found.filter(|found| reaches(&self.caller, found.id));
        reached
            .ok_or_else(|| Error::not_found("there is no such organization, or this token does not reach it"))
    }
}

fn reaches(caller: &Caller, organization: OrganizationId) -> bool {
    caller
        .organization()
        .is_none_or(|reached| reached == organization)
}

impl<F> InOrganization<F> {
    /// Its projects that the caller sees, by name.
    pub(super) async fn projects(&self, db: &Db) -> Result<Vec<Project>, Error> {
        Ok(projects::seen(db, Some(self.organization.id), self.by.caller.viewer()).await?)
    }
}

/// In an organization.
#[derive(Debug)]
pub(super) struct InOrganization<F> {
    pub(super) by: By<F>,
    pub(super) organization: Organization,
}

impl<F: Family + Send> FromRequestParts<AppState> for InOrganization<F> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let by = By::<F>::from_request_parts(parts, state).await?;
        let organization = by.organization(&state.db).await?;
        Ok(InOrganization { by, organization })
    }
}

/// In a project.
#[derive(Debug)]
pub(super) struct InProject<F> {
    pub(super) by: By<F>,
    pub(super) organization: Organization,
    pub(super) project: Project,
}

impl<F: Family + Send> FromRequestParts<AppState> for InProject<F> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let by = By::<F>::from_request_parts(parts, state).await?;
        let organization = by.organization(&state.db).await?;
        let slug = by.path.text("project");
        let found = match slug.parse::<ProjectId>() {
            Ok(id) => projects::by_id(&state.db, id).await?,
            Err(_) => projects::by_slug(&state.db, organization.id, slug).await?,
        };
        let missing = || Error::not_found("there is no such project");
        let project = found.filter(|project| project.organization == organization.id);
        let project = project.ok_or_else(missing)?;
        if !by.sees(&state.db, project.id).await? {
            return Err(ApiError(missing()));
        }
        Ok(InProject {
            project,
            by,
            organization,
        })
    }
}

/// In an issue, which the path names by its id or its short id.
#[derive(Debug)]
pub(super) struct InIssue {
    pub(super) by: By<Events>,
    pub(super) organization: Organization,
    pub(super) project: Project,
    pub(super) issue: Issue,
}

impl FromRequestParts<AppState> for InIssue {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let by = By::<Events>::from_request_parts(parts, state).await?;
        let no_such_issue = || Error::not_found("there is no such issue");
        let named = match by.path.organization() {
            Some(_) => Some(by.organization(&state.db).await?),
            None => None,
        };
        let reached = named
            .as_ref()
            .map(|organization| organization.id)
            .or(by.caller.organization());
        let issue = issue_named(&state.db, reached, by.path.text("issue")).await?;
        let issue = issue.ok_or_else(no_such_issue)?;
        let project = projects::by_id(&state.db, issue.project)
            .await?
            .ok_or_else(no_such_issue)?;
        let is_reached = reached.is_none_or(|reached| reached == project.organization);
        let is_reached = is_reached && reaches(&by.caller, project.organization);
        if !is_reached || !by.sees(&state.db, project.id).await? {
            return Err(ApiError(no_such_issue()));
        }
        let organization = match named {
            Some(organization) => organization,
            None => {
                let found = organizations::by_id(&state.db, project.organization).await?;
                found.ok_or_else(no_such_issue)?
            }
        };
        Ok(InIssue {
            by,
            organization,
            project,
            issue,
        })
    }
}

/// An issue by its id, or by its short id in the organization.
pub(super) async fn issue_named(
    db: &Db,
    organization: Option<OrganizationId>,
    name: &str,
) -> Result<Option<Issue>, Error> {
    if let Ok(id) = name.parse::<IssueId>() {
        return Ok(issues::get(db, id).await?);
    }
    let allowed = "the id of an issue, or its short id (SHOP-1A)";
    let (slug, number) = parse_short_id(name).ok_or_else(|| invalid("issue", name, allowed))?;
    match organization {
        Some(organization) => Ok(issues::by_short_id(db, organization, &slug, number).await?),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verb_decides_the_scope() {
        assert_eq!(wanted::<Events>(&Method::GET), Scope::EventRead);
        assert_eq!(wanted::<Events>(&Method::PUT), Scope::EventWrite);
        assert_eq!(wanted::<Projects>(&Method::POST), Scope::ProjectWrite);
        assert_eq!(wanted::<Projects>(&Method::DELETE), Scope::ProjectAdmin);
    }
}
