//! Passwords of people, as their hashes. Making and checking one is the business of who signs people in.

use errand_model::UserId;

use crate::people::{Person, person};
use crate::{Context, Reads, Result, Tx, execute, fetch_optional};

/// Sets a person's password, given as its Argon2 hash in the PHC string format.
pub async fn set(tx: &mut Tx, cx: Context<'_>, person: UserId, hash: &str) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO person_password (person_id, hash, changed) VALUES ($1, $2, $3)
         ON CONFLICT (person_id) DO UPDATE SET hash = excluded.hash, changed = excluded.changed",
        person.0,
        hash,
        cx.now().micros()
    )
    .map(|_| ())
}

/// The hash of a person's password; none where they have none.
pub async fn of(mut on: impl Reads, person: UserId) -> Result<Option<String>> {
    let row = fetch_optional!(
        on,
        (String,),
        "SELECT hash FROM person_password WHERE person_id = $1",
        person.0
    )?;
    Ok(row.map(|(hash,)| hash))
}

/// Who has that address, however it is capitalised, with the hash of their password; nobody where it is nobody's,
/// or where they have no password.
pub async fn by_email(mut on: impl Reads, email: &str) -> Result<Option<(Person, String)>> {
    let row = fetch_optional!(
        on,
        (i64, String, String, String, i64, String),
        "SELECT id, email, name, role, created, hash FROM person
         JOIN person_password ON person_id = id WHERE email = $1",
        email.trim().to_lowercase()
    )?;
    row.map(|(id, email, name, role, created, hash)| Ok((person((id, email, name, role, created))?, hash)))
        .transpose()
}
