//! Single sign-on: the provider as an owner set it, who people are there, and who is on the way.

use errand_model::single_sign_on::{Client, SingleSignOn};
use errand_model::{OrganizationId, Secret, Timestamp, UserId};

use crate::people::{Person, person};
use crate::{Context, Error, Reads, Result, Tx, execute, fetch_all, fetch_one, fetch_optional, secrets};

/// How long somebody may take at the provider, in seconds.
pub const PENDING_SECONDS: i64 = 600;

/// Sign-ins that may be under way; more than that push the oldest out.
pub const MOST_PENDING: i64 = 10_000;

/// Bytes of the longest name by which a provider knows somebody; the standard has 255.
const LONGEST_SUBJECT: usize = 255;

fn place(organization: OrganizationId) -> String {
    format!("single sign-on of organization {}", organization.0)
}

/// The provider; none where none is set.
pub async fn of(mut on: impl Reads, organization: OrganizationId) -> Result<Option<Client>> {
    let row = fetch_optional!(
        on,
        (String, Option<Vec<u8>>),
        "SELECT settings, client_secret FROM single_sign_on WHERE organization_id = $1",
        organization.0
    )?;
    let Some((settings, sealed)) = row else {
        return Ok(None);
    };
    let settings: SingleSignOn =
        serde_json::from_str(&settings).map_err(|why| Error::corrupt("single sign-on", why))?;
    let opened = sealed.map(|sealed| on.keyring().open(&place(organization), &sealed));
    let secret = opened.transpose()?.map(|plain| {
        let text = String::from_utf8(plain);
        text.map(Secret::new)
            .map_err(|_| Error::corrupt("single sign-on", "its secret is no text"))
    });
    Ok(Some(Client {
        settings,
        secret: secret.transpose()?,
    }))
}

/// Sets it.
pub async fn set(tx: &mut Tx, cx: Context<'_>, organization: OrganizationId, client: &Client) -> Result<()> {
    if let Some(problem) = client.settings.problem() {
        return Err(Error::invalid(problem));
    }
    let text =
        serde_json::to_string(&client.settings).map_err(|why| Error::corrupt("single sign-on", why))?;
    let secret = client.secret.as_ref();
    let sealed = secret.map(|secret| {
        tx.keyring()
            .seal(&place(organization), secret.reveal().as_bytes())
    });
    let sealed = sealed.transpose()?;
    execute!(
        tx,
        "INSERT INTO single_sign_on (organization_id, settings, client_secret, changed) VALUES ($1, $2, $3, $4)
         ON CONFLICT (organization_id) DO UPDATE SET settings = excluded.settings,
            client_secret = excluded.client_secret, changed = excluded.changed",
        organization.0,
        text,
        sealed,
        cx.now().micros()
    )
    .map(|_| ())
}

/// Nobody signs in by it any more. Who people are there is kept: it may be set again.
pub async fn remove(tx: &mut Tx, organization: OrganizationId) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM single_sign_on WHERE organization_id = $1",
        organization.0
    )
    .map(|_| ())
}

/// Seals the secret anew with the first key; answers how many there were.
pub(crate) async fn reseal(tx: &mut Tx) -> Result<usize> {
    let rows = fetch_all!(
        tx,
        (i64, Vec<u8>),
        "SELECT organization_id, client_secret FROM single_sign_on WHERE client_secret IS NOT NULL"
    )?;
    for (organization, sealed) in &rows {
        let place = place(OrganizationId(*organization));
        let plain = tx.keyring().open(&place, sealed)?;
        let sealed = tx.keyring().seal(&place, &plain)?;
        execute!(
            tx,
            "UPDATE single_sign_on SET client_secret = $1 WHERE organization_id = $2",
            sealed,
            *organization
        )?;
    }
    Ok(rows.len())
}

/// By what a provider knows somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Which provider.
    pub issuer: String,
    /// What it calls them: nobody else, and never another.
    pub subject: String,
    /// Their address there when they last came; empty where it said none.
    pub email: String,
    /// Since when it is known.
    pub created: Timestamp,
    /// When they last came by it.
    pub used: Timestamp,
}

/// Whose an identity is.
pub async fn by_identity(mut on: impl Reads, issuer: &str, subject: &str) -> Result<Option<Person>> {
    let row = fetch_optional!(
        on,
        (i64, String, String, String, i64),
        "SELECT person.id, person.email, name, role, person.created FROM person_identity
         JOIN person ON person.id = person_id WHERE issuer = $1 AND subject = $2",
        issuer,
        subject
    )?;
    row.map(person).transpose()
}

