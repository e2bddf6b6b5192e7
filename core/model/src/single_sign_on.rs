//! Single sign-on: which provider of OpenID Connect says who people are, and whom the hub takes from it.

use serde::{Deserialize, Serialize};

use crate::Secret;
use crate::access::Role;

/// What somebody may be who comes in by the provider alone. Who runs the hub is chosen by people.
pub const NEWCOMERS: [Role; 3] = [Role::Member, Role::Support, Role::ReadOnly];

/// Domains that can be named.
pub const MOST_DOMAINS: usize = 50;

/// Characters of the longest text of a setting.
const LONGEST: usize = 2_000;

/// The provider, and whom the hub takes from it; all but the client's secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SingleSignOn {
    /// What the button calls it: `Acme`. Empty: the host of the issuer.
    pub name: String,
    /// The provider's address, as it calls itself.
    pub issuer: String,
    /// As what the provider knows the hub.
    pub client_id: String,
    /// Whose addresses are taken, in small letters; empty: any.
    pub domains: Vec<String>,
    /// What somebody becomes who has no account yet; none: they are not let in.
    pub newcomers: Option<Role>,
    /// Whether an address counts as the person's own where the provider does not say so either way.
    pub trusts_addresses: bool,
    /// Whether people may sign in with a password too.
    pub passwords: bool,
}

impl Default for SingleSignOn {
    fn default() -> Self {
        SingleSignOn {
            name: String::new(),
            issuer: String::new(),
            client_id: String::new(),
            domains: Vec::new(),
            newcomers: None,
            trusts_addresses: false,
            passwords: true,
        }
    }
}

/// The provider with the secret by which the hub proves itself to it; a public client has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The settings.
    pub settings: SingleSignOn,
    /// The secret.
    pub secret: Option<Secret<String>>,
}

impl SingleSignOn {
    /// What people call the provider.
    pub fn title(&self) -> &str {
        match self.name.as_str() {
            "" => host(&self.issuer).unwrap_or("single sign-on"),
            name => name,
        }
    }

    /// Whether somebody of that address may come in by the provider.
    pub fn takes(&self, email: &str) -> bool {
        let domain = email.trim().rsplit_once('@').map(|(_, domain)| domain);
        self.domains.is_empty() || domain.is_some_and(|domain| self.domains.contains(&domain.to_lowercase()))
    }

    /// What is wrong with the settings, in words.
    pub fn problem(&self) -> Option<String> {
        let texts = [&self.name, &self.issuer, &self.client_id];
        if texts
            .iter()
            .any(|text| text.len() > LONGEST || text.chars().any(char::is_control))
        {
            return Some("A setting is too long, or has characters that cannot be seen.".to_owned());
        }
        if self.issuer.is_empty() || self.client_id.is_empty() {
            return Some("The provider's address (issuer) and the client id are needed.".to_owned());
        }
        if !is_safe_address(&self.issuer) || self.issuer.contains(['?', '#']) {
            return Some(
                "The issuer is an address that begins with https:// and has no ? or # in it.".to_owned(),
            );
        }
        if self.domains.len() > MOST_DOMAINS {
            return Some(format!("At most {MOST_DOMAINS} domains can be named."));
        }
        if let Some(domain) = self.domains.iter().find(|domain| !is_domain(domain)) {
            return Some(format!("'{domain}' is no domain such as example.com."));
        }
        let is_given = |role| NEWCOMERS.contains(&role);
        match self.newcomers {
            Some(role) if !is_given(role) => {
                Some("A provider makes nobody an owner or an administrator: people do.".to_owned())
            }
            _ => None,
        }
    }
}

/// Whether what is sent to an address can be read by nobody on the way: by https, or on this machine.
pub fn is_safe_address(address: &str) -> bool {
    if address.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return false;
    }
    let Some(host) = host(address) else {
        return false;
    };
    let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    address.starts_with("https://") || (address.starts_with("http://") && is_here)
}

/// The host of an address, without its port.
fn host(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    // A name before the host makes it look like another.
    if authority.contains('@') {
        return None;
    }
    let host = match authority.strip_prefix('[') {
        Some(rest) => &authority[..rest.find(']')? + 2],
        None => authority.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .chars()
                .all(|c| (c.is_alphanumeric() && !c.is_uppercase()) || c == '-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> SingleSignOn {
        SingleSignOn {
            issuer: "https://id.example.com/realms/acme".to_owned(),
            client_id: "errand".to_owned(),
            ..SingleSignOn::default()
        }
    }

    #[test]
    fn an_issuer_cannot_be_listened_to() {
        assert_eq!(good().problem(), None);
        for issuer in ["http://localhost:9000", "http://[::1]:80/x", "http://127.0.0.1"] {
            let settings = SingleSignOn {
                issuer: issuer.to_owned(),
                ..good()
            };
            assert_eq!(settings.problem(), None, "{issuer}");
        }
        for issuer in [
            "",
            "id.example.com",
            "http://id.example.com",
            "http://localhost@id.example.com",
            "http://127.0.0.1.example.com",
            "https://id.example.com/?tenant=1",
            "https://id.example.com/#a",
            "https://",
            "https://id example.com",
            "ftp://localhost",
        ] {
            let settings = SingleSignOn {
                issuer: issuer.to_owned(),
                ..good()
            };
            assert!(settings.problem().is_some(), "{issuer}");
        }
    }

    #[test]
    fn nobody_becomes_an_owner_by_coming_in() {
        for (role, is_good) in [
            (Role::Owner, false),
            (Role::Admin, false),
            (Role::Member, true),
            (Role::ReadOnly, true),
        ] {
            let settings = SingleSignOn {
                newcomers: Some(role),
                ..good()
            };
            assert_eq!(settings.problem().is_none(), is_good, "{role}");
        }
    }

    #[test]
    fn a_domain_is_all_behind_the_last_at_sign() {
        let settings = SingleSignOn {
            domains: vec!["example.com".to_owned()],
            ..good()
        };
        assert_eq!(settings.problem(), None);
        assert!(settings.takes("Ada@Example.COM"));
        for not in [
            "a@evil-example.com",
            "a@sub.example.com",
            "a@example.com@evil.org",
            "example.com",
        ] {
            assert!(!settings.takes(not), "{not}");
        }
        assert!(good().takes("a@anywhere.org"));
        let bad = SingleSignOn {
            domains: vec!["@example.com".to_owned()],
            ..good()
        };
        assert!(bad.problem().is_some());
    }

    #[test]
    fn a_provider_without_a_name_is_called_by_its_host() {
        assert_eq!(good().title(), "id.example.com");
        let named = SingleSignOn {
            name: "Acme".to_owned(),
            ..good()
        };
        assert_eq!(named.title(), "Acme");
    }
}
