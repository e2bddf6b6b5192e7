//! Which plugins there are, as requests need it. Defined here, where it is used; who runs plugins stands behind it.

use futures_util::future::BoxFuture;

/// Bytes of a component; the host has its own say.
pub(crate) const MAX_COMPONENT: usize = 33 << 20;

/// A version of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginVersion {
    /// The plugin's id.
    pub plugin: String,
    /// What people call it.
    pub name: String,
    /// Which version.
    pub version: String,
    /// What it does, in a sentence.
    pub description: String,
    /// The component's digest, in hexadecimal.
    pub sha256: String,
    /// Who signed it: the text of a public key.
    pub signed_by: Option<String>,
    /// The component's size in bytes.
    pub size: usize,
    /// Whether it is part of the hub, which nobody is asked about.
    pub is_bundled: bool,
    /// Whether it runs for installations that are held to no version.
    pub is_current: bool,
    /// All that it wants, in plain words: each completes "it wants to …".
    pub wants: Vec<String>,
    /// What of it nobody has agreed to. It runs if there is nothing.
    pub beyond: Vec<String>,
}

/// A component that is on its way: compiling takes up to half a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Its number; later ones have greater ones.
    pub id: u64,
    /// What its file was called.
    pub file: String,
    /// Why it was refused; none while it is looked at.
    pub refused: Option<String>,
}

/// Why the shelf is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShelfError {
    /// It is no plugin for this hub.
    #[error("{0}")]
    Refused(String),
    /// There is no such plugin or version.
    #[error("there is no such version of a plugin")]
    Missing,
    /// It is part of the hub, or one more is too many.
    #[error("{0}")]
    Conflict(String),
    /// The hub fails.
    #[error("{0}")]
    Failed(String),
}

/// Keeps plugins in their versions.
pub trait PluginShelf: Send + Sync {
    /// All versions, by plugin, the newest first.
    fn versions(&self) -> Vec<PluginVersion>;

    /// Takes a component in, once it has been compiled and started on trial. It runs if all that it wants was agreed to.
    fn take_in(&self, wasm: Vec<u8>) -> BoxFuture<'_, Result<PluginVersion, ShelfError>>;

    /// The same, while nobody waits: see [`arrivals`](Self::arrivals).
    fn begin(&self, file: String, wasm: Vec<u8>) -> Result<(), ShelfError>;

    /// What was begun and has not arrived, the oldest first.
    fn arrivals(&self) -> Vec<Arrival>;

    /// Agrees to what a version wants, or the newest where none is named, on behalf of `by`.
    fn agree<'a>(
        &'a self,
        plugin: &'a str,
        version: Option<&'a str>,
        by: &'a str,
    ) -> BoxFuture<'a, Result<(), ShelfError>>;

    /// Takes a version away. Calls of it that run end undisturbed.
    fn remove<'a>(&'a self, plugin: &'a str, version: &'a str) -> BoxFuture<'a, Result<(), ShelfError>>;
}
