//! What was done that is administrative: written down, never changed, and kept for a year.

use errand_model::page::{Cursor, Page};
use errand_model::{Timestamp, UserId};

use crate::{Context, Reads, Result, Tx, execute, fetch_all, page};

/// How long entries are kept, in seconds.
pub const KEPT_SECONDS: i64 = 366 * 86_400;

/// Characters of each text that are kept.
const LONGEST: usize = 500;

/// Something to write down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deed {
    /// Who did it; none for a token that acts for nobody, and for the command line.
    pub person: Option<UserId>,
    /// What they are called.
    pub actor: String,
    /// The token that did it.
    pub token: Option<String>,
    /// From where.
    pub address: String,
    /// `people change`, `teams create`, …
    pub kind: String,
    /// What was done, in words.
    pub what: String,
    /// The request that asked for it.
    pub request: String,
}

/// Something that was written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id: they grow with time.
    pub id: i64,
    /// When it was done.
    pub at: Timestamp,
    /// What.
    pub deed: Deed,
}

/// Writes it down.
pub async fn write(tx: &mut Tx, cx: Context<'_>, deed: &Deed) -> Result<()> {
    let cut = |text: &str| text.chars().take(LONGEST).collect::<String>();
    execute!(
        tx,
        "INSERT INTO audit (id, at, person_id, actor, token, address, kind, what, request)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        cx.id(),
        cx.now().micros(),
        deed.person.map(|person| person.0),
        cut(&deed.actor),
        deed.token.as_deref().map(cut),
        &deed.address,
        &deed.kind,
        cut(&deed.what),
        cut(&deed.request)
    )
    .map(|_| ())
}

type Row = (
    i64,
    i64,
    Option<i64>,
    String,
    Option<String>,
    String,
    String,
    String,
    String,
);

fn entry((id, at, person, actor, token, address, kind, what, request): Row) -> Entry {
    Entry {
        id,
        at: Timestamp::from_micros(at),
        deed: Deed {
            person: person.map(UserId),
            actor,
            token,
            address,
            kind,
            what,
            request,
        },
    }
}

/// What was written down, the newest first; of one kind of things alone (`people`) where one is named.
pub async fn list(
    mut on: impl Reads,
    of: Option<&str>,
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<Page<Entry>> {
    let is_prev = cursor.is_some_and(|cursor| cursor.is_prev);
    let of = of.map(|of| format!("{of} "));
    let (from, more) = (cursor.map(|cursor| cursor.value), i64::from(limit) + 1);
    let rows = match is_prev {
        false => fetch_all!(
            on,
            Row,
            "SELECT id, at, person_id, actor, token, address, kind, what, request FROM audit
             WHERE (CAST($1 AS BIGINT) IS NULL OR id < $1)
                AND (CAST($2 AS TEXT) IS NULL OR SUBSTR(kind, 1, LENGTH($2)) = $2) ORDER BY id DESC LIMIT $3",
            from,
            of,
            more
        )?,
        true => fetch_all!(
            on,
            Row,
            "SELECT id, at, person_id, actor, token, address, kind, what, request FROM audit
             WHERE (CAST($1 AS BIGINT) IS NULL OR id > $1)
                AND (CAST($2 AS TEXT) IS NULL OR SUBSTR(kind, 1, LENGTH($2)) = $2) ORDER BY id LIMIT $3",
            from,
            of,
            more
        )?,
    };
    let entries = rows.into_iter().map(entry).collect();
    Ok(page::by_key(entries, cursor, limit, |entry: &Entry| entry.id))
}

/// Deletes what is kept no longer.
pub async fn delete_old(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    execute!(
        tx,
        "DELETE FROM audit WHERE at <= $1",
        now.plus_seconds(-KEPT_SECONDS).micros()
    )
}
