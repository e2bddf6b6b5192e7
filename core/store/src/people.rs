//! Persons: who signs in.

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
    /// Whether they may do everything.
    pub is_admin: bool,
    /// Since when.
    pub created: Timestamp,
}

pub(crate) type Row = (i64, String, String, bool, i64);

pub(crate) fn person((id, email, name, is_admin, created): Row) -> Person {
    Person {
        id: UserId(id),
        email,
        name,
        is_admin,
        created: Timestamp::from_micros(created),
    }
}

/// Adds a person.
pub async fn create(tx: &mut Tx, cx: Context<'_>, email: &str, name: &str, is_admin: bool) -> Result<Person> {
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
        is_admin,
        created: cx.now(),
    };
    execute!(
        tx,
        "INSERT INTO person (id, email, name, is_admin, created) VALUES ($1, $2, $3, $4, $5)",
        made.id.0,
        &made.email,
        &made.name,
        is_admin,
        made.created.micros()
    )?;
    Ok(made)
}

/// Everybody, by name.
pub async fn list(mut on: impl Reads) -> Result<Vec<Person>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, email, name, is_admin, created FROM person ORDER BY name, id"
    )?;
    Ok(rows.into_iter().map(person).collect())
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
        "SELECT id, email, name, is_admin, created FROM person WHERE id = $1",
        id.0
    )?;
    Ok(row.map(person))
}

/// One by their address, however it is capitalised.
pub async fn by_email(mut on: impl Reads, email: &str) -> Result<Option<Person>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT id, email, name, is_admin, created FROM person WHERE email = $1",
        email.trim().to_lowercase()
    )?;
    Ok(row.map(person))
}

/// Writes their name and whether they are an admin, as they are in `person`.
pub async fn update(tx: &mut Tx, person: &Person) -> Result<()> {
    let changed = execute!(
        tx,
        "UPDATE person SET name = $1, is_admin = $2 WHERE id = $3",
        &person.name,
        person.is_admin,
        person.id.0
    )?;
    if changed == 0 {
        Err(Error::Missing { what: "person" })
    } else {
        Ok(())
    }
}
