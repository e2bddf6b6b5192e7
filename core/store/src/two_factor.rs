//! The second factor of people: the secret that their authenticator app has, sealed, and recovery codes, hashed.

use errand_model::{Secret, Timestamp, UserId};

use crate::{Context, Error, Reads, Result, Tx, execute, fetch_all, fetch_optional, secrets};

/// Recovery codes that somebody gets: each is good for one use.
pub const RECOVERY_CODES: usize = 10;

/// How long somebody who gave the right password may take to find their code, in seconds.
pub const STEP_SECONDS: i64 = 600;

/// Bytes of the secret: what RFC 4226 recommends.
pub type Seed = [u8; 20];

/// Somebody's second factor.
#[derive(Debug)]
pub struct Factor {
    /// What app and hub share.
    pub seed: Secret<Seed>,
    /// Whether they proved that they have it: only then it is asked for.
    pub is_on: bool,
}

fn place(person: UserId) -> String {
    format!("second factor of person {}", person.0)
}

/// Makes a secret for somebody, which is asked for once it is [`confirm`]ed.
pub async fn begin(tx: &mut Tx, cx: Context<'_>, person: UserId) -> Result<Secret<Seed>> {
    let seed = secrets::random::<20>()?;
    let sealed = tx.keyring().seal(&place(person), &seed)?;
    execute!(
        tx,
        "INSERT INTO person_factor (person_id, seed, is_on, last_step, created) VALUES ($1, $2, FALSE, 0, $3)
         ON CONFLICT (person_id) DO UPDATE SET seed = excluded.seed, last_step = 0, created = excluded.created
         WHERE NOT person_factor.is_on",
        person.0,
        sealed,
        cx.now().micros()
    )?;
    Ok(Secret::new(seed))
}

/// What somebody has.
pub async fn of(mut on: impl Reads, person: UserId) -> Result<Option<Factor>> {
    let row = fetch_optional!(
        on,
        (Vec<u8>, bool),
        "SELECT seed, is_on FROM person_factor WHERE person_id = $1",
        person.0
    )?;
    row.map(|(sealed, is_on)| {
        let seed = on.keyring().open(&place(person), &sealed)?;
        let seed =
            Seed::try_from(seed).map_err(|_| Error::corrupt("second factor", "its length is another"))?;
        Ok(Factor {
            seed: Secret::new(seed),
            is_on,
        })
    })
    .transpose()
}

/// Whether somebody is asked for a second factor.
pub async fn is_on(mut on: impl Reads, person: UserId) -> Result<bool> {
    let row = fetch_optional!(
        on,
        (i64,),
        "SELECT person_id FROM person_factor WHERE person_id = $1 AND is_on",
        person.0
    )?;
    Ok(row.is_some())
}

/// Who is asked for one.
pub async fn all_on(mut on: impl Reads) -> Result<Vec<UserId>> {
    let rows = fetch_all!(on, (i64,), "SELECT person_id FROM person_factor WHERE is_on")?;
    Ok(rows.into_iter().map(|(id,)| UserId(id)).collect())
}

/// Uses the code of a step up; false where that or a later one was used already.
pub async fn use_step(tx: &mut Tx, person: UserId, step: u64) -> Result<bool> {
    let used = execute!(
        tx,
        "UPDATE person_factor SET last_step = $1 WHERE person_id = $2 AND last_step < $1",
        i64::try_from(step).unwrap_or(i64::MAX),
        person.0
    )?;
    Ok(used > 0)
}

/// From now on it is asked for. Answers the recovery codes, which are shown once.
pub async fn confirm(tx: &mut Tx, person: UserId) -> Result<Vec<String>> {
    execute!(
        tx,
        "UPDATE person_factor SET is_on = TRUE WHERE person_id = $1",
        person.0
    )?;
    renew_codes(tx, person).await
}