/// By what providers know somebody.
pub async fn identities(mut on: impl Reads, person: UserId) -> Result<Vec<Identity>> {
    let rows = fetch_all!(
        on,
        (String, String, String, i64, i64),
        "SELECT issuer, subject, email, created, used FROM person_identity
         WHERE person_id = $1 ORDER BY created, issuer, subject LIMIT 100",
        person.0
    )?;
    let identity = |(issuer, subject, email, created, used)| Identity {
        issuer,
        subject,
        email,
        created: Timestamp::from_micros(created),
        used: Timestamp::from_micros(used),
    };
    Ok(rows.into_iter().map(identity).collect())
}

/// Who is known by that provider.
pub async fn known_by(mut on: impl Reads, issuer: &str) -> Result<Vec<UserId>> {
    let rows = fetch_all!(
        on,
        (i64,),
        "SELECT person_id FROM person_identity WHERE issuer = $1",
        issuer
    )?;
    Ok(rows.into_iter().map(|(id,)| UserId(id)).collect())
}

/// Remembers that an identity is somebody's; false where it is somebody's already, or they have another of the provider.
pub async fn link(
    tx: &mut Tx,
    cx: Context<'_>,
    person: UserId,
    (issuer, subject): (&str, &str),
    email: &str,
) -> Result<bool> {
    if subject.is_empty() || subject.len() > LONGEST_SUBJECT {
        return Err(Error::invalid(
            "a provider knows people by names of 1 to 255 characters",
        ));
    }
    let made = execute!(
        tx,
        "INSERT INTO person_identity (issuer, subject, person_id, email, created, used)
         VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING",
        issuer,
        subject,
        person.0,
        email,
        cx.now().micros()
    )?;
    Ok(made > 0)
}

/// Writes down that somebody came by an identity.
pub async fn used(tx: &mut Tx, now: Timestamp, (issuer, subject): (&str, &str), email: &str) -> Result<()> {
    execute!(
        tx,
        "UPDATE person_identity SET used = $1, email = $2 WHERE issuer = $3 AND subject = $4",
        now.micros(),
        email,
        issuer,
        subject
    )
    .map(|_| ())
}

/// Forgets by what a provider knows somebody; answers whether there was anything.
pub async fn unlink(tx: &mut Tx, person: UserId, issuer: &str) -> Result<bool> {
    let gone = execute!(
        tx,
        "DELETE FROM person_identity WHERE person_id = $1 AND issuer = $2",
        person.0,
        issuer
    )?;
    Ok(gone > 0)
}

/// Somebody who was sent to the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Where to go on to.
    pub next: String,
    /// Whose account the identity is to be linked with; none for who signs in.
    pub link: Option<UserId>,
}

/// Remembers who was sent to the provider, by what they have to bring back.
pub async fn begin(tx: &mut Tx, cx: Context<'_>, state: &str, pending: &Pending) -> Result<()> {
    delete_expired(tx, cx.now()).await?;
    let (count,) = fetch_one!(tx, (i64,), "SELECT COUNT(*) FROM pending_sign_in")?;
    if count >= MOST_PENDING {
        execute!(
            tx,
            "DELETE FROM pending_sign_in WHERE state_hash IN (
                SELECT state_hash FROM pending_sign_in ORDER BY expires, state_hash LIMIT $1)",
            count - MOST_PENDING + 1
        )?;
    }
    execute!(
        tx,
        "INSERT INTO pending_sign_in (state_hash, next, person_id, expires) VALUES ($1, $2, $3, $4)",
        secrets::hash(state),
        &pending.next,
        pending.link.map(|person| person.0),
        cx.now().plus_seconds(PENDING_SECONDS).micros()
    )
    .map(|_| ())
}

/// Who comes back; nobody if they were not sent, came already, or took too long. It is good for once.
pub async fn end(tx: &mut Tx, now: Timestamp, state: &str) -> Result<Option<Pending>> {
    let row = fetch_optional!(
        tx,
        (String, Option<i64>, i64),
        "DELETE FROM pending_sign_in WHERE state_hash = $1 RETURNING next, person_id, expires",
        secrets::hash(state)
    )?;
    let row = row.filter(|(_, _, expires)| *expires > now.micros());
    Ok(row.map(|(next, person, _)| Pending {
        next,
        link: person.map(UserId),
    }))
}

/// Forgets who did not come back.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    execute!(
        tx,
        "DELETE FROM pending_sign_in WHERE expires <= $1",
        now.micros()
    )
}
