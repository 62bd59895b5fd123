//! Who sent a request, and what that makes of it: `x-forwarded-for`, trusted hops, internal and
//! edge requests (Envoy's "HTTP header sanitizing" and "x-forwarded-for" pages).

use std::net::IpAddr;

use voyant_ir::address::CidrRange;

use crate::rt::address::PeerAddress;

/// The address so many hops from the right end of `x-forwarded-for`; 0 is the last. An address
/// with a port or in brackets is none, as for Envoy.
pub fn address_from_right(xff: &[u8], hops: usize) -> Option<IpAddr> {
    let part = xff.rsplit(|&byte| byte == b',').nth(hops)?;
    let text = std::str::from_utf8(part).ok()?.trim_matches([' ', '\t']);
    text.parse().ok()
}

/// True for a Unix socket's peer as for the loopback interface.
pub fn is_loopback(address: &PeerAddress) -> bool {
    match address {
        PeerAddress::Ip(address) => address.ip().to_canonical().is_loopback(),
        PeerAddress::Pipe(_) => false,
    }
}

/// Which clients are inside (`internal_address_config`).
#[derive(Debug, Clone)]
pub struct InternalAddresses {
    ranges: Vec<Range>,
    unix_sockets: bool,
}

#[derive(Debug, Clone)]
struct Range {
    network: IpAddr,
    prefix_len: u8,
}

impl InternalAddresses {
    pub fn new(ranges: &[CidrRange], unix_sockets: bool) -> Self {
        let ranges = ranges
            .iter()
            .filter_map(|CidrRange { ip, prefix_len }| {
                Some(Range { network: ip.parse().ok()?, prefix_len: *prefix_len })
            })
            .collect();
        Self { ranges, unix_sockets }
    }

    pub fn contains(&self, address: &PeerAddress) -> bool {
        match address {
            PeerAddress::Pipe(_) => self.unix_sockets,
            PeerAddress::Ip(address) => self.contains_ip(address.ip()),
        }
    }

    pub fn contains_ip(&self, ip: IpAddr) -> bool {
        self.ranges.iter().any(|range| range.holds(ip))
    }
}

impl Range {
    fn holds(&self, ip: IpAddr) -> bool {
        let differing = match (self.network, ip) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            _ => return false,
        };
        differing >= u32::from(self.prefix_len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> PeerAddress {
        PeerAddress::Ip(format!("{text}:80").parse().expect("an address"))
    }

    #[test]
    fn hops_count_from_the_right() {
        let xff = b"1.1.1.1, 2.2.2.2 ,::1, 10.0.0.1";
        let at = |hops| address_from_right(xff, hops).map(|ip| ip.to_string());
        assert_eq!(at(0).as_deref(), Some("10.0.0.1"));
        assert_eq!(at(1).as_deref(), Some("::1"));
        assert_eq!(at(2).as_deref(), Some("2.2.2.2"));
        assert_eq!(at(3).as_deref(), Some("1.1.1.1"));
        assert_eq!(at(4), None);
        for none in [&b"unknown"[..], b"10.0.0.1:8080", b"[::1]", b"[::1]:99", b"010.0.0.1", b""] {
            assert_eq!(address_from_right(none, 0), None);
        }
    }

    #[test]
    fn ranges_hold_their_addresses_only() {
        let range = |ip: &str, prefix_len| CidrRange { ip: ip.into(), prefix_len };
        let inside = InternalAddresses::new(&[range("10.1.0.0", 16), range("0.0.0.0", 0)], false);
        assert!(inside.contains(&ip("10.1.255.9")) && inside.contains(&ip("9.9.9.9")));
        let inside = InternalAddresses::new(&[range("10.1.0.0", 16), range("fd00::", 8)], true);
        assert!(!inside.contains(&ip("10.2.0.1")));
        assert!(inside.contains(&ip("[fd00::7]")) && !inside.contains(&ip("[fe00::7]")));
        assert!(inside.contains(&PeerAddress::Pipe("/x".into())));
    }
}
