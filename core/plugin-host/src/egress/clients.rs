//! HTTP clients for the networks that are open to whoever sends: they share connections between calls, and with nobody
//! else.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Client;

use super::address::AddressPolicy;
use super::resolver::{CheckedResolver, Reach};
use crate::error::HostError;
use crate::names::Names;
use crate::options::Network;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const IDLE_PER_HOST: usize = 8;

/// Sets of networks that are kept ready; whoever has another waits for new connections.
const MAX_SETS: usize = 32;

/// Clients under one policy.
pub(super) struct Clients {
    pub(super) policy: AddressPolicy,
    /// Reaches the Internet and the opened networks.
    any: Client,
    /// Reaches the opened networks alone.
    granted: Client,
}

impl Clients {
    fn new(networks: Vec<Network>, names: &Arc<dyn Names>) -> Result<Self, HostError> {
        let policy = AddressPolicy::new(networks);
        Ok(Clients {
            any: client(&policy, names, Reach::PublicAndGranted)?,
            granted: client(&policy, names, Reach::GrantedOnly)?,
            policy,
        })
    }

    pub(super) const fn of(&self, reach: Reach) -> &Client {
        match reach {
            Reach::PublicAndGranted => &self.any,
            Reach::GrantedOnly => &self.granted,
        }
    }
}

/// The clients by the networks that an administrator opened for an installation, besides those that are open for all.
pub(super) struct Pool {
    open_for_all: Vec<Network>,
    names: Arc<dyn Names>,
    usual: Arc<Clients>,
    /// The one used last at the end.
    others: Mutex<VecDeque<(Vec<Network>, Arc<Clients>)>>,
}

impl Pool {
    pub(super) fn new(open_for_all: Vec<Network>, names: Arc<dyn Names>) -> Result<Self, HostError> {
        Ok(Pool {
            usual: Arc::new(Clients::new(open_for_all.clone(), &names)?),
            open_for_all,
            names,
            others: Mutex::default(),
        })
    }

    /// The clients of an installation to which these networks are open too.
    pub(super) fn with(&self, networks: &[Network]) -> Result<Arc<Clients>, HostError> {
        if networks.is_empty() {
            return Ok(Arc::clone(&self.usual));
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let known = others.iter().position(|(known, _)| known == networks);
        let clients = match known.and_then(|at| others.remove(at)) {
            Some((_, clients)) => clients,
            None => {
                let all = self.open_for_all.iter().chain(networks).copied();
                Arc::new(Clients::new(all.collect(), &self.names)?)
            }
        };
        if others.len() >= MAX_SETS {
            others.pop_front();
        }
        others.push_back((networks.to_vec(), Arc::clone(&clients)));
        Ok(clients)
    }
}

fn client(policy: &AddressPolicy, names: &Arc<dyn Names>, reach: Reach) -> Result<Client, HostError> {
    Client::builder()
        .user_agent(concat!("errand/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(CheckedResolver::new(policy.clone(), Arc::clone(names), reach))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .build()
        .map_err(|error| HostError::Client(error.to_string()))
}
