//! Ranges of IP addresses. An IPv6 address that stands for an IPv4 one is only itself.

use std::net::IpAddr;

use voyant_ir::address::CidrRange;

use crate::rt::address::PeerAddress;

/// Ranges, of which one that holds an address is enough.
#[derive(Debug, Clone, Default)]
pub struct IpRanges(Box<[IpRange]>);

/// One range.
#[derive(Debug, Clone, Copy)]
pub struct IpRange {
    network: IpAddr,
    prefix_len: u8,
}

impl IpRanges {
    pub fn new(ranges: &[CidrRange]) -> Self {
        Self(ranges.iter().filter_map(IpRange::new).collect())
    }

    pub fn contain(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|range| range.contains(ip))
    }

    /// No path is in a range.
    pub fn contain_peer(&self, address: &PeerAddress) -> bool {
        matches!(address, PeerAddress::Ip(address) if self.contain(address.ip()))
    }
}

impl IpRange {
    /// Nothing for what is no address; of a configuration that was checked all are.
    pub fn new(range: &CidrRange) -> Option<Self> {
        let CidrRange { ip, prefix_len } = range;
        Some(Self { network: ip.parse().ok()?, prefix_len: *prefix_len })
    }

    pub fn contains(self, ip: IpAddr) -> bool {
        let alike = match (self.network, ip) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            _ => return false,
        };
        alike >= u32::from(self.prefix_len)
    }
}

/// Numbers by ranges, found at a cost that does not grow with the number of ranges.
#[derive(Debug)]
pub struct IpIndex {
    /// For each length of a prefix, longest first: the networks, ascending, and their numbers.
    lengths: Box<[(u8, Networks)]>,
}

type Networks = Vec<(IpAddr, u32)>;

impl IpIndex {
    pub fn new<'a>(ranges: impl Iterator<Item = (&'a CidrRange, u32)>) -> Self {
        let mut lengths: Vec<(u8, Networks)> = Vec::new();
        for (range, number) in ranges {
            let Some(IpRange { network, prefix_len }) = IpRange::new(range) else { continue };
            let at = lengths.partition_point(|group| group.0 > prefix_len);
            if lengths.get(at).is_none_or(|group| group.0 != prefix_len) {
                lengths.insert(at, (prefix_len, Vec::new()));
            }
            lengths[at].1.push((truncated(network, prefix_len), number));
        }
        for (_, networks) in &mut lengths {
            networks.sort_unstable();
        }
        Self { lengths: lengths.into() }
    }

    /// The numbers of all ranges that hold an address: narrow ones first, then in order.
    pub fn find(&self, ip: IpAddr) -> impl Iterator<Item = u32> {
        self.lengths.iter().flat_map(move |(length, networks)| {
            let network = truncated(ip, *length);
            let start = networks.partition_point(|entry| entry.0 < network);
            let found = networks[start..].iter().take_while(move |entry| entry.0 == network);
            found.map(|entry| entry.1)
        })
    }
}

/// An address with all bits behind a prefix cleared.
fn truncated(ip: IpAddr, length: u8) -> IpAddr {
    let length = u32::from(length);
    match ip {
        IpAddr::V4(ip) => {
            let mask = u32::MAX.checked_shl(32u32.saturating_sub(length)).unwrap_or(0);
            IpAddr::V4((ip.to_bits() & mask).into())
        }
        IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(128u32.saturating_sub(length)).unwrap_or(0);
            IpAddr::V6((ip.to_bits() & mask).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_their_addresses_only() {
        let range = |ip: &str, prefix_len| CidrRange { ip: ip.into(), prefix_len };
        let ranges = IpRanges::new(&[range("10.1.0.0", 16), range("fd00::", 8)]);
        let holds = |ip: &str| ranges.contain(ip.parse().expect("an address"));
        assert!(holds("10.1.255.9") && holds("fd00::7"));
        assert!(!holds("10.2.0.1") && !holds("fe00::7") && !holds("::ffff:10.1.0.1"));
        assert!(IpRanges::new(&[range("0.0.0.0", 0)]).contain("9.9.9.9".parse().expect("one")));
        assert!(!ranges.contain_peer(&PeerAddress::Pipe("/x".into())));
    }
}
