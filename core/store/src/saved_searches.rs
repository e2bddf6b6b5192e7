//! Searches that people keep at hand, and the one that each begins with.

use errand_model::{OrganizationId, UserId};

use crate::{Context, Error, Reads, Result, Tx, execute, fetch_all, fetch_one, fetch_optional};

/// Searches that one person, or everybody together, keeps.
const MOST: i64 = 30;
/// Bytes of a name.
const MAX_NAME: usize = 60;
/// Bytes of a search.
const MAX_QUERY: usize = 4_096;

/// A search at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedSearch {
    /// Its id.
    pub id: i64,
    /// Whether it is everybody's.
    pub is_shared: bool,
    /// What to call it.
    pub name: String,
    /// What is looked for.
    pub query: String,
    /// How it is sorted; empty for the usual way.
    pub sort: String,
}

/// What is to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewSearch<'a> {
    /// Whose it is; everybody's, if nobody's.
    pub person: Option<UserId>,
    /// What to call it.
    pub name: &'a str,
    /// What is looked for.
    pub query: &'a str,
    /// How it is sorted.
    pub sort: &'a str,
}

impl NewSearch<'_> {
    fn check(&self) -> Result<()> {
        if self.name.is_empty() || self.name.len() > MAX_NAME || self.query.len() > MAX_QUERY {
            return Err(Error::invalid(format!(
                "the name of a search has 1 to {MAX_NAME} bytes, what it looks for at most {MAX_QUERY}"
            )));
        }
        Ok(())
    }
}

type Row = (i64, i64, String, String, String);

fn read((id, person, name, query, sort): Row) -> SavedSearch {
    SavedSearch {
        id,
        is_shared: person == 0,
        name,
        query,
        sort,
    }
}

/// Everybody's, then the person's own, each by name.
pub async fn list(
    mut on: impl Reads,
    organization: OrganizationId,
    person: UserId,
) -> Result<Vec<SavedSearch>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, person_id, name, query, sort FROM saved_search
         WHERE organization_id = $1 AND person_id IN (0, $2)
         ORDER BY CASE WHEN person_id = 0 THEN 0 ELSE 1 END, name, id LIMIT 100",
        organization.0,
        person.0
    )?;
    Ok(rows.into_iter().map(read).collect())
}

/// Keeps a search; answers its id.
///
/// # Errors
/// [`Error::Invalid`] for one without a name, too long a one, and too many.
pub async fn save(
    tx: &mut Tx,
    cx: Context<'_>,
    organization: OrganizationId,
    new: NewSearch<'_>,
) -> Result<i64> {
    new.check()?;
    let person = new.person.map_or(0, |person| person.0);
    let (count,) = fetch_one!(
        tx,
        (i64,),
        "SELECT COUNT(*) FROM saved_search WHERE organization_id = $1 AND person_id = $2",
        organization.0,
        person
    )?;
    if count >= MOST {
        return Err(Error::invalid(format!("at most {MOST} searches are kept")));
    }
    let id = cx.id();
    execute!(
        tx,
        "INSERT INTO saved_search (id, organization_id, person_id, name, query, sort) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        organization.0,
        person,
        new.name,
        new.query,
        new.sort
    )?;
    Ok(id)
}

/// Changes a search of a person, or of everybody.
///
/// # Errors
/// [`Error::Missing`] where there is none, [`Error::Invalid`] as for a new one.
pub async fn change(tx: &mut Tx, organization: OrganizationId, id: i64, new: NewSearch<'_>) -> Result<()> {
    new.check()?;
    let changed = execute!(
        tx,
        "UPDATE saved_search SET name = $1, query = $2, sort = $3
         WHERE id = $4 AND organization_id = $5 AND person_id = $6",
        new.name,
        new.query,
        new.sort,
        id,
        organization.0,
        new.person.map_or(0, |person| person.0)
    )?;
    match changed {
        0 => Err(Error::Missing { what: "search" }),
        _ => Ok(()),
    }
}

/// Forgets a search of a person, or of everybody; answers whether there was one.
pub async fn forget(
    tx: &mut Tx,
    organization: OrganizationId,
    person: Option<UserId>,
    id: i64,
) -> Result<bool> {
    let gone = execute!(
        tx,
        "DELETE FROM saved_search WHERE id = $1 AND organization_id = $2 AND person_id = $3",
        id,
        organization.0,
        person.map_or(0, |person| person.0)
    )?;
    if gone > 0 {
        execute!(tx, "DELETE FROM first_search WHERE search_id = $1", id)?;
    }
    Ok(gone > 0)
}

/// The search that a person begins with, if they chose one.
pub async fn first(mut on: impl Reads, person: UserId) -> Result<Option<SavedSearch>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT saved_search.id, saved_search.person_id, name, query, sort FROM first_search
         JOIN saved_search ON saved_search.id = first_search.search_id WHERE first_search.person_id = $1",
        person.0
    )?;
    Ok(row.map(read))
}

/// Says which search a person begins with; none for the usual one.
pub async fn begin_with(tx: &mut Tx, person: UserId, search: Option<i64>) -> Result<()> {
    execute!(tx, "DELETE FROM first_search WHERE person_id = $1", person.0)?;
    if let Some(search) = search {
        execute!(
            tx,
            "INSERT INTO first_search (person_id, search_id) VALUES ($1, $2)",
            person.0,
            search
        )?;
    }
    Ok(())
}
