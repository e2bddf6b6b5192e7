//! Writing a deploy down, and what follows for the issues whose fixes it brings.

use errand_model::project::Project;
use errand_model::{OrganizationId, ProjectId, Timestamp};

use super::deploys::Deploy;
use super::{fixes, lock, named};
use crate::issues::By;
use crate::{Context, Error, Result, Tx, execute};

/// A deploy to be written down.
#[derive(Clone, Copy, Debug)]
pub struct NewDeploy<'a> {
    /// What went.
    pub version: &'a str,
    /// Where to.
    pub environment: &'a str,
    /// What to call it.
    pub name: Option<&'a str>,
    /// A page about it.
    pub url: Option<&'a str>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it was over.
    pub finished: Timestamp,
}

/// Writes down that a release of `projects`, all of one organization, was deployed. Where customers of a project are in
/// that environment, the fixes that it brings them are told of in the same transaction.
pub async fn deploy(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    projects: &[Project],
    new: NewDeploy<'_>,
) -> Result<Deploy> {
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    lock(tx, &ids).await?;
    let known = named(&mut *tx, &ids, &[new.version]).await?;
    let (Some(first), true) = (projects.first(), known.len() == projects.len()) else {
        return Err(Error::Missing { what: "release" });
    };
    let deploy = Deploy {
        id: cx.id(),
        version: new.version.to_owned(),
        environment: new.environment.to_owned(),
        name: new.name.map(str::to_owned),
        url: new.url.map(str::to_owned),
        started: new.started,
        finished: new.finished,
    };
    insert(tx, first.organization, &deploy).await?;
    for project in projects {
        execute!(
            tx,
            "INSERT INTO deploy_project (project_id, deploy_id) VALUES ($1, $2)",
            project.id.0,
            deploy.id
        )?;
        if project.settings.is_production(&deploy.environment) {
            fixes::on_deploy(tx, cx, by, project.id, &deploy.brings()).await?;
        }
    }
    Ok(deploy)
}

async fn insert(tx: &mut Tx, organization: OrganizationId, deploy: &Deploy) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO deploy (id, organization_id, version, environment, name, url, started, finished)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        deploy.id,
        organization.0,
        &deploy.version,
        &deploy.environment,
        &deploy.name,
        &deploy.url,
        deploy.started.map(Timestamp::micros),
        deploy.finished.micros()
    )
    .map(drop)
}
