//! What an event comes with, by which it is made like others.

use std::net::IpAddr;

use errand_model::{EventId, Timestamp};

use super::client::ClientHints;

/// An envelope and what is known of the request that brought it.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The envelope, decompressed.
    pub body: &'a [u8],
    /// When the hub got it.
    pub received: Timestamp,
    /// From which address.
    pub client_ip: Option<IpAddr>,
    /// The request's `User-Agent`.
    pub user_agent: Option<&'a str>,
    /// The request's client hints.
    pub client_hints: ClientHints<'a>,
    /// The id of the event if it brings none.
    pub default_event_id: EventId,
}
