//! Teams.

use errand_model::{OrganizationId, TeamId, Timestamp, UserId};

use crate::organizations::SLUG_RULE;
use crate::people::{Person, Row as PersonRow, person};
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
    /// Since when.
    pub created: Timestamp,
}

type Row = (i64, i64, String, String, i64);

fn team((id, organization, slug, name, created): Row) -> Team {
    Team {
        id: TeamId(id),
        organization: OrganizationId(organization),
        slug,
        name,
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
        created: cx.now(),
    };
    execute!(
        tx,
        "INSERT INTO team (id, organization_id, slug, name, created) VALUES ($1, $2, $3, $4, $5)",
        made.id.0,
        organization.0,
        &made.slug,
        name,
        made.created.micros()
    )?;
    Ok(made)
}

/// The teams of an organization, by name.
pub async fn list(mut on: impl Reads, organization: OrganizationId) -> Result<Vec<Team>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, organization_id, slug, name, created FROM team WHERE organization_id = $1 ORDER BY name, id",
        organization.0
    )?;
    Ok(rows.into_iter().map(team).collect())
}

/// One by its id.
pub async fn by_id(mut on: impl Reads, id: TeamId) -> Result<Option<Team>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT id, organization_id, slug, name, created FROM team WHERE id = $1",
        id.0
    )?;
    Ok(row.map(team))
}

/// One by its slug.
pub async fn by_slug(mut on: impl Reads, organization: OrganizationId, slug: &str) -> Result<Option<Team>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT id, organization_id, slug, name, created FROM team WHERE organization_id = $1 AND slug = $2",
        organization.0,
        slug
    )?;
    Ok(row.map(team))
}

/// Adds a member. Adding one who is in already is no failure.
pub async fn add_member(tx: &mut Tx, team: TeamId, person: UserId) -> Result<()> {
    let sql = "INSERT INTO team_member (team_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    execute!(tx, sql, team.0, person.0).map(|_| ())
}

/// Takes a member out. Taking out one who is not in is no failure.
pub async fn remove_member(tx: &mut Tx, team: TeamId, person: UserId) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM team_member WHERE team_id = $1 AND person_id = $2",
        team.0,
        person.0
    )
    .map(|_| ())
}

/// Who is in it, by name.
pub async fn members(mut on: impl Reads, team: TeamId) -> Result<Vec<Person>> {
    let rows = fetch_all!(
        on,
        PersonRow,
        "SELECT person.id, email, name, role, created FROM team_member
         JOIN person ON person.id = team_member.person_id WHERE team_id = $1 ORDER BY name, person.id",
        team.0
    )?;
    rows.into_iter().map(person).collect()
}
