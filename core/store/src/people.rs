//! Persons: who signs in.

use errand_model::access::Role;
use errand_model::{Timestamp, UserId};

use crate::{Context, Error, Reads, Result, Tx, execute, fetch_all, fetch_one, fetch_optional};

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: UserId,
    /// Their address, in small letters; unique.
    pub email: String,
    /// What to call them.
    pub name: String,
    /// What they are, and so what they may.
    pub role: Role,
    /// Since when.
    pub created: Timestamp,
}

impl Person {
    /// What to call them in a list: their name, or their address where they gave none.
    pub fn called(&self) -> &str {
        match self.name.as_str() {
            "" => &self.email,
            name => name,
        }
    }

    /// Whose teams decide which projects they see; none if they see all of them.
    pub fn viewer(&self) -> Option<UserId> {
        (!self.role.sees_every_project()).then_some(self.id)
    }
}

pub(crate) type Row = (i64, String, String, String, i64);

pub(crate) fn person((id, email, name, role, created): Row) -> Result<Person> {
    Ok(Person {
        id: UserId(id),
        email,
        name,
        role: role
            .parse()
            .map_err(|why| Error::corrupt("role of a person", why))?,
        created: Timestamp::from_micros(created),
    })
}

/// Adds a person.
pub async fn create(tx: &mut Tx, cx: Context<'_>, email: &str, name: &str, role: Role) -> Result<Person> {
    let email = email.trim().to_lowercase();
    if email.len() > 254 || !email.contains('@') || email.chars().any(|c| c.is_whitespace() || c.is_control())
    {
        return Err(Error::invalid(
            "an e-mail address has the form somebody@example.com",
        ));
    }
    let made = Person {
        id: UserId(cx.id()),
        email,
        name: name.trim().to_owned(),
        role,
        created: cx.now(),
    };
    execute!(
        tx,
        "INSERT INTO person (id, email, name, role, created) VALUES ($1, $2, $3, $4, $5)",
        made.id.0,
        &made.email,
        &made.name,
        role.as_str(),
        made.created.micros()
    )?;
    Ok(made)
}

/// Everybody, by name.
pub async fn list(mut on: impl Reads) -> Result<Vec<Person>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, email, name, role, created FROM person ORDER BY name, id"
    )?;
    rows.into_iter().map(person).collect()
}

/// How many there are.
pub async fn count(mut on: impl Reads) -> Result<i64> {
    fetch_one!(on, (i64,), "SELECT COUNT(*) FROM person").map(|(count,)| count)
}

/// One by their id.
pub async fn by_id(mut on: impl Reads, id: UserId) -> Result<Option<Person>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT id, email, name, role, created FROM person WHERE id = $1",
        id.0
    )?;
    row.map(person).transpose()
}

/// One by their address, however it is capitalised.
pub async fn by_email(mut on: impl Reads, email: &str) -> Result<Option<Person>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT id, email, name, role, created FROM person WHERE email = $1",
        email.trim().to_lowercase()
    )?;
    row.map(person).transpose()
}

/// Writes their name and role, as they are in `person`.
pub async fn update(tx: &mut Tx, person: &Person) -> Result<()> {
    let changed = execute!(
        tx,
        "UPDATE person SET name = $1, role = $2 WHERE id = $3",
        &person.name,
        person.role.as_str(),
        person.id.0
    )?;
    if changed == 0 {
        Err(Error::Missing { what: "person" })
    } else {
        Ok(())
    }
}
