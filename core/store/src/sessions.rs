//! Signing in: a link that is good for one use makes a session that lasts.

use errand_model::{Secret, Timestamp, UserId};

use crate::people::{Person, Row, person};
use crate::{Context, Error, Reads, Result, Tx, execute, fetch_optional, secrets};

/// The shortest and the longest life of a sign-in link, in seconds: 15 minutes and a day.
pub const LINK_SECONDS: std::ops::RangeInclusive<i64> = 900..=86_400;

/// Makes the secret part of a sign-in link. It is shown once: only its hash is kept.
pub async fn create_link(
    tx: &mut Tx,
    cx: Context<'_>,
    person: UserId,
    lives_seconds: i64,
) -> Result<Secret<String>> {
    if !LINK_SECONDS.contains(&lives_seconds) {
        return Err(Error::invalid("a sign-in link lives from 15 minutes to 24 hours"));
    }
    let secret = secrets::make("")?;
    execute!(
        tx,
        "INSERT INTO sign_in_link (token_hash, person_id, expires) VALUES ($1, $2, $3)",
        secrets::hash(secret.reveal()),
        person.0,
        cx.now().plus_seconds(lives_seconds).micros()
    )?;
    Ok(secret)
}

/// Uses a sign-in link up: answers whom it signs in, or nobody if it was used, has expired or never was.
pub async fn redeem_link(tx: &mut Tx, cx: Context<'_>, secret: &str) -> Result<Option<Person>> {
    let now = cx.now().micros();
    let used = fetch_optional!(
        tx,
        (i64, i64),
        "DELETE FROM sign_in_link WHERE token_hash = $1 RETURNING person_id, expires",
        secrets::hash(secret)
    )?;
    execute!(tx, "DELETE FROM sign_in_link WHERE expires <= $1", now)?;
    match used {
        Some((person, expires)) if expires > now => crate::people::by_id(tx, UserId(person)).await,
        _ => Ok(None),
    }
}

/// Begins a session; answers the secret that the browser keeps.
pub async fn create(
    tx: &mut Tx,
    cx: Context<'_>,
    person: UserId,
    lives_seconds: i64,
) -> Result<Secret<String>> {
    let secret = secrets::make("")?;
    execute!(
        tx,
        "INSERT INTO session (token_hash, person_id, created, expires) VALUES ($1, $2, $3, $4)",
        secrets::hash(secret.reveal()),
        person.0,
        cx.now().micros(),
        cx.now().plus_seconds(lives_seconds).micros()
    )?;
    Ok(secret)
}

/// Whose session it is; nobody's if it has expired or was ended.
pub async fn person_of(mut on: impl Reads, now: Timestamp, secret: &str) -> Result<Option<Person>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT person.id, email, name, is_admin, person.created FROM session
         JOIN person ON person.id = session.person_id
         WHERE token_hash = $1 AND expires > $2",
        secrets::hash(secret),
        now.micros()
    )?;
    Ok(row.map(person))
}

/// Ends a session. Ending one that is not there is no failure.
pub async fn end(tx: &mut Tx, secret: &str) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM session WHERE token_hash = $1",
        secrets::hash(secret)
    )
    .map(|_| ())
}

/// Deletes what has expired.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let links = execute!(tx, "DELETE FROM sign_in_link WHERE expires <= $1", now.micros())?;
    let sessions = execute!(tx, "DELETE FROM session WHERE expires <= $1", now.micros())?;
    Ok(links + sessions)
}
