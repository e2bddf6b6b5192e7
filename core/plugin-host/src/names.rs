//! Where host names lead, as a parameter: a test answers itself.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;

/// Addresses under way.
pub type AddressesFuture<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Says where a host name leads. It is asked once for each connection; which of the addresses may be used is checked
/// after.
pub trait Names: Send + Sync {
    /// The addresses of a name.
    fn look_up<'a>(&'a self, host: &'a str) -> AddressesFuture<'a>;
}

/// The system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNames;

impl Names for SystemNames {
    fn look_up<'a>(&'a self, host: &'a str) -> AddressesFuture<'a> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}
