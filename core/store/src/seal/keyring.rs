//! The keys that this process knows: the first seals, all open.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::key::{ID_LEN, Key, KeyId};
use crate::{Error, Result};

/// How old the knowledge of keys may be. Within this time after a key was added elsewhere, this process uses it.
pub const REREAD_AFTER: Duration = Duration::from_secs(10);

/// The first byte of what is sealed: how the rest is laid out.
const LAYOUT: u8 = 1;

/// Where keys come from, asked again from time to time: keys are replaced while the hub runs.
pub trait KeySource: Send + Sync {
    /// The keys as they are now, the one that seals first; none if they cannot be read, which is said elsewhere.
    fn keys(&self) -> Option<Vec<Key>>;
}

/// Keys, shared by all who use a database. Cheap to clone.
#[derive(Clone, Default)]
pub struct Keyring(Arc<Inner>);

#[derive(Default)]
struct Inner {
    known: RwLock<Known>,
    source: Option<Box<dyn KeySource>>,
}

#[derive(Default)]
struct Known {
    keys: Vec<Arc<Key>>,
    read: Option<Instant>,
}

impl Keyring {
    /// Of these keys, the first of which seals. Without any, nothing can be sealed or opened.
    pub fn new(keys: Vec<Key>) -> Self {
        Keyring(Arc::new(Inner {
            known: RwLock::new(Known::of(keys)),
            source: None,
        }))
    }

    /// Of the keys that `source` has, asked again as time goes by.
    pub fn from_source(source: Box<dyn KeySource>) -> Self {
        let keys = source.keys().unwrap_or_default();
        Keyring(Arc::new(Inner {
            known: RwLock::new(Known::of(keys)),
            source: Some(source),
        }))
    }

    /// Asks the source now, after a key was made.
    pub fn refresh(&self) {
        self.read_again(Duration::ZERO);
    }

    /// The names of all keys, the one that seals first.
    pub fn ids(&self) -> Vec<KeyId> {
        self.keys().iter().map(|key| key.id()).collect()
    }

    /// Seals `plain` for `place`; it opens nowhere else.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let keys = self.keys();
        let Some(key) = keys.first() else {
            return Err(Error::invalid(
                "there is no key to seal secrets with; `errand doctor` says why",
            ));
        };
        let mut sealed = vec![LAYOUT];
        sealed.extend(key.id().0);
        sealed.extend(key.seal(place, plain)?);
        Ok(sealed)
    }

    /// Opens what was sealed for `place`.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let (id, rest) = parts(sealed).ok_or_else(|| Error::corrupt("secret", "its layout is not known"))?;
        let key = self
            .key(id)
            .ok_or_else(|| Error::Sealed { key: id.to_string() })?;
        key.open(place, rest)
            .ok_or_else(|| Error::corrupt("secret", "it was changed or belongs elsewhere"))
    }

    /// The key of this name. One that is not known may have been added meanwhile.
    fn key(&self, id: KeyId) -> Option<Arc<Key>> {
        let find = |keys: &[Arc<Key>]| keys.iter().find(|key| key.id() == id).map(Arc::clone);
        find(&self.keys()).or_else(|| {
            // At most once a second: a row of a lost key is read again and again.
            self.read_again(Duration::from_secs(1));
            find(&self.known().keys)
        })
    }

    fn keys(&self) -> Vec<Arc<Key>> {
        self.read_again(REREAD_AFTER);
        self.known().keys.clone()
    }

    fn known(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.0.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the source, if it was not asked for `patience`. Keys that it no longer has go on to open what they sealed.
    fn read_again(&self, patience: Duration) {
        let Some(source) = &self.0.source else { return };
        if self.known().read.is_some_and(|read| read.elapsed() < patience) {
            return;
        }
        let fresh = source.keys();
        let mut known = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
        match fresh {
            Some(keys) => {
                let mut fresh = Known::of(keys);
                let gone = known
                    .keys
                    .drain(..)
                    .filter(|old| fresh.keys.iter().all(|key| key.id() != old.id()));
                let gone: Vec<_> = gone.collect();
                fresh.keys.extend(gone);
                *known = fresh;
            }
            None => known.read = Some(Instant::now()),
        }
    }
}

