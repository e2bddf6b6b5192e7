//! Compiled plugins on disk, so that the next start need not compile.
//!
//! To load compiled code is to run it, so an entry counts only with the right code of authentication (HMAC-SHA256
//! under a key that lies beside it, readable by the hub alone), made for just this component and this engine.
//! Whatever is wrong with an entry, it is a miss: the component is compiled again.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::engine;

const KEY_FILE: &str = "cache.key";
const KEY_BYTES: usize = 32;
const MAC_BYTES: usize = 32;
/// Compiled code of the largest component that is accepted stays below.
const MAX_ENTRY: u64 = 512 << 20;

/// The cache of one folder.
pub(crate) struct CompileCache {
    folder: PathBuf,
    key: [u8; KEY_BYTES],
    engine_hash: u64,
}

impl CompileCache {
    /// Opens the cache, making folder and key if need be.
    pub(crate) fn open(folder: &Path, engine: &Engine) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        Ok(CompileCache {
            folder: folder.to_owned(),
            key: key(&folder.join(KEY_FILE))?,
            engine_hash: engine::fingerprint(engine),
        })
    }

    /// The compiled form of the component with this digest, if it is here and in order.
    pub(crate) fn load(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let path = self.path(digest);
        if fs::metadata(&path).ok()?.len() > MAX_ENTRY {
            return None;
        }
        let entry = fs::read(&path).ok()?;
        let (mac, code) = entry.split_at_checked(MAC_BYTES)?;
        if self.mac(digest, code)?.verify_slice(mac).is_err() {
            tracing::warn!(path = %path.display(), "a compiled plugin was changed on disk and is compiled again");
            return None;
        }
        match deserialize(engine, code) {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::info!(%error, "a compiled plugin does not fit this hub and is compiled again");
                None
            }
        }
    }

    /// Whether there is an entry for the component with this digest, in order or not.
    pub(crate) fn has(&self, digest: &str) -> bool {
        self.path(digest).exists()
    }

    /// Keeps what the compiler made of a component. That it cannot is said in the log and does no harm.
    pub(crate) fn store(&self, code: &[u8], digest: &str) {
        if let Err(error) = self.write(digest, code) {
            tracing::warn!(%error, folder = %self.folder.display(), "a compiled plugin could not be kept");
        }
    }

    fn write(&self, digest: &str, code: &[u8]) -> io::Result<()> {
        let mac = self.mac(digest, code).ok_or_else(|| io::Error::other("no key"))?;
        let path = self.path(digest);
        let unfinished = path.with_extension(format!("{}.new", std::process::id()));
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)?;
        file.write_all(&mac.finalize().into_bytes())?;
        file.write_all(code)?;
        drop(file);
        fs::rename(&unfinished, &path)
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.folder
            .join(format!("{digest}-{:016x}.cwasm", self.engine_hash))
    }

    fn mac(&self, digest: &str, code: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(digest.as_bytes());
        mac.update(&self.engine_hash.to_le_bytes());
        mac.update(code);
        Some(mac)
    }
}

/// The key, or a new one. A file of another length is replaced, which empties the cache and nothing else.
fn key(path: &Path) -> io::Result<[u8; KEY_BYTES]> {
    if let Ok(bytes) = fs::read(path)
        && let Ok(key) = <[u8; KEY_BYTES]>::try_from(bytes)
    {
        return Ok(key);
    }
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
    let unfinished = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(&key)?;
    drop(file);
    fs::rename(&unfinished, path)?;
    Ok(key)
}

/// Takes machine code as a component: that of an entry whose authentication was checked just before, or that which
/// the compiler just made. Nothing else may come here.
#[expect(unsafe_code, reason = "compiled code is run as it is; see who may call this")]
pub(crate) fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the bytes are the output of `Engine::precompile_component` in a process of the hub's own: they come
    // over its pipe, or carry a valid HMAC under a key that only this hub has and uses for nothing else.
    unsafe { Component::deserialize(engine, code) }
}
