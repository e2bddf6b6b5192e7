//! `[single_sign_on]`: the provider by which people sign in.

use std::fmt;

use anyhow::Result;
use errand_model::Secret;
use errand_model::single_sign_on::{Client, SingleSignOn};
use serde::{Deserialize, Serialize};

/// `[single_sign_on]`
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) name: String,
    pub(crate) domains: Vec<String>,
    pub(crate) newcomers: String,
    pub(crate) trusts_addresses: bool,
    pub(crate) passwords: bool,
}

impl Default for Provider {
    fn default() -> Self {
        Provider {
            issuer: String::new(),
            client_id: String::new(),
            client_secret: String::new(),
            name: String::new(),
            domains: Vec::new(),
            newcomers: String::new(),
            trusts_addresses: false,
            passwords: true,
        }
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("domains", &self.domains)
            .field("newcomers", &self.newcomers)
            .field("passwords", &self.passwords)
            .finish_non_exhaustive()
    }
}

impl Provider {
    /// The provider; none where none is set here.
    pub(crate) fn client(&self) -> Result<Option<Client>> {
        if self.issuer.is_empty() {
            return Ok(None);
        }
        let newcomers = match self.newcomers.as_str() {
            "" => None,
            role => Some(
                role.parse()
                    .map_err(|why| anyhow::anyhow!("single_sign_on.newcomers: {why}"))?,
            ),
        };
        let domains = self.domains.iter().map(|domain| domain.to_lowercase());
        let settings = SingleSignOn {
            name: self.name.clone(),
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            domains: domains.collect(),
            newcomers,
            trusts_addresses: self.trusts_addresses,
            passwords: self.passwords,
        };
        if let Some(problem) = settings.problem() {
            anyhow::bail!("single_sign_on: {problem}");
        }
        let secret = Some(self.client_secret.clone()).filter(|secret| !secret.is_empty());
        Ok(Some(Client {
            settings,
            secret: secret.map(Secret::new),
        }))
    }

    pub(super) fn check(&self) -> Result<()> {
        self.client().map(|_| ())
    }
}
