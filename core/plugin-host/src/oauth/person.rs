//! Access that a person grants in the browser: where to send them, and what to do with what they bring.

use std::sync::Arc;

use errand_model::grant::Grant;
use errand_model::{InstallationId, Secret};
use serde_json::Value;
use tokio::time::Instant;

use super::endpoint::Asked;
use super::{Account, TOKEN_TIMEOUT, Wanted, exchange, keep};
use crate::component::Plugin;
use crate::manifest::{OauthGrant, SettingKind};
use crate::oauth::grant::Grant as Tokens;
use crate::reach::Reach;
use crate::shared::Shared;
use crate::{CheckError, PluginHost, broken_off};

/// A setting for an account of another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountInfo {
    /// The setting.
    pub setting: String,
    /// What the form calls it.
    pub label: String,
    /// Whether a person grants access in the browser.
    pub is_granted_by_person: bool,
    /// Whether the plugin acts in its own name, so that nobody has to grant anything.
    pub is_of_client: bool,
}

/// What a person is sent along with who is to grant access.
#[derive(Clone, Copy, Debug)]
pub struct AskForAccess<'a> {
    /// Where they come back to.
    pub redirect_uri: &'a str,
    /// What they bring back, so that nobody else's grant is taken for theirs.
    pub state: &'a str,
    /// The hash of what only the hub knows (RFC 7636, `S256`).
    pub challenge: &'a str,
}

impl PluginHost {
    /// The accounts that a plugin uses.
    pub fn accounts(&self, plugin: &str) -> Vec<AccountInfo> {
        let plugin = self.registry.peek(plugin);
        let fields = plugin.iter().flat_map(|plugin| &plugin.manifest.settings);
        fields
            .filter_map(|field| {
                let rule = field.oauth.as_ref()?;
                Some(AccountInfo {
                    setting: field.key.clone(),
                    label: field.label.clone(),
                    is_granted_by_person: rule.authorize_url.is_some(),
                    is_of_client: rule.grant == OauthGrant::ClientCredentials,
                })
            })
            .collect()
    }

    /// The page on which a person grants access.
    ///
    /// # Errors
    /// [`CheckError`] if there is no such plugin or account, or a setting is missing.
    pub fn access_page(
        &self,
        plugin: &str,
        config: &Value,
        setting: &str,
        ask: AskForAccess<'_>,
    ) -> Result<String, CheckError> {
        let (_, account) = self.account(plugin, config, setting)?;
        let Some(mut url) = account.authorize_url.clone() else {
            return Err(CheckError::Refused(
                "nobody grants this access in a browser".to_owned(),
            ));
        };
        {
            let mut query = url.query_pairs_mut();
            query.extend_pairs(&account.rule.authorize_parameters);
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", &account.client_id)
                .append_pair("redirect_uri", ask.redirect_uri)
                .append_pair("state", ask.state)
                .append_pair("code_challenge", ask.challenge)
                .append_pair("code_challenge_method", "S256");
            if let Some(scope) = account.scope() {
                query.append_pair("scope", &scope);
            }
        }
        Ok(url.into())
    }

    /// Takes what a person brought back, gets tokens for it and keeps them.
    ///
    /// # Errors
    /// [`CheckError`] if there is no such plugin or account, or the other side refuses.
    pub async fn take_access(
        &self,
        plugin: &str,
        (installation, config, grant): (InstallationId, &Value, &Grant),
        setting: &str,
        (code, verifier): (Secret<String>, Secret<String>),
        redirect_uri: &str,
    ) -> Result<(), CheckError> {
        let (plugin, mut account) = self.account(plugin, config, setting)?;
        // What a person grants counts in place of what an admin brought.
        account.brought = None;
        let wanted = Wanted {
            installation,
            reach: Reach::new(&plugin.manifest, config, grant),
            account,
            stale: None,
            until: Instant::now() + TOKEN_TIMEOUT,
        };
        let by = Asked::Code {
            code,
            verifier,
            redirect_uri: redirect_uri.to_owned(),
        };
        let shared = Arc::clone(&self.shared);
        let taken = self
            .executor
            .run(async move { take(&shared, &wanted, &by).await });
        taken.await.unwrap_or_else(|| Err(broken_off().into()))
    }

    fn account(
        &self,
        plugin: &str,
        config: &Value,
        setting: &str,
    ) -> Result<(Arc<Plugin>, Account), CheckError> {
        let found = self.registry.peek(plugin);
        let found = found.ok_or_else(|| CheckError::UnknownPlugin(plugin.to_owned()))?;
        let mut fields = found.manifest.settings.iter();
        let field = fields.find(|field| field.key == setting && field.kind == SettingKind::Oauth);
        let rule = field.and_then(|field| field.oauth.as_ref());
        let rule = rule.ok_or_else(|| CheckError::Refused(format!("'{setting}' is no account")))?;
        let account = Account::of(&found.manifest, config, setting, rule).map_err(CheckError::Refused)?;
        Ok((Arc::clone(&found), account))
    }
}

async fn take(shared: &Shared, wanted: &Wanted, by: &Asked) -> Result<(), CheckError> {
    let (installation, account) = (wanted.installation, &wanted.account);
    let _turn = shared.turns.take(installation, &account.setting).await;
    let (result, _) = exchange(shared, wanted, by).await;
    let tokens = result.map_err(|error| CheckError::Refused(error.to_string()))?;
    let grant = Tokens::new(tokens, None, account.origin());
    let kept = keep(shared.grants.as_ref(), installation, &account.setting, &grant).await;
    kept.map_err(|error| CheckError::Refused(error.to_string()))
}
