//! Organizations.

use errand_model::project::Organization;
use errand_model::{OrganizationId, Timestamp};

use crate::slug::{free, is_slug, slug_of};
use crate::{Context, Error, Reads, Result, Tx, execute, fetch_all, fetch_optional};

type Row = (i64, String, String, i64);

fn organization((id, slug, name, created): Row) -> Organization {
    Organization {
        id: OrganizationId(id),
        slug,
        name,
        created: Timestamp::from_micros(created),
    }
}

/// Makes an organization; its slug is made from the name where none is given.
pub async fn create(tx: &mut Tx, cx: Context<'_>, name: &str, slug: Option<&str>) -> Result<Organization> {
    let slug = match slug {
        Some(slug) if is_slug(slug) => slug.to_owned(),
        Some(_) => return Err(Error::invalid(SLUG_RULE)),
        None => {
            let taken = fetch_all!(tx, (String,), "SELECT slug FROM organization")?;
            let taken: Vec<String> = taken.into_iter().map(|(slug,)| slug).collect();
            free(&slug_of(name, "organization"), &taken)
        }
    };
    let made = Organization {
        id: OrganizationId(cx.id()),
        slug,
        name: name.to_owned(),
        created: cx.now(),
    };
    execute!(
        tx,
        "INSERT INTO organization (id, slug, name, created) VALUES ($1, $2, $3, $4)",
        made.id.0,
        &made.slug,
        &made.name,
        made.created.micros()
    )?;
    Ok(made)
}

pub(crate) const SLUG_RULE: &str = "a slug is 1 to 50 small letters, digits and hyphens, begins and ends with no hyphen, and is not a number";

/// The first organization; makes one, `default`, on a fresh hub.
pub async fn ensure_default(tx: &mut Tx, cx: Context<'_>) -> Result<Organization> {
    match list(&mut *tx).await?.into_iter().next() {
        Some(first) => Ok(first),
        None => create(tx, cx, "Default", Some("default")).await,
    }
}

/// All of them, the oldest first.
pub async fn list(mut on: impl Reads) -> Result<Vec<Organization>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, slug, name, created FROM organization ORDER BY id"
    )?;
    Ok(rows.into_iter().map(organization).collect())
}

/// One by its id.
pub async fn by_id(mut on: impl Reads, id: OrganizationId) -> Result<Option<Organization>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT id, slug, name, created FROM organization WHERE id = $1",
        id.0
    )?;
    Ok(row.map(organization))
}

/// One by its slug.
pub async fn by_slug(mut on: impl Reads, slug: &str) -> Result<Option<Organization>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT id, slug, name, created FROM organization WHERE slug = $1",
        slug
    )?;
    Ok(row.map(organization))
}

/// Calls it otherwise; its slug stays, because links hold it.
pub async fn rename(tx: &mut Tx, id: OrganizationId, name: &str) -> Result<()> {
    match execute!(tx, "UPDATE organization SET name = $1 WHERE id = $2", name, id.0)? {
        0 => Err(Error::Missing { what: "organization" }),
        _ => Ok(()),
    }
}
