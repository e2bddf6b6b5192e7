//! The one way out: HTTP requests of plugins, to addresses that were checked.
//!
//! The address that is checked is the address that is connected to: names are resolved here, by the connector's own
//! resolver, and addresses that stand in the URL are checked before. Redirects are answers, not ways to go on.

mod address;
mod clients;
mod resolver;
mod scripted;

use std::error::Error as StdError;
use std::sync::Arc;

use reqwest::header::HeaderMap;
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use crate::error::HostError;
use crate::names::Names;
use crate::options::Network;
use crate::remote::Remote;
use clients::{Clients, Pool};
use resolver::{Reach, ResolveError};

/// A request whose URL was checked against what the plugin may reach.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) method: reqwest::Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Whether it carries a secret: such a request goes in clear only to networks that an admin opened.
    pub(crate) has_secret: bool,
    /// Networks that an admin opened for who sends it, besides those that are open for all.
    pub(crate) networks: Vec<Network>,
    /// When to give up, whatever is still coming.
    pub(crate) until: Instant,
    /// Bytes of the answer's body that are taken.
    pub(crate) max_body: usize,
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Why there is no answer. No text of it holds the URL's query or a header.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum EgressError {
    #[error("denied: {0}")]
    Denied(String),
    #[error("invalid request: {0}")]
    Invalid(String),
    #[error("the host name could not be resolved: {0}")]
    Dns(String),
    #[error("no connection: {0}")]
    Connect(String),
    #[error("TLS: {0}")]
    Tls(String),
    #[error("timeout")]
    Timeout,
    #[error("the answer is larger than {0} bytes")]
    BodyTooLarge(usize),
    #[error("the connection broke: {0}")]
    Interrupted(String),
}

/// The way out.
pub(crate) struct Egress {
    pool: Pool,
    /// Who answers in the network's place.
    remote: Option<Arc<dyn Remote>>,
}

impl Egress {
    /// Sets the clients up; `networks` are open for all.
    pub(crate) fn new(
        networks: Vec<Network>,
        names: Arc<dyn Names>,
        remote: Option<Arc<dyn Remote>>,
    ) -> Result<Self, HostError> {
        // Whoever comes first chooses the process's TLS provider; here it is this one in every case.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Egress {
            pool: Pool::new(networks, names)?,
            remote,
        })
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&self, request: Outgoing) -> Result<Incoming, EgressError> {
        let is_bare_secret = request.has_secret && request.url.scheme() != "https";
        let reach = if is_bare_secret {
            Reach::GrantedOnly
        } else {
            Reach::PublicAndGranted
        };
        let clients = self.pool.with(&request.networks);
        let clients = clients.map_err(|error| EgressError::Connect(error.to_string()))?;
        check_literal(&clients, &request.url, reach)?;
        if let Some(remote) = &self.remote {
            return scripted::send(remote.as_ref(), request);
        }
        let (until, max_body) = (request.until, request.max_body);
        let exchange = async {
            let response = clients
                .of(reach)
                .request(request.method, request.url)
                .headers(request.headers)
                .body(request.body)
                .send()
                .await
                .map_err(|error| classify(&error))?;
            read(response, max_body).await
        };
        timeout_at(until, exchange)
            .await
            .map_err(|_| EgressError::Timeout)?
    }
}

/// Addresses in URLs do not pass the resolver.
fn check_literal(clients: &Clients, url: &Url, reach: Reach) -> Result<(), EgressError> {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => address.into(),
        Some(Host::Ipv6(address)) => address.into(),
        Some(Host::Domain(_)) => return Ok(()),
        None => return Err(EgressError::Invalid("the URL names no host".to_owned())),
    };
    if reach.includes(clients.policy.standing(address)) {
        Ok(())
    } else {
        Err(EgressError::Denied(reach.refusal(&address.to_string())))
    }
}

async fn read(mut response: reqwest::Response, max_body: usize) -> Result<Incoming, EgressError> {
    if response
        .content_length()
        .is_some_and(|length| length > max_body as u64)
    {
        return Err(EgressError::BodyTooLarge(max_body));
    }
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
        if body.len() + chunk.len() > max_body {
            return Err(EgressError::BodyTooLarge(max_body));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Incoming {
        status,
        headers,
        body,
    })
}

fn classify(error: &reqwest::Error) -> EgressError {
    if let Some(resolve) = cause::<ResolveError>(error) {
        return match resolve {
            ResolveError::Denied(text) => EgressError::Denied(text.clone()),
            ResolveError::Lookup(text) => EgressError::Dns(text.clone()),
        };
    }
    if let Some(tls) = cause::<rustls::Error>(error) {
        return EgressError::Tls(tls.to_string());
    }
    if error.is_timeout() {
        return EgressError::Timeout;
    }
    // The chain below the first link says what happened; the first quotes the URL, with its query.
    let mut deepest: &dyn StdError = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let text = if error.source().is_some() {
        deepest.to_string()
    } else {
        "no reason given".to_owned()
    };
    if error.is_builder() {
        EgressError::Invalid(text)
    } else if error.is_connect() {
        EgressError::Connect(text)
    } else {
        EgressError::Interrupted(text)
    }
}

/// The first error of a type in a chain of causes. An `io::Error` hides what it wraps from the chain.
fn cause<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let wrapped = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            .and_then(|inner| inner.downcast_ref::<E>());
        if wrapped.is_some() {
            return wrapped;
        }
        next = error.source();
    }
    None
}
