//! Accounts of other systems that plugins use, as pages need them. Defined here, where it is used; who runs plugins
//! stands behind it.

use errand_model::Secret;
use errand_store::installations::Installation;
use futures_util::future::BoxFuture;

/// An account that a plugin uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginAccount {
    /// The setting.
    pub setting: String,
    /// What people call it.
    pub label: String,
    /// Whether access is granted in the browser.
    pub is_granted_by_person: bool,
    /// Whether the plugin acts in its own name, so that nobody has to grant anything.
    pub is_of_client: bool,
}

/// What a person is sent along with who is to grant access.
#[derive(Clone, Copy, Debug)]
pub struct AskForAccess<'a> {
    /// Where they come back to.
    pub redirect_uri: &'a str,
    /// What they bring back.
    pub state: &'a str,
    /// The hash of what only this browser's cookie knows.
    pub challenge: &'a str,
}

/// What a person brought back.
#[derive(Clone, Debug)]
pub struct Brought {
    /// What tokens are had for, once.
    pub code: Secret<String>,
    /// What the challenge was made of.
    pub verifier: Secret<String>,
    /// Where they came back to.
    pub redirect_uri: String,
}

/// Keeps the accounts of plugins. What goes wrong is said in words for who waits.
pub trait PluginAccounts: Send + Sync {
    /// The accounts that an installation's plugin uses.
    fn accounts(&self, plugin: &str) -> Vec<PluginAccount>;

    /// The page of the other system on which access is granted.
    fn access_page(
        &self,
        installation: &Installation,
        setting: &str,
        ask: AskForAccess<'_>,
    ) -> Result<String, String>;

    /// Gets tokens for what a person brought back, and keeps them.
    fn take_access<'a>(
        &'a self,
        installation: &'a Installation,
        setting: &'a str,
        brought: Brought,
    ) -> BoxFuture<'a, Result<(), String>>;
}