impl Known {
    fn of(keys: Vec<Key>) -> Self {
        Known {
            keys: keys.into_iter().map(Arc::new).collect(),
            read: Some(Instant::now()),
        }
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.known().keys).finish()
    }
}

/// Which key sealed it.
pub(super) fn key_of(sealed: &[u8]) -> Option<KeyId> {
    parts(sealed).map(|(id, _)| id)
}

fn parts(sealed: &[u8]) -> Option<(KeyId, &[u8])> {
    let (layout, rest) = sealed.split_first()?;
    let (id, rest) = rest.split_first_chunk::<ID_LEN>()?;
    (*layout == LAYOUT).then_some((KeyId(*id), rest))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn key() -> Key {
        Key::generate().expect("randomness")
    }

    fn copy(key: &Key) -> Key {
        Key::parse(key.to_text().reveal()).expect("its own text")
    }

    #[test]
    fn what_is_sealed_opens_where_it_belongs_and_nowhere_else() {
        let ring = Keyring::new(vec![key()]);
        let sealed = ring.seal("installation 1", b"s3cret").expect("seals");
        assert!(!sealed.windows(6).any(|part| part == b"s3cret"));
        assert_eq!(ring.open("installation 1", &sealed).expect("opens"), b"s3cret");
        assert!(matches!(
            ring.open("installation 2", &sealed),
            Err(Error::Corrupt { .. })
        ));
        let mut changed = sealed.clone();
        *changed.last_mut().expect("a tag") ^= 1;
        assert!(matches!(
            ring.open("installation 1", &changed),
            Err(Error::Corrupt { .. })
        ));
        for short in 0..sealed.len() {
            assert!(ring.open("installation 1", &sealed[..short]).is_err());
        }
        assert_ne!(sealed, ring.seal("installation 1", b"s3cret").expect("seals"));
    }

    #[test]
    fn the_first_key_seals_and_all_open() {
        let (old, new) = (key(), key());
        let before = Keyring::new(vec![copy(&old)]);
        let sealed = before.seal("place", b"text").expect("seals");
        let after = Keyring::new(vec![copy(&new), copy(&old)]);
        assert_eq!(after.open("place", &sealed).expect("opens"), b"text");
        let again = after.seal("place", b"text").expect("seals");
        assert_eq!(key_of(&again), Some(new.id()));
        assert!(
            matches!(before.open("place", &again), Err(Error::Sealed { key }) if key == new.id().to_string())
        );
        assert!(Keyring::default().seal("place", b"text").is_err());
    }

    #[test]
    fn a_key_says_nothing_of_itself_and_bad_ones_are_refused() {
        let key = key();
        assert_eq!(format!("{key:?}"), format!("Key({})", key.id()));
        let text = key.to_text();
        for bad in ["", "errand-key-1:", "errand-key-1:AAAA", &text.reveal()[5..]] {
            assert!(Key::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(copy(&key).id(), key.id());
    }

    struct Shelf(Arc<Mutex<Vec<Key>>>);

    impl KeySource for Shelf {
        fn keys(&self) -> Option<Vec<Key>> {
            Some(self.0.lock().expect("no panic").iter().map(copy).collect())
        }
    }

    #[test]
    fn keys_that_come_later_are_found() {
        let shelf = Arc::new(Mutex::new(vec![key()]));
        let ring = Keyring::from_source(Box::new(Shelf(Arc::clone(&shelf))));
        let early = ring.seal("place", b"early").expect("seals");
        let new = key();
        let late = Keyring::new(vec![copy(&new)])
            .seal("place", b"late")
            .expect("seals");
        *shelf.lock().expect("no panic") = vec![new];
        // As if the second had passed within which an unknown key is not looked for again.
        ring.0.known.write().expect("no panic").read = None;
        assert_eq!(ring.open("place", &late).expect("opens"), b"late");
        assert_eq!(ring.open("place", &early).expect("opens still"), b"early");
        assert_eq!(
            key_of(&ring.seal("place", b"x").expect("seals")),
            ring.ids().first().copied()
        );
    }
}
