//! Remembers the clients of the User-Agents seen last: a hub hears few of them, many times.

use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use lru::LruCache;

use super::{Client, parser};

/// About 1 MB when it is full.
const CAPACITY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(2_047);

/// What follows is not read: no browser's name stands so far back.
const MAX_LENGTH: usize = 1_024;

static SEEN: LazyLock<Mutex<LruCache<Box<str>, Arc<Client>>>> =
    LazyLock::new(|| Mutex::new(LruCache::new(CAPACITY)));

/// The client behind `user_agent`.
pub(super) fn lookup(user_agent: &str) -> Arc<Client> {
    let user_agent = user_agent
        .get(..user_agent.floor_char_boundary(MAX_LENGTH))
        .unwrap_or_default();
    // A thread that died while it held the lock left a cache, which is right or empty at worst.
    let cached = SEEN
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(user_agent)
        .cloned();
    cached.unwrap_or_else(|| {
        let client = Arc::new(parser::parse(user_agent));
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        seen.put(user_agent.into(), Arc::clone(&client));
        client
    })
}
