//! API tokens.

use errand_model::access::Scope;
use errand_model::{OrganizationId, Secret, Timestamp, TokenId, UserId};

use crate::{Context, Error, Reads, Result, Tx, execute, fetch_all, fetch_optional, secrets};

/// What every token begins with, so that a leaked one is known for what it is.
pub const PREFIX: &str = "errand_";

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What to call it.
    pub name: String,
    /// What it reaches.
    pub organization: OrganizationId,
    /// For whom it acts; none for nobody in particular.
    pub person: Option<UserId>,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Since when.
    pub created: Timestamp,
    /// Until when; none for ever.
    pub expires: Option<Timestamp>,
    /// When it was last used, to a few minutes.
    pub last_used: Option<Timestamp>,
}

impl Token {
    /// Whether it may do what `wanted` asks.
    pub fn grants(&self, wanted: Scope) -> bool {
        self.scopes.iter().any(|scope| scope.grants(wanted))
    }
}

/// A token to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewToken<'a> {
    /// What to call it.
    pub name: &'a str,
    /// What it reaches.
    pub organization: OrganizationId,
    /// For whom it acts.
    pub person: Option<UserId>,
    /// What it may do.
    pub scopes: &'a [Scope],
    /// Until when; none for ever.
    pub expires: Option<Timestamp>,
}

type Row = (
    i64,
    String,
    i64,
    Option<i64>,
    String,
    i64,
    Option<i64>,
    Option<i64>,
);

fn token((id, name, organization, person, scopes, created, expires, last_used): Row) -> Result<Token> {
    let scopes = scopes
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>();
    Ok(Token {
        id: TokenId(id),
        name,
        organization: OrganizationId(organization),
        person: person.map(UserId),
        scopes: scopes.map_err(|why| Error::corrupt("scopes of a token", why))?,
        created: Timestamp::from_micros(created),
        expires: expires.map(Timestamp::from_micros),
        last_used: last_used.map(Timestamp::from_micros),
    })
}

/// Makes a token. Its secret is shown once: only its hash is kept.
pub async fn create(tx: &mut Tx, cx: Context<'_>, new: NewToken<'_>) -> Result<(Token, Secret<String>)> {
    let secret = secrets::make(PREFIX)?;
    let made = Token {
        id: TokenId(cx.id()),
        name: new.name.to_owned(),
        organization: new.organization,
        person: new.person,
        scopes: new.scopes.to_vec(),
        created: cx.now(),
        expires: new.expires,
        last_used: None,
    };
    let scopes: Vec<&str> = made.scopes.iter().map(|scope| scope.as_str()).collect();
    execute!(
        tx,
        "INSERT INTO api_token (id, token_hash, name, organization_id, person_id, scopes, created, expires)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        made.id.0,
        secrets::hash(secret.reveal()),
        &made.name,
        made.organization.0,
        made.person.map(|person| person.0),
        scopes.join(" "),
        made.created.micros(),
        made.expires.map(Timestamp::micros)
    )?;
    Ok((made, secret))
}

/// The token of that secret, unless it has expired.
pub async fn by_secret(mut on: impl Reads, now: Timestamp, secret: &str) -> Result<Option<Token>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT id, name, organization_id, person_id, scopes, created, expires, last_used FROM api_token
         WHERE token_hash = $1 AND (expires IS NULL OR expires > $2)",
        secrets::hash(secret),
        now.micros()
    )?;
    row.map(token).transpose()
}

/// The tokens of an organization, the newest first.
pub async fn list(mut on: impl Reads, organization: OrganizationId) -> Result<Vec<Token>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, name, organization_id, person_id, scopes, created, expires, last_used FROM api_token
         WHERE organization_id = $1 ORDER BY id DESC",
        organization.0
    )?;
    rows.into_iter().map(token).collect()
}

/// Writes down that a token is used.
pub async fn used(tx: &mut Tx, now: Timestamp, id: TokenId) -> Result<()> {
    execute!(
        tx,
        "UPDATE api_token SET last_used = $1 WHERE id = $2",
        now.micros(),
        id.0
    )
    .map(|_| ())
}

/// Revokes a token.
pub async fn delete(tx: &mut Tx, id: TokenId) -> Result<()> {
    match execute!(tx, "DELETE FROM api_token WHERE id = $1", id.0)? {
        0 => Err(Error::Missing { what: "token" }),
        _ => Ok(()),
    }
}
