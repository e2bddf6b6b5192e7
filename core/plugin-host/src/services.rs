//! What the host needs of the hub: storage for plugins. The wiring is the caller's, so that this crate knows no
//! database.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use errand_model::InstallationId;

/// What a service gives, later.
pub type ServiceFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, KvError>> + Send + 'a>>;

/// Entries that one installation may keep. Implementations answer [`KvError::Quota`] beyond.
pub const MAX_KV_ENTRIES: usize = 10_000;

/// A value of the key-value store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvEntry {
    /// The value.
    pub value: Vec<u8>,
    /// Grows with every change; the first is 1.
    pub revision: u64,
}

/// Why the key-value store did not do it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KvError {
    /// Too many entries.
    #[error("{0}")]
    Quota(String),
    /// The entry stands at another revision; 0 if there is none.
    #[error("the entry stands at revision {0}")]
    Conflict(u64),
    /// The storage fails.
    #[error("the storage fails: {0}")]
    Unavailable(String),
}

/// What the hub does for plugins. Keys and sizes are checked before; the installation is the caller's own, never
/// what a plugin said.
pub trait HostServices: Send + Sync {
    /// The entry of a key.
    fn kv_get<'a>(&'a self, installation: InstallationId, key: &'a str)
    -> ServiceFuture<'a, Option<KvEntry>>;

    /// Writes an entry and gives its new revision; with `expect`, only if it stands at that revision (0: if there
    /// is none).
    fn kv_put<'a>(
        &'a self,
        installation: InstallationId,
        key: &'a str,
        value: Vec<u8>,
        expect: Option<u64>,
    ) -> ServiceFuture<'a, u64>;

    /// Deletes an entry, if there is one.
    fn kv_delete<'a>(&'a self, installation: InstallationId, key: &'a str) -> ServiceFuture<'a, ()>;

    /// Keys that start with `prefix`, in byte order, after `after`, at most `limit`.
    fn kv_keys<'a>(
        &'a self,
        installation: InstallationId,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> ServiceFuture<'a, Vec<String>>;
}

/// A key-value store that forgets with the process: for tests and for trying plugins out.
#[derive(Default)]
pub struct MemoryServices {
    entries: Mutex<BTreeMap<(InstallationId, String), KvEntry>>,
}

impl fmt::Debug for MemoryServices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryServices").finish_non_exhaustive()
    }
}

impl MemoryServices {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<(InstallationId, String), KvEntry>) -> T) -> T {
        work(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl HostServices for MemoryServices {
    fn kv_get<'a>(
        &'a self,
        installation: InstallationId,
        key: &'a str,
    ) -> ServiceFuture<'a, Option<KvEntry>> {
        let entry = self.with(|entries| entries.get(&(installation, key.to_owned())).cloned());
        Box::pin(async { Ok(entry) })
    }

    fn kv_put<'a>(
        &'a self,
        installation: InstallationId,
        key: &'a str,
        value: Vec<u8>,
        expect: Option<u64>,
    ) -> ServiceFuture<'a, u64> {
        let result = self.with(|entries| {
            let at = (installation, key.to_owned());
            let current = entries.get(&at).map_or(0, |entry| entry.revision);
            if expect.is_some_and(|expect| expect != current) {
                return Err(KvError::Conflict(current));
            }
            let mine = entries.keys().filter(|(owner, _)| *owner == installation).count();
            if current == 0 && mine >= MAX_KV_ENTRIES {
                return Err(KvError::Quota(format!(
                    "{MAX_KV_ENTRIES} entries are kept already"
                )));
            }
            let revision = current + 1;
            entries.insert(at, KvEntry { value, revision });
            Ok(revision)
        });
        Box::pin(async { result })
    }

    fn kv_delete<'a>(&'a self, installation: InstallationId, key: &'a str) -> ServiceFuture<'a, ()> {
        self.with(|entries| entries.remove(&(installation, key.to_owned())));
        Box::pin(async { Ok(()) })
    }

    fn kv_keys<'a>(
        &'a self,
        installation: InstallationId,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> ServiceFuture<'a, Vec<String>> {
        let keys = self.with(|entries| {
            let mine = entries.keys().filter(|(owner, _)| *owner == installation);
            mine.map(|(_, key)| key.clone())
                .filter(|key| key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after))
                .take(limit as usize)
                .collect()
        });
        Box::pin(async { Ok(keys) })
    }
}