/// Gives somebody other recovery codes; those before are good for nothing.
pub async fn renew_codes(tx: &mut Tx, person: UserId) -> Result<Vec<String>> {
    execute!(tx, "DELETE FROM recovery_code WHERE person_id = $1", person.0)?;
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let digits = secrets::hex(&secrets::random::<10>()?);
        let groups: Vec<&str> = (0..4).map(|at| &digits[at * 5..at * 5 + 5]).collect();
        let code = groups.join("-");
        execute!(
            tx,
            "INSERT INTO recovery_code (person_id, code_hash) VALUES ($1, $2)",
            person.0,
            hash(&code)
        )?;
        codes.push(code);
    }
    Ok(codes)
}

/// The same code, however it was typed.
fn hash(code: &str) -> Vec<u8> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    secrets::hash(&plain.to_lowercase())
}

/// Uses a recovery code up; false where it is none.
pub async fn use_code(tx: &mut Tx, person: UserId, code: &str) -> Result<bool> {
    let used = execute!(
        tx,
        "DELETE FROM recovery_code WHERE person_id = $1 AND code_hash = $2",
        person.0,
        hash(code)
    )?;
    Ok(used > 0)
}

/// How many recovery codes somebody has left.
pub async fn codes_left(mut on: impl Reads, person: UserId) -> Result<i64> {
    let row = fetch_optional!(
        on,
        (i64,),
        "SELECT COUNT(*) FROM recovery_code WHERE person_id = $1",
        person.0
    )?;
    Ok(row.map_or(0, |(count,)| count))
}

/// It is asked for no more.
pub async fn turn_off(tx: &mut Tx, person: UserId) -> Result<()> {
    execute!(tx, "DELETE FROM recovery_code WHERE person_id = $1", person.0)?;
    execute!(tx, "DELETE FROM person_factor WHERE person_id = $1", person.0).map(|_| ())
}

/// Remembers that somebody is half signed in; answers what they have to bring along with their code.
pub async fn begin_step(tx: &mut Tx, cx: Context<'_>, person: UserId) -> Result<Secret<String>> {
    let secret = secrets::make("")?;
    execute!(
        tx,
        "INSERT INTO sign_in_step (token_hash, person_id, expires) VALUES ($1, $2, $3)",
        secrets::hash(secret.reveal()),
        person.0,
        cx.now().plus_seconds(STEP_SECONDS).micros()
    )?;
    Ok(secret)
}

/// Who is half signed in.
pub async fn by_step(mut on: impl Reads, now: Timestamp, secret: &str) -> Result<Option<UserId>> {
    let row = fetch_optional!(
        on,
        (i64,),
        "SELECT person_id FROM sign_in_step WHERE token_hash = $1 AND expires > $2",
        secrets::hash(secret),
        now.micros()
    )?;
    Ok(row.map(|(person,)| UserId(person)))
}

/// Forgets that they are, for they are signed in now; false where somebody was quicker.
pub async fn end_step(tx: &mut Tx, secret: &str) -> Result<bool> {
    let ended = execute!(
        tx,
        "DELETE FROM sign_in_step WHERE token_hash = $1",
        secrets::hash(secret)
    )?;
    Ok(ended > 0)
}

/// Forgets who did not come back.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    execute!(tx, "DELETE FROM sign_in_step WHERE expires <= $1", now.micros())
}

/// Seals all secrets anew with the first key; answers how many.
pub(crate) async fn reseal(tx: &mut Tx) -> Result<usize> {
    let rows = fetch_all!(tx, (i64, Vec<u8>), "SELECT person_id, seed FROM person_factor")?;
    for (person, sealed) in &rows {
        let place = place(UserId(*person));
        let seed = tx.keyring().open(&place, sealed)?;
        let sealed = tx.keyring().seal(&place, &seed)?;
        execute!(
            tx,
            "UPDATE person_factor SET seed = $1 WHERE person_id = $2",
            sealed,
            *person
        )?;
    }
    Ok(rows.len())
}
