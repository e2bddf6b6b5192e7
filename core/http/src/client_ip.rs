//! From where a request came, past the proxies in front of the hub.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::HttpConfig;

/// The address of the client; none where the connection has none (a socket file).
pub(crate) fn of(config: &HttpConfig, parts: &Parts) -> Option<IpAddr> {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|peer| peer.0.ip().to_canonical());
    if peer.is_some_and(|peer| !is_trusted(config, peer)) {
        return peer;
    }
    forwarded(config, &parts.headers).or(peer)
}

/// The last address in `X-Forwarded-For` that no trusted proxy has: what stands before it, anybody may have
/// written.
fn forwarded(config: &HttpConfig, headers: &HeaderMap) -> Option<IpAddr> {
    let mut first = None;
    for value in headers.get_all("x-forwarded-for").into_iter().rev() {
        for text in value.to_str().ok()?.rsplit(',') {
            let address = parse(text.trim())?;
            if !is_trusted(config, address) {
                return Some(address);
            }
            first = Some(address);
        }
    }
    first
}

/// An address, perhaps with a port.
fn parse(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address| address.to_canonical())
}

fn is_trusted(config: &HttpConfig, address: IpAddr) -> bool {
    address.is_loopback() || config.trusted_proxies.iter().any(|net| net.contains(&address))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> Option<String> {
        let config = HttpConfig {
            trusted_proxies: vec!["10.0.0.0/8".parse().expect("a net")],
            ..HttpConfig::default()
        };
        let mut request = Request::builder();
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        let (mut parts, ()) = request.body(()).expect("a request").into_parts();
        let peer: SocketAddr = peer.parse().expect("an address");
        parts.extensions.insert(ConnectInfo(peer));
        of(&config, &parts).map(|address| address.to_string())
    }

    #[test]
    fn a_proxy_is_believed_only_if_it_is_trusted() {
        let check = |peer, forwarded: &[&str], expected: &str| {
            assert_eq!(
                client(peer, forwarded).as_deref(),
                Some(expected),
                "{peer} {forwarded:?}"
            );
        };
        check("203.0.113.5:1", &["198.51.100.7"], "203.0.113.5");
        check("127.0.0.1:1", &["198.51.100.7"], "198.51.100.7");
        check("10.1.1.1:1", &["1.2.3.4, 198.51.100.7, 10.2.2.2"], "198.51.100.7");
        check(
            "10.1.1.1:1",
            &["1.2.3.4", "198.51.100.7:443, 10.2.2.2"],
            "198.51.100.7",
        );
        check("127.0.0.1:1", &["10.2.2.2"], "10.2.2.2");
        check("127.0.0.1:1", &["nonsense"], "127.0.0.1");
        check("127.0.0.1:1", &[], "127.0.0.1");
        check("[::ffff:198.51.100.7]:1", &[], "198.51.100.7");
    }
}
