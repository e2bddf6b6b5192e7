//! Teams: who they are; who is in them is in `members.rs`, what is theirs in `projects.rs`.

mod members;
mod projects;

pub use members::{
    Membership, add_member, ask, decline, members, membership, memberships, remove_member, requests, sizes,
};
pub use projects::{add_project, of_project, of_projects, projects, remove_project};

use errand_model::{OrganizationId, TeamId, Timestamp};

use crate::organizations::SLUG_RULE;
use crate::slug::{free, is_slug, slug_of};
use crate::{Context, Error, Reads, Result, Tx, execute, fetch_all, fetch_optional};

/// People who look after issues together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its name in URLs and mentions (`#payments`); unique in its organization.
    pub slug: String,
    /// What to call it.
    pub name: String,
    /// Whether anybody may join it, and everybody sees its projects.
    pub is_open: bool,
    /// Since when.
    pub created: Timestamp,
}

type Row = (i64, i64, String, String, bool, i64);

fn team((id, organization, slug, name, is_open, created): Row) -> Team {
    Team {
        id: TeamId(id),
        organization: OrganizationId(organization),
        slug,
        name,
        is_open,
        created: Timestamp::from_micros(created),
    }
}

/// Makes a team; its slug is made from the name where none is given.
pub async fn create(
    tx: &mut Tx,
    cx: Context<'_>,
    organization: OrganizationId,
    name: &str,
    slug: Option<&str>,
    is_open: bool,
) -> Result<Team> {
    let slug = match slug {
        Some(slug) if is_slug(slug) => slug.to_owned(),
        Some(_) => return Err(Error::invalid(SLUG_RULE)),
        None => {
            let taken = list(&mut *tx, organization).await?;
            let taken: Vec<String> = taken.into_iter().map(|team| team.slug).collect();
            free(&slug_of(name, "team"), &taken)
        }
    };
    let made = Team {
        id: TeamId(cx.id()),
        organization,
        slug,
        name: name.to_owned(),
        is_open,
        created: cx.now(),
    };
    execute!(
        tx,
        "INSERT INTO team (id, organization_id, slug, name, is_open, created) VALUES ($1, $2, $3, $4, $5, $6)",
        made.id.0,
        organization.0,
        &made.slug,
        name,
        is_open,
        made.created.micros()
    )?;
    Ok(made)
}

/// The teams of an organization, by name.
pub async fn list(mut on: impl Reads, organization: OrganizationId) -> Result<Vec<Team>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, organization_id, slug, name, is_open, created FROM team WHERE organization_id = $1 ORDER BY name, id",
        organization.0
    )?;
    Ok(rows.into_iter().map(team).collect())
}

/// One by its id.
pub async fn by_id(mut on: impl Reads, id: TeamId) -> Result<Option<Team>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT id, organization_id, slug, name, is_open, created FROM team WHERE id = $1",
        id.0
    )?;
    Ok(row.map(team))
}

/// One by its slug.
pub async fn by_slug(mut on: impl Reads, organization: OrganizationId, slug: &str) -> Result<Option<Team>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT id, organization_id, slug, name, is_open, created FROM team WHERE organization_id = $1 AND slug = $2",
        organization.0,
        slug
    )?;
    Ok(row.map(team))
}

/// Writes its name, and whether it is open, as they are in `team`.
pub async fn update(tx: &mut Tx, team: &Team) -> Result<()> {
    let changed = execute!(
        tx,
        "UPDATE team SET name = $1, is_open = $2 WHERE id = $3",
        &team.name,
        team.is_open,
        team.id.0
    )?;
    match changed {
        0 => Err(Error::Missing { what: "team" }),
        _ => Ok(()),
    }
}

/// Does away with a team. What was given to it is nobody's; what only it could see, everybody sees who sees projects
/// of no team.
pub async fn delete(tx: &mut Tx, team: TeamId) -> Result<()> {
    for sql in [
        "UPDATE issue SET assignee_team = NULL WHERE assignee_team = $1",
        "DELETE FROM project_team WHERE team_id = $1",
        "DELETE FROM team_request WHERE team_id = $1",
        "DELETE FROM team_member WHERE team_id = $1",
        "DELETE FROM team WHERE id = $1",
    ] {
        execute!(tx, sql, team.0)?;
    }
    Ok(())
}
