//! Signing in: a link that is good for one use makes a session that lasts.

use errand_model::{Secret, SessionId, Timestamp, UserId};

use crate::people::{Person, person};
use crate::{Context, Error, Reads, Result, Tx, execute, fetch_all, fetch_optional, secrets};

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

/// From where a session is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// What the browser calls itself; empty where that is not known.
    pub agent: String,
    /// Its address; empty where that is not known.
    pub address: String,
}

/// A session, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// By what it can be ended.
    pub id: SessionId,
    /// Since when.
    pub created: Timestamp,
    /// When it was last used, to a few minutes.
    pub seen: Timestamp,
    /// From where.
    pub device: Device,
}

/// A session that a request belongs to.
#[derive(Clone, Debug)]
pub struct Current {
    /// By what it can be ended.
    pub id: SessionId,
    /// Whose it is.
    pub person: Person,
    /// When it was last written down that it is used.
    pub seen: Timestamp,
}

/// Characters of what a browser calls itself that are kept.
const MAX_AGENT: usize = 300;

/// Begins a session; answers the secret that the browser keeps.
pub async fn create(
    tx: &mut Tx,
    cx: Context<'_>,
    person: UserId,
    lives_seconds: i64,
    device: &Device,
) -> Result<Secret<String>> {
    let secret = secrets::make("")?;
    let now = cx.now();
    execute!(
        tx,
        "INSERT INTO session (token_hash, id, person_id, created, expires, seen, agent, address)
         VALUES ($1, $2, $3, $4, $5, $4, $6, $7)",
        secrets::hash(secret.reveal()),
        cx.id(),
        person.0,
        now.micros(),
        now.plus_seconds(lives_seconds).micros(),
        device.agent.chars().take(MAX_AGENT).collect::<String>(),
        &device.address
    )?;
    Ok(secret)
}

/// Whose session it is; nobody's if it has expired or was ended.
pub async fn current(mut on: impl Reads, now: Timestamp, secret: &str) -> Result<Option<Current>> {
    let row = fetch_optional!(
        on,
        (i64, i64, i64, String, String, String, i64),
        "SELECT session.id, seen, person.id, email, name, role, person.created FROM session
         JOIN person ON person.id = session.person_id
         WHERE token_hash = $1 AND expires > $2",
        secrets::hash(secret),
        now.micros()
    )?;
    row.map(|(id, seen, of, email, name, role, created)| {
        Ok(Current {
            id: SessionId(id),
            person: person((of, email, name, role, created))?,
            seen: Timestamp::from_micros(seen),
        })
    })
    .transpose()
}

/// Writes down that a session is used, and from where.
pub async fn saw(tx: &mut Tx, now: Timestamp, id: SessionId, address: &str) -> Result<()> {
    execute!(
        tx,
        "UPDATE session SET seen = $1, address = $2 WHERE id = $3",
        now.micros(),
        address,
        id.0
    )
    .map(|_| ())
}

/// A person's sessions that have not expired, the last used first.
pub async fn of_person(mut on: impl Reads, now: Timestamp, person: UserId) -> Result<Vec<Session>> {
    let rows = fetch_all!(
        on,
        (i64, i64, i64, String, String),
        "SELECT id, created, seen, agent, address FROM session
         WHERE person_id = $1 AND expires > $2 ORDER BY seen DESC, id DESC LIMIT 100",
        person.0,
        now.micros()
    )?;
    let session = |(id, created, seen, agent, address)| Session {
        id: SessionId(id),
        created: Timestamp::from_micros(created),
        seen: Timestamp::from_micros(seen),
        device: Device { agent, address },
    };
    Ok(rows.into_iter().map(session).collect())
}

/// Ends one of a person's sessions; answers whether it was theirs.
pub async fn end_one(tx: &mut Tx, person: UserId, id: SessionId) -> Result<bool> {
    let ended = execute!(
        tx,
        "DELETE FROM session WHERE id = $1 AND person_id = $2",
        id.0,
        person.0
    )?;
    Ok(ended > 0)
}

/// Ends all of a person's sessions but one; answers how many.
pub async fn end_others(tx: &mut Tx, person: UserId, kept: SessionId) -> Result<u64> {
    execute!(
        tx,
        "DELETE FROM session WHERE person_id = $1 AND id <> $2",
        person.0,
        kept.0
    )
}

/// Ends all of a person's sessions.
pub async fn end_all(tx: &mut Tx, person: UserId) -> Result<u64> {
    execute!(tx, "DELETE FROM session WHERE person_id = $1", person.0)
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
