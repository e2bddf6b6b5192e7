//! Who may let themselves into an organization, as its admins set it.

use errand_model::OrganizationId;
use errand_model::access::Role;
use serde::{Deserialize, Serialize};

use crate::{Error, Reads, Result, Tx, execute, fetch_optional};

/// Who may register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Registration {
    /// Nobody: people are invited.
    #[default]
    Closed,
    /// Who has an address of certain domains.
    Domains,
    /// Anybody who has an address.
    Open,
}

/// Who may register, and what they are then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// Who may.
    pub registration: Registration,
    /// Whose addresses, in small letters: `example.com`.
    pub domains: Vec<String>,
    /// What they are.
    pub role: Role,
}

impl Default for Admission {
    fn default() -> Self {
        Admission {
            registration: Registration::Closed,
            domains: Vec::new(),
            role: Role::Member,
        }
    }
}

impl Admission {
    /// Whether somebody of that address may register.
    pub fn takes(&self, email: &str) -> bool {
        let domain = email
            .trim()
            .rsplit_once('@')
            .map(|(_, domain)| domain.to_lowercase());
        match self.registration {
            Registration::Closed => false,
            Registration::Domains => domain.is_some_and(|domain| self.domains.contains(&domain)),
            Registration::Open => domain.is_some(),
        }
    }
}

/// What is set; what nobody set is closed.
pub async fn of(mut on: impl Reads, organization: OrganizationId) -> Result<Admission> {
    let row = fetch_optional!(
        on,
        (String,),
        "SELECT admission FROM organization_admission WHERE organization_id = $1",
        organization.0
    )?;
    let read = row.map(|(text,)| serde_json::from_str(&text)).transpose();
    Ok(read
        .map_err(|why| Error::corrupt("admission", why))?
        .unwrap_or_default())
}

/// Sets it.
pub async fn set(tx: &mut Tx, organization: OrganizationId, admission: &Admission) -> Result<()> {
    let text = serde_json::to_string(admission).map_err(|why| Error::corrupt("admission", why))?;
    execute!(
        tx,
        "INSERT INTO organization_admission (organization_id, admission) VALUES ($1, $2)
         ON CONFLICT (organization_id) DO UPDATE SET admission = excluded.admission",
        organization.0,
        text
    )
    .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_all_behind_the_last_at_sign() {
        let admission = Admission {
            registration: Registration::Domains,
            domains: vec!["example.com".to_owned()],
            ..Admission::default()
        };
        assert!(admission.takes("Ada@Example.COM "));
        for not in [
            "ada@evil-example.com",
            "ada@sub.example.com",
            "ada@example.com@evil.org",
            "example.com",
        ] {
            assert!(!admission.takes(not), "{not}");
        }
        assert!(!Admission::default().takes("ada@example.com"));
    }
}
