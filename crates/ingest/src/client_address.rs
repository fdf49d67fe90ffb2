//! The address of the client, behind however many proxies.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

/// Headers that proxies leave the client's address in; the first that is there counts.
/// Source: Relay.
const HEADERS: [&str; 4] =
    ["cf-connecting-ip", "x-vercel-forwarded-for", "x-sentry-forwarded-for", "x-forwarded-for"];

/// Whose word on the client's address is taken. Anybody can write these headers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ForwardedFrom {
    /// Nobody's: clients connect directly.
    Nobody,
    /// A peer with a private or loopback address, as a reverse proxy beside us has.
    #[default]
    PrivatePeers,
    /// Everybody's: everything comes through a proxy with a public address.
    Everybody,
}

/// The address of the client, if it is known.
pub(crate) fn client_address(
    headers: &HeaderMap,
    peer: Option<SocketAddr>,
    trust: ForwardedFrom,
) -> Option<IpAddr> {
    let peer = peer.map(|peer| peer.ip().to_canonical());
    let is_trusted = match trust {
        ForwardedFrom::Nobody => false,
        // Without a peer, the connection is local: a Unix socket, or a test.
        ForwardedFrom::PrivatePeers => peer.is_none_or(is_private),
        ForwardedFrom::Everybody => true,
    };
    if !is_trusted {
        return peer;
    }
    let value = |name: &&str| headers.get(*name)?.to_str().ok().filter(|text| !text.is_empty());
    match HEADERS.iter().find_map(value) {
        Some(chain) => first_address(chain),
        None => peer,
    }
}

fn first_address(chain: &str) -> Option<IpAddr> {
    let first = chain.split(',').next()?.trim();
    let with_port = || first.parse::<SocketAddr>().map(|address| address.ip());
    first.parse().or_else(|_| with_port()).ok()
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_private() || address.is_loopback() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_unique_local() || address.is_loopback() || address.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&'static str, &str)], peer: &str, trust: ForwardedFrom, expected: &str) {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let found = client_address(&headers, peer.parse().ok(), trust);
        let found = found.map_or(String::new(), |address| address.to_string());
        assert_eq!(found, expected, "{headers:?} {peer} {trust:?}");
    }

    #[test]
    fn headers_count_when_the_peer_is_trusted() {
        use ForwardedFrom::{Everybody, Nobody, PrivatePeers};
        let chain = &[("x-forwarded-for", "203.0.113.7, 10.0.0.1")][..];
        check(chain, "10.0.0.9:1", PrivatePeers, "203.0.113.7");
        check(chain, "[::ffff:10.0.0.9]:1", PrivatePeers, "203.0.113.7");
        check(chain, "198.51.100.1:1", PrivatePeers, "198.51.100.1");
        check(chain, "198.51.100.1:1", Everybody, "203.0.113.7");
        check(chain, "10.0.0.9:1", Nobody, "10.0.0.9");
        check(&[], "10.0.0.9:1", PrivatePeers, "10.0.0.9");
        check(&[("x-forwarded-for", "unknown")], "10.0.0.9:1", PrivatePeers, "");
        check(
            &[("x-forwarded-for", "[2001:db8::1]:80")],
            "10.0.0.9:1",
            PrivatePeers,
            "2001:db8::1",
        );
        let two = &[("x-forwarded-for", "203.0.113.7"), ("cf-connecting-ip", "203.0.113.8")];
        check(two, "127.0.0.1:1", PrivatePeers, "203.0.113.8");
    }
}
