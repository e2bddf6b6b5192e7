//! What was done that is administrative: written down, never changed, and kept for a year.
//!
//! An entry belongs to the change that it tells of: both are in one transaction. Who has the transaction in hand calls
//! [`write`]. Who works for somebody whose deeds are written down, at whatever depth, is let in on it by [`Audited`]: what they
//! say before a commit is written by that commit, so that a change cannot be stored without its entry, nor an entry without its
//! change.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use errand_model::page::{Cursor, Page};
use errand_model::{Clock, Ids, Timestamp, UserId};

use crate::{Context, Error, Reads, Result, Tx, execute, fetch_all, page};

/// How long entries are kept, in seconds.
pub const KEPT_SECONDS: i64 = 366 * 86_400;

/// Characters of each text that are kept.
const LONGEST: usize = 500;

/// Ids that are tried for an entry: more than are taken by others in a millisecond.
const ENOUGH_IDS: usize = 100;

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
    for _ in 0..ENOUGH_IDS {
        // The command line counts its ids as the hub beside it does: in the same millisecond one may be taken.
        let written = execute!(
            tx,
            "INSERT INTO audit (id, at, person_id, actor, token, address, kind, what, request)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING",
            cx.id(),
            cx.now().micros(),
            deed.person.map(|person| person.0),
            cut(&deed.actor),
            deed.token.as_deref().map(cut),
            &deed.address,
            &deed.kind,
            cut(&deed.what),
            cut(&deed.request)
        )?;
        if written == 1 {
            return Ok(());
        }
    }
    Err(Error::Conflict {
        what: "the id of an entry of the audit log".to_owned(),
    })
}

tokio::task_local! {
    static AUDITED: Audited;
}

/// Somebody whose deeds are written down, while they are at work. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Audited(Arc<AtWork>);

#[derive(Debug)]
struct AtWork {
    clock: Arc<dyn Clock>,
    ids: Arc<Ids>,
    /// Who, how, and what kind of things; not yet what.
    doer: Deed,
    /// What the next commit writes down.
    said: Mutex<Option<String>>,
    is_written: AtomicBool,
    /// Whether something was committed of which nobody had said a word.
    is_unsaid: AtomicBool,
}

impl Audited {
    /// Somebody who has done nothing yet.
    pub fn new(clock: Arc<dyn Clock>, ids: Arc<Ids>, doer: Deed) -> Self {
        Audited(Arc::new(AtWork {
            clock,
            ids,
            doer,
            said: Mutex::default(),
            is_written: AtomicBool::new(false),
            is_unsaid: AtomicBool::new(false),
        }))
    }

    /// Says what the next commit does. Said again before that, it takes the place of what was said before.
    pub fn say(&self, what: impl Into<String>) {
        self.set(Some(what.into()));
    }

    /// Does the work: commits within write down what was said.
    pub async fn during<F: Future>(&self, work: F) -> F::Output {
        AUDITED.scope(self.clone(), work).await
    }

    /// Whether something was written down with a change.
    pub fn is_written(&self) -> bool {
        self.0.is_written.load(Ordering::Acquire)
    }

    /// Whether all that was committed was committed without an entry: who did it said too late what they do, or never.
    pub fn is_silent(&self) -> bool {
        self.0.is_unsaid.load(Ordering::Acquire) && !self.is_written()
    }

    /// What is still to be written down once the work is over: what was said and no commit followed, or that something was
    /// done of which nobody said a word.
    pub fn left(&self) -> Option<Deed> {
        match self.take() {
            Some(what) => Some(self.deed(what)),
            None => (!self.is_written()).then(|| self.deed(String::new())),
        }
    }

    fn deed(&self, what: String) -> Deed {
        Deed {
            what,
            ..self.0.doer.clone()
        }
    }

    fn set(&self, said: Option<String>) {
        *self.0.said.lock().unwrap_or_else(PoisonError::into_inner) = said;
    }

    fn take(&self) -> Option<String> {
        self.0.said.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Says what the next commit does, for whoever is at work here; to nobody where nothing is written down.
pub(crate) fn say(what: impl Into<String>) {
    let _ = AUDITED.try_with(|audited| audited.say(what));
}

/// What a commit has to write down.
#[derive(Debug)]
pub(crate) struct Owed {
    audited: Audited,
    what: String,
}

impl Owed {
    /// By who is at work here, if they said what they do; that they did not is remembered.
    pub(crate) fn take() -> Option<Self> {
        let audited = AUDITED.try_with(Audited::clone).ok()?;
        let said = audited.take();
        if said.is_none() {
            audited.0.is_unsaid.store(true, Ordering::Release);
        }
        said.map(|what| Owed { audited, what })
    }

    /// Writes it down.
    pub(crate) async fn write(&self, tx: &mut Tx) -> Result<()> {
        let AtWork { clock, ids, .. } = self.audited.0.as_ref();
        let cx = Context {
            clock: clock.as_ref(),
            ids,
        };
        write(tx, cx, &self.audited.deed(self.what.clone())).await
    }

    /// Says whether that lasts: what was not committed may be tried again.
    pub(crate) fn settle(self, is_committed: bool) {
        match is_committed {
            true => self.audited.0.is_written.store(true, Ordering::Release),
            false => self.audited.set(Some(self.what)),
        }
    }
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
