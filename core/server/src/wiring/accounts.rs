//! Accounts of plugins, as pages ask for them.

use std::sync::Arc;

use errand_http::plugin_accounts::{AskForAccess, Brought, PluginAccount, PluginAccounts};
use errand_plugin_host::PluginHost;
use errand_store::installations::Installation;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

/// Stands between pages and who runs plugins.
pub(crate) struct HostAccounts(pub(crate) Arc<PluginHost>);

impl PluginAccounts for HostAccounts {
    fn accounts(&self, plugin: &str) -> Vec<PluginAccount> {
        let accounts = self.0.accounts(plugin).into_iter();
        let account = |account: errand_plugin_host::AccountInfo| PluginAccount {
            setting: account.setting,
            label: account.label,
            is_granted_by_person: account.is_granted_by_person,
            is_of_client: account.is_of_client,
        };
        accounts.map(account).collect()
    }

    fn access_page(
        &self,
        installation: &Installation,
        setting: &str,
        ask: AskForAccess<'_>,
    ) -> Result<String, String> {
        let ask = errand_plugin_host::AskForAccess {
            redirect_uri: ask.redirect_uri,
            state: ask.state,
            challenge: ask.challenge,
        };
        let plugin = installation.plugin_name();
        let page = self
            .0
            .access_page(&plugin, &installation.settings(), setting, ask);
        page.map_err(|error| error.to_string())
    }

    fn take_access<'a>(
        &'a self,
        installation: &'a Installation,
        setting: &'a str,
        brought: Brought,
    ) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let (plugin, config) = (installation.plugin_name(), installation.settings());
            let proof = (brought.code, brought.verifier);
            let whose = (installation.id, &config, &installation.grant);
            let taken = self
                .0
                .take_access(&plugin, whose, setting, proof, &brought.redirect_uri);
            taken.await.map_err(|error| error.to_string())
        }
        .boxed()
    }
}
