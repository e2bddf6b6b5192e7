//! Projects.

use errand_model::project::{Project, ProjectKey, ProjectSettings};
use errand_model::{OrganizationId, ProjectId, Timestamp, UserId};

use crate::organizations::SLUG_RULE;
use crate::slug::{free, is_slug, slug_of};
use crate::{Context, Error, Reads, Result, Tx, execute, fetch_all, fetch_one, fetch_optional, keys};

/// A project to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewProject<'a> {
    /// Whose it is.
    pub organization: OrganizationId,
    /// What to call it.
    pub name: &'a str,
    /// Its name in URLs; made from the name where none is given.
    pub slug: Option<&'a str>,
    /// `python`, `javascript-react`, …
    pub platform: Option<&'a str>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: i64,
    organization_id: i64,
    slug: String,
    name: String,
    platform: Option<String>,
    created: i64,
    settings: String,
}

impl Row {
    pub(crate) fn read(self) -> Result<Project> {
        Ok(Project {
            id: ProjectId(self.id),
            organization: OrganizationId(self.organization_id),
            slug: self.slug,
            name: self.name,
            platform: self.platform,
            created: Timestamp::from_micros(self.created),
            settings: serde_json::from_str(&self.settings)
                .map_err(|why| Error::corrupt("project settings", why))?,
        })
    }
}

/// Makes a project and its first key.
pub async fn create(tx: &mut Tx, cx: Context<'_>, new: NewProject<'_>) -> Result<(Project, ProjectKey)> {
    // Ids count from 1, and slugs are unique: one at a time. The lock covers all organizations.
    match tx.dialect() {
        crate::Dialect::Sqlite => {}
        crate::Dialect::Postgres => {
            execute!(tx, "SELECT id FROM organization ORDER BY id FOR UPDATE")?;
        }
    }
    let (id,) = fetch_one!(tx, (i64,), "SELECT COALESCE(MAX(id), 0) + 1 FROM project")?;
    let slug = match new.slug {
        Some(slug) if is_slug(slug) => slug.to_owned(),
        Some(_) => return Err(Error::invalid(SLUG_RULE)),
        None => {
            let taken = fetch_all!(
                tx,
                (String,),
                "SELECT slug FROM project WHERE organization_id = $1",
                new.organization.0
            )?;
            let taken: Vec<String> = taken.into_iter().map(|(slug,)| slug).collect();
            free(&slug_of(new.name, "project"), &taken)
        }
    };
    let project = Project {
        id: ProjectId(id),
        organization: new.organization,
        slug,
        name: new.name.to_owned(),
        platform: new.platform.map(str::to_owned),
        created: cx.now(),
        settings: ProjectSettings::default(),
    };
    insert(tx, &project).await?;
    let key = keys::create(tx, cx, project.id, "Default").await?;
    Ok((project, key))
}

/// Writes a project as it is.
pub(crate) async fn insert(tx: &mut Tx, project: &Project) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO project (id, organization_id, slug, name, platform, created, settings, next_number, moves)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0)",
        project.id.0,
        project.organization.0,
        &project.slug,
        &project.name,
        &project.platform,
        project.created.micros(),
        settings_text(&project.settings)?
    )
    .map(|_| ())
}

fn settings_text(settings: &ProjectSettings) -> Result<String> {
    serde_json::to_string(settings).map_err(|why| Error::corrupt("project settings", why))
}

/// All of an organization, or of the hub, by name.
pub async fn list(mut on: impl Reads, organization: Option<OrganizationId>) -> Result<Vec<Project>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, organization_id, slug, name, platform, created, settings FROM project
         WHERE CAST($1 AS BIGINT) IS NULL OR organization_id = $1 ORDER BY name, id",
        organization.map(|organization| organization.0)
    )?;
    rows.into_iter().map(Row::read).collect()
}

/// Those of an organization, or of the hub, that somebody sees, by name: all of no team or of an open one, and those
/// of their own teams. `viewer` is none for who sees all of them.
pub async fn seen(
    mut on: impl Reads,
    organization: Option<OrganizationId>,
    viewer: Option<UserId>,
) -> Result<Vec<Project>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, organization_id, slug, name, platform, created, settings FROM project
         WHERE (CAST($1 AS BIGINT) IS NULL OR organization_id = $1) AND (CAST($2 AS BIGINT) IS NULL
            OR NOT EXISTS (SELECT 1 FROM project_team WHERE project_id = project.id)
            OR EXISTS (SELECT 1 FROM project_team JOIN team ON team.id = project_team.team_id
                WHERE project_id = project.id AND (team.is_open OR EXISTS (SELECT 1 FROM team_member
                    WHERE team_member.team_id = team.id AND person_id = $2))))
         ORDER BY name, id",
        organization.map(|organization| organization.0),
        viewer.map(|viewer| viewer.0)
    )?;
    rows.into_iter().map(Row::read).collect()
}

/// Whether somebody sees a project, as in [`seen`].
pub async fn is_seen(mut on: impl Reads, project: ProjectId, viewer: Option<UserId>) -> Result<bool> {
    let Some(viewer) = viewer else {
        return Ok(true);
    };
    let hidden = fetch_optional!(
        on,
        (i64,),
        "SELECT project_id FROM project_team WHERE project_id = $1 AND NOT EXISTS (SELECT 1 FROM project_team AS given
            JOIN team ON team.id = given.team_id WHERE given.project_id = $1 AND (team.is_open OR EXISTS
                (SELECT 1 FROM team_member WHERE team_member.team_id = team.id AND person_id = $2))) LIMIT 1",
        project.0,
        viewer.0
    )?;
    Ok(hidden.is_none())
}

/// One by its id.
pub async fn by_id(mut on: impl Reads, id: ProjectId) -> Result<Option<Project>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT id, organization_id, slug, name, platform, created, settings FROM project WHERE id = $1",
        id.0
    )?;
    row.map(Row::read).transpose()
}

/// One by its slug.
pub async fn by_slug(
    mut on: impl Reads,
    organization: OrganizationId,
    slug: &str,
) -> Result<Option<Project>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT id, organization_id, slug, name, platform, created, settings FROM project
         WHERE organization_id = $1 AND slug = $2",
        organization.0,
        slug
    )?;
    row.map(Row::read).transpose()
}

/// Writes its slug, name, platform and settings as they are in `project`.
pub async fn update(tx: &mut Tx, project: &Project) -> Result<()> {
    if !is_slug(&project.slug) {
        return Err(Error::invalid(SLUG_RULE));
    }
    let changed = execute!(
        tx,
        "UPDATE project SET slug = $1, name = $2, platform = $3, settings = $4 WHERE id = $5",
        &project.slug,
        &project.name,
        &project.platform,
        settings_text(&project.settings)?,
        project.id.0
    )?;
    if changed == 0 {
        Err(Error::Missing { what: "project" })
    } else {
        Ok(())
    }
}
