//! Where tokens of accounts are kept, by whom they may be renewed.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use errand_model::{InstallationId, Secret, Timestamp};

/// What a store of grants gives, later; its text is for the hub's own log.
pub type GrantFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// A grant that is kept.
#[derive(Clone, Debug, Default)]
pub struct KeptGrant {
    /// The tokens, as text that means nothing to who keeps it; none while they are got for the first time.
    pub text: Option<Secret<String>>,
    /// Grows with every change; the first is 1.
    pub revision: u64,
}

/// Keeps the tokens of accounts, sealed, for all hubs that share a database. Many servers give each refresh token once,
/// so only one may renew at a time.
pub trait Grants: Send + Sync {
    /// The grant of a setting.
    fn read<'a>(
        &'a self,
        installation: InstallationId,
        setting: &'a str,
    ) -> GrantFuture<'a, Option<KeptGrant>>;

    /// Takes the right to renew it until then; whether it was to be had. It is not if somebody has it, or the grant
    /// stands at another revision (0: there is none).
    fn claim<'a>(
        &'a self,
        installation: InstallationId,
        setting: &'a str,
        revision: u64,
        until: Timestamp,
    ) -> GrantFuture<'a, bool>;

    /// Writes a grant in place of what there was, and gives the right back.
    fn keep<'a>(
        &'a self,
        installation: InstallationId,
        setting: &'a str,
        text: &'a Secret<String>,
    ) -> GrantFuture<'a, ()>;

    /// Gives the right back.
    fn give_back<'a>(&'a self, installation: InstallationId, setting: &'a str) -> GrantFuture<'a, ()>;
}

/// Forgets with the process: for tests and for trying plugins out.
#[derive(Default)]
pub struct MemoryGrants(Mutex<BTreeMap<(InstallationId, String), Entry>>);

#[derive(Default)]
struct Entry {
    grant: KeptGrant,
    is_claimed: bool,
}

impl fmt::Debug for MemoryGrants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryGrants").finish_non_exhaustive()
    }
}

impl MemoryGrants {
    fn with<'a, T: Send + 'a>(
        &self,
        installation: InstallationId,
        setting: &str,
        work: impl FnOnce(&mut Entry) -> T,
    ) -> GrantFuture<'a, T> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let done = work(entries.entry((installation, setting.to_owned())).or_default());
        Box::pin(async { Ok(done) })
    }
}

impl Grants for MemoryGrants {
    fn read<'a>(
        &'a self,
        installation: InstallationId,
        setting: &'a str,
    ) -> GrantFuture<'a, Option<KeptGrant>> {
        self.with(installation, setting, |entry| Some(entry.grant.clone()))
    }

    fn claim<'a>(
        &'a self,
        installation: InstallationId,
        setting: &'a str,
        revision: u64,
        _: Timestamp,
    ) -> GrantFuture<'a, bool> {
        self.with(installation, setting, |entry| {
            let is_free = !entry.is_claimed && entry.grant.revision == revision;
            entry.is_claimed |= is_free;
            is_free
        })
    }

    fn keep<'a>(
        &'a self,
        installation: InstallationId,
        setting: &'a str,
        text: &'a Secret<String>,
    ) -> GrantFuture<'a, ()> {
        self.with(installation, setting, |entry| {
            entry.grant.text = Some(text.clone());
            entry.grant.revision += 1;
            entry.is_claimed = false;
        })
    }

    fn give_back<'a>(&'a self, installation: InstallationId, setting: &'a str) -> GrantFuture<'a, ()> {
        self.with(installation, setting, |entry| entry.is_claimed = false)
    }
}
