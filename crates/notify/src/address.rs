//! Where a hook may be sent: to no address that only we can reach, unless an operator allows it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A network that an operator allows: `10.1.0.0/16`, `fd00::/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u32,
}

/// The text is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a network; write 10.1.0.0/16 or fd00::/8")]
pub struct NetworkError;

/// An address that a hook may not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// The name leads nowhere.
    #[error("the name has no address")]
    NoAddress,
    /// It leads inside.
    #[error("{0} is not on the public internet; allow its network if that is meant")]
    Private(IpAddr),
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (first, bits) =
            text.split_once('/').map_or((text, None), |(first, bits)| (first, Some(bits)));
        let first: IpAddr = first.parse().or(Err(NetworkError))?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().or(Err(NetworkError)))?;
        if bits > most { Err(NetworkError) } else { Ok(Self { first, bits }) }
    }
}

impl Network {
    fn holds(&self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => within4(address, first, self.bits),
            (IpAddr::V6(first), IpAddr::V6(address)) => within6(address, first, self.bits),
            _ => false,
        }
    }
}

/// Whether a hook may be called at what its name resolved to. All addresses must be fine: which one is
/// called is not ours to choose. The caller must call one of these and not resolve again, or the answer
/// may be another by then.
///
/// # Errors
/// [`Forbidden`], with the first address that is not public.
pub fn check_addresses(addresses: &[IpAddr], allowed: &[Network]) -> Result<(), Forbidden> {
    if addresses.is_empty() {
        return Err(Forbidden::NoAddress);
    }
    let is_fine = |address: &IpAddr| {
        let plain = address.to_canonical();
        allowed.iter().any(|network| network.holds(plain)) || is_public(plain)
    };
    match addresses.iter().find(|address| !is_fine(address)) {
        Some(address) => Err(Forbidden::Private(*address)),
        None => Ok(()),
    }
}

/// Source: IANA's registries of special-purpose addresses, RFC 6890; and the address at which Azure tells a machine
/// its secrets, which looks public.
const SPECIAL4: [([u8; 4], u32); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([168, 63, 129, 16], 32),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public4(address),
        IpAddr::V6(address) => is_public6(address),
    }
}

fn is_public4(address: Ipv4Addr) -> bool {
    !SPECIAL4.iter().any(|(first, bits)| within4(address, Ipv4Addr::from(*first), *bits))
}

/// Only what is handed out to the world, without the parts of it that stand for IPv4 or for nothing.
fn is_public6(address: Ipv6Addr) -> bool {
    let within = |text: [u16; 8], bits| within6(address, Ipv6Addr::from(text), bits);
    let segments = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public4(Ipv4Addr::new(a, b, c, d))
    };
    // NAT64 leads to the IPv4 address at its end.
    if within([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96) {
        return embedded(segments[6], segments[7]);
    }
    within([0x2000, 0, 0, 0, 0, 0, 0, 0], 3)
        // 6to4, Teredo and other protocols' own, documentation.
        && !within([0x2002, 0, 0, 0, 0, 0, 0, 0], 16)
        && !within([0x2001, 0, 0, 0, 0, 0, 0, 0], 23)
        && !within([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32)
        && !within([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20)
}

fn within4(address: Ipv4Addr, first: Ipv4Addr, bits: u32) -> bool {
    let mask = u32::MAX.checked_shl(32 - bits.min(32)).unwrap_or(0);
    u32::from(address) & mask == u32::from(first) & mask
}

fn within6(address: Ipv6Addr, first: Ipv6Addr, bits: u32) -> bool {
    let mask = u128::MAX.checked_shl(128 - bits.min(128)).unwrap_or(0);
    u128::from(address) & mask == u128::from(first) & mask
}
