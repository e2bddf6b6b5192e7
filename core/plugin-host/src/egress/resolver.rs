//! Resolves host names for the HTTP client and lets only allowed addresses through.

use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::{AddressPolicy, Standing};

/// Addresses of a name that are tried, at most.
const MAX_ADDRESSES: usize = 16;

/// How far a request may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// To the Internet, and to the networks that an admin opened.
    PublicAndGranted,
    /// To the networks that an admin opened: for secrets without encryption.
    GrantedOnly,
}

impl Reach {
    pub(super) fn includes(self, standing: Standing) -> bool {
        match standing {
            Standing::Granted => true,
            Standing::Public => self == Reach::PublicAndGranted,
            Standing::Denied => false,
        }
    }

    pub(super) fn refusal(self, host: &str) -> String {
        match self {
            Reach::PublicAndGranted => {
                format!(
                    "'{host}' is in a private or reserved network that the hub's configuration does not open"
                )
            }
            Reach::GrantedOnly => format!("'{host}' would get a secret without encryption: use https"),
        }
    }
}

/// Why a name led nowhere.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResolveError {
    #[error("{0}")]
    Denied(String),
    #[error("{0}")]
    Lookup(String),
}

/// The resolver of one client.
#[derive(Debug)]
pub(super) struct CheckedResolver {
    policy: AddressPolicy,
    reach: Reach,
}

impl CheckedResolver {
    pub(super) fn new(policy: AddressPolicy, reach: Reach) -> Self {
        CheckedResolver { policy, reach }
    }
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (policy, reach) = (self.policy.clone(), self.reach);
        Box::pin(async move {
            let host = name.as_str();
            let addresses = tokio::net::lookup_host((host, 0))
                .await
                .map_err(|error| ResolveError::Lookup(error.to_string()))?;
            let mut addresses: Vec<SocketAddr> = addresses.take(MAX_ADDRESSES).collect();
            addresses.retain(|address| reach.includes(policy.standing(canonical(address))));
            if addresses.is_empty() {
                return Err(ResolveError::Denied(reach.refusal(host)).into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

fn canonical(address: &SocketAddr) -> IpAddr {
    address.ip().to_canonical()
}
