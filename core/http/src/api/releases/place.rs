//! Where releases are asked for: in a project, or in an organization, which means in all of its projects.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use errand_model::ProjectId;
use errand_model::project::{Organization, Project};
use errand_store::releases::{self, Release};

use crate::AppState;
use crate::api::at::{By, InOrganization, InProject, Releases};
use crate::api::error::invalid;
use crate::error::{ApiError, Error};

/// In a project or an organization.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) by: By<Releases>,
    pub(super) organization: Organization,
    pub(super) projects: Vec<Project>,
    /// Whether the path names one project.
    pub(super) is_project: bool,
}

impl FromRequestParts<AppState> for Place {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let at = InOrganization::<Releases>::from_request_parts(parts, state).await?;
        if at.by.path.text("project").is_empty() {
            let projects = at.projects(&state.db).await?;
            return Ok(Place {
                by: at.by,
                organization: at.organization,
                projects,
                is_project: false,
            });
        }
        let at = InProject::<Releases>::from_request_parts(parts, state).await?;
        Ok(Place {
            by: at.by,
            organization: at.organization,
            projects: vec![at.project],
            is_project: true,
        })
    }
}

impl Place {
    pub(super) fn ids(&self) -> Vec<ProjectId> {
        self.projects.iter().map(|project| project.id).collect()
    }

    /// The version that the path names.
    pub(super) fn version(&self) -> &str {
        self.by.path.text("version")
    }

    /// What the projects say of the version that the path names: of those alone that know it.
    pub(super) async fn found(&self, state: &AppState) -> Result<Vec<Release>, Error> {
        let found = releases::named(&state.db, &self.ids(), &[self.version()]).await?;
        match found.is_empty() {
            true => Err(Error::not_found("there is no such release")),
            false => Ok(found),
        }
    }

    /// The projects that a body names by slugs or ids.
    pub(super) fn named(&self, names: &[String]) -> Result<Vec<&Project>, Error> {
        let find = |name: &String| {
            let is_it = |project: &&Project| project.slug == *name || project.id.to_string() == *name;
            let found = self.projects.iter().find(is_it);
            found.ok_or_else(|| invalid("projects", name, "slugs or ids of the organization's projects"))
        };
        names.iter().map(find).collect()
    }

    /// Those of the projects that know the release.
    pub(super) fn projects_of(&self, found: &[Release]) -> Vec<Project> {
        let knows = |project: &&Project| found.iter().any(|release| release.project == project.id);
        self.projects.iter().filter(knows).cloned().collect()
    }
}
