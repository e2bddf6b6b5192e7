//! Resolves host names for the HTTP client and lets only allowed addresses through.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::{AddressPolicy, Standing};
use crate::names::Names;

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
                    "'{host}' is in a private or reserved network that neither the hub's configuration nor an \
                     administrator opens for this installation"
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
pub(super) struct CheckedResolver {
    policy: AddressPolicy,
    names: Arc<dyn Names>,
    reach: Reach,
}

impl CheckedResolver {
    pub(super) fn new(policy: AddressPolicy, names: Arc<dyn Names>, reach: Reach) -> Self {
        CheckedResolver { policy, names, reach }
    }
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (policy, names, reach) = (self.policy.clone(), Arc::clone(&self.names), self.reach);
        Box::pin(async move {
            let host = name.as_str();
            let found = names.look_up(host).await;
            let found = found.map_err(|error| ResolveError::Lookup(error.to_string()))?;
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            let allowed = allowed(host, addresses, &policy, reach)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// The addresses that may be connected to. The connector gets these and asks no second time, so that a name which
/// answers differently from one question to the next gains nothing.
fn allowed(
    host: &str,
    addresses: impl Iterator<Item = SocketAddr>,
    policy: &AddressPolicy,
    reach: Reach,
) -> Result<Vec<SocketAddr>, ResolveError> {
    let is_allowed = |address: &SocketAddr| reach.includes(policy.standing(canonical(address)));
    let allowed: Vec<_> = addresses.take(MAX_ADDRESSES).filter(is_allowed).collect();
    match allowed.is_empty() {
        true => Err(ResolveError::Denied(reach.refusal(host))),
        false => Ok(allowed),
    }
}

fn canonical(address: &SocketAddr) -> IpAddr {
    address.ip().to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(addresses: &[&str], reach: Reach) -> Result<Vec<SocketAddr>, ResolveError> {
        let granted = "10.9.0.0/16".parse().expect("a network");
        let policy = AddressPolicy::new(vec![granted]);
        let addresses = addresses.iter().map(|text| text.parse().expect("an address"));
        allowed("name.test", addresses, &policy, reach)
    }

    #[test]
    fn of_a_name_with_several_addresses_only_the_allowed_are_left() {
        let mixed = [
            "127.0.0.1:0",
            "1.1.1.1:0",
            "[::ffff:169.254.169.254]:0",
            "10.9.1.1:0",
            "[fe80::1]:0",
        ];
        let left = answer(&mixed, Reach::PublicAndGranted).expect("some are allowed");
        assert_eq!(left.len(), 2);
        let left = answer(&mixed, Reach::GrantedOnly).expect("one is allowed");
        assert_eq!(left.len(), 1);
    }

    #[test]
    fn a_name_that_is_bound_anew_to_a_private_address_is_refused_the_second_time() {
        assert!(answer(&["1.1.1.1:0"], Reach::PublicAndGranted).is_ok());
        for private in [
            "127.0.0.1:0",
            "169.254.169.254:0",
            "[::1]:0",
            "[64:ff9b::7f00:1]:0",
        ] {
            let refused = answer(&[private], Reach::PublicAndGranted).expect_err(private);
            assert!(
                refused.to_string().contains("'name.test' is in a private"),
                "{refused}"
            );
        }
    }
}
