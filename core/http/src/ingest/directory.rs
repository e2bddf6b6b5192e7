//! The keys that SDKs name and the projects behind them, remembered for a few seconds.
//!
//! A key is asked for once per half of its lifetime, by one request, while the others go on with what is
//! known; so a known key never waits for the database, and what another process changed is seen
//! within the lifetime. What this process changes it forgets at once ([`Directory::forget`]).

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use errand_model::project::{Project, ProjectKey, RateLimit, Volume};
use errand_model::{Clock, ProjectId, Timestamp};
use errand_store::Db;
use lru::LruCache;

use super::auth::PublicKey;
use super::config::IngestConfig;
use super::cors::Origins;
use super::limits::Scope;

/// How long a known key is believed while the database does not answer: losing events would be worse than
/// taking some for a key that was revoked meanwhile.
const GRACE_MILLIS: i64 = 60_000;

/// How many look-ups of keys that are not known go on at once.
const LANES: usize = 32;

/// An active key, and what its project wants.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) project: ProjectId,
    /// The limits of the key and of the project.
    pub(crate) limits: Vec<(Scope, RateLimit)>,
    /// What the project may send altogether, where that has a bound.
    pub(crate) volume: Option<Volume>,
    pub(crate) origins: Origins,
}

impl Known {
    fn new(key: &ProjectKey, project: &Project) -> Self {
        let of_key = key.rate_limit.map(|limit| (Scope::Key(key.id), limit));
        let of_project = project.settings.rate_limit;
        let of_project = of_project.map(|limit| (Scope::Project(project.id), limit));
        let volume = project.settings.volume;
        Known {
            project: project.id,
            volume: (volume != Volume::default()).then_some(volume),
            limits: of_key.into_iter().chain(of_project).collect(),
            origins: Origins::new(&project.settings.allowed_origins),
        }
    }
}

/// What is remembered of one key: who it is, or that it lets nobody in.
struct Slot {
    known: Option<Arc<Known>>,
    read_at: Timestamp,
    /// From when on somebody should ask again.
    refresh_at: Timestamp,
}

enum Look {
    /// Good as it is.
    Fresh(Option<Arc<Known>>),
    /// Good, but this caller asks again.
    Refresh(Option<Arc<Known>>),
    /// Too old to rely on, except in need.
    Expired(Option<Arc<Known>>),
    /// Never seen, or too old for anything.
    Unknown,
}

/// Remembers keys, up to a bound.
pub struct Directory {
    db: Db,
    clock: Arc<dyn Clock>,
    slots: Mutex<LruCache<PublicKey, Slot>>,
    /// Grows with everything forgotten, so that an answer which was under way then is not remembered.
    forgotten: AtomicU64,
    /// One look-up per key at a time, and a bound on them all.
    lanes: [tokio::sync::Mutex<()>; LANES],
    lifetime_millis: i64,
    unknown_lifetime_millis: i64,
}

impl Directory {
    /// Remembers nothing yet.
    pub(crate) fn new(db: Db, clock: Arc<dyn Clock>, config: &IngestConfig) -> Self {
        let size = NonZeroUsize::new(config.known_keys).unwrap_or(NonZeroUsize::MIN);
        let millis = |duration: std::time::Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Directory {
            db,
            clock,
            slots: Mutex::new(LruCache::sparse(size)),
            forgotten: AtomicU64::new(0),
            lanes: std::array::from_fn(|_| tokio::sync::Mutex::new(())),
            lifetime_millis: millis(config.key_lifetime),
            unknown_lifetime_millis: millis(config.unknown_key_lifetime),
        }
    }

    /// Forgets a key: the next request asks the database. Call it after a key was changed or revoked.
    pub fn forget(&self, public_key: &str) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        if let Some(key) = PublicKey::parse(public_key) {
            self.slots().pop(&key);
        }
    }

    /// Forgets every key of a project. Call it after its settings were changed.
    pub fn forget_project(&self, project: ProjectId) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.slots()
            .retain(|_, slot| slot.known.as_ref().is_none_or(|known| known.project != project));
    }

    /// Whose key it is; none if it is unknown or inactive.
    pub(crate) async fn find(&self, key: PublicKey) -> errand_store::Result<Option<Arc<Known>>> {
        match self.look(&key) {
            Look::Fresh(known) => Ok(known),
            Look::Refresh(known) => Ok(self.ask(key).await.unwrap_or_else(|error| {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a key could not be looked up again"
                );
                known
            })),
            Look::Expired(_) | Look::Unknown => self.find_in_lane(key).await,
        }
    }

    async fn find_in_lane(&self, key: PublicKey) -> errand_store::Result<Option<Arc<Known>>> {
        let lane = &self.lanes[key.lane(LANES)];
        let _turn = lane.lock().await;
        match self.look(&key) {
            // Who had the turn before asked for this key.
            Look::Fresh(known) | Look::Refresh(known) => Ok(known),
            Look::Expired(known) => self.ask(key).await.or_else(|error| match known {
                Some(known) if error.is_transient() => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "a key is believed unseen"
                    );
                    Ok(Some(known))
                }
                _ => Err(error),
            }),
            Look::Unknown => self.ask(key).await,
        }
    }

    fn look(&self, key: &PublicKey) -> Look {
        let now = self.clock.now();
        let mut slots = self.slots();
        let Some(slot) = slots.get_mut(key) else {
            return Look::Unknown;
        };
        let age = (now.micros() - slot.read_at.micros()) / 1_000;
        let known = slot.known.clone();
        let lifetime = match known {
            Some(_) => self.lifetime_millis,
            None => self.unknown_lifetime_millis,
        };
        match age {
            // The clock was set back: what is remembered may be of any age.
            ..0 => Look::Expired(known),
            _ if age < lifetime && (now < slot.refresh_at || known.is_none()) => Look::Fresh(known),
            _ if age < lifetime => {
                // If this caller goes away before the answer, another one asks a little later.
                slot.refresh_at = now.plus_millis(500);
                Look::Refresh(known)
            }
            _ if age < lifetime + GRACE_MILLIS => Look::Expired(known),
            _ => Look::Unknown,
        }
    }

    async fn ask(&self, key: PublicKey) -> errand_store::Result<Option<Arc<Known>>> {
        let forgotten = self.forgotten.load(Ordering::SeqCst);
        let asked_at = self.clock.now();
        let found = errand_store::keys::with_project(&self.db, key.as_str()).await?;
        let found = found.filter(|(key, _)| key.is_active);
        let known = found.map(|(key, project)| Arc::new(Known::new(&key, &project)));
        let slot = Slot {
            known: known.clone(),
            read_at: asked_at,
            refresh_at: asked_at.plus_millis(self.lifetime_millis / 2),
        };
        let mut slots = self.slots();
        if self.forgotten.load(Ordering::SeqCst) == forgotten {
            slots.put(key, slot);
        }
        Ok(known)
    }

    fn slots(&self) -> std::sync::MutexGuard<'_, LruCache<PublicKey, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
