//! The header of the PROXY protocol, by which a connection tells whose it is
//! (<https://www.haproxy.org/download/1.8/doc/proxy-protocol.txt>).

use std::io::Write;
use std::net::{IpAddr, SocketAddr};

use voyant_ir::upgrade::ProxyProtocolVersion;

use crate::rt::address::PeerAddress;

const V2_SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// The header for a connection from `source` to `destination`. Of addresses that are not of one
/// IP family nothing is told.
pub fn header(
    version: ProxyProtocolVersion,
    source: &PeerAddress,
    destination: &PeerAddress,
) -> Vec<u8> {
    let ends = match (source, destination) {
        (PeerAddress::Ip(source), PeerAddress::Ip(destination))
            if source.is_ipv4() == destination.is_ipv4() =>
        {
            Some((*source, *destination))
        }
        _ => None,
    };
    match version {
        ProxyProtocolVersion::V1 => text(ends),
        ProxyProtocolVersion::V2 => binary(ends),
    }
}

fn text(ends: Option<(SocketAddr, SocketAddr)>) -> Vec<u8> {
    let Some((source, destination)) = ends else { return b"PROXY UNKNOWN\r\n".to_vec() };
    let family = if source.is_ipv4() { "TCP4" } else { "TCP6" };
    let mut line = Vec::with_capacity(108);
    // A vector takes all that is written to it.
    let _ = write!(
        line,
        "PROXY {family} {} {} {} {}\r\n",
        source.ip(),
        destination.ip(),
        source.port(),
        destination.port()
    );
    line
}

fn binary(ends: Option<(SocketAddr, SocketAddr)>) -> Vec<u8> {
    const LOCAL: u8 = 0x20;
    const PROXY: u8 = 0x21;
    const TCP4: u8 = 0x11;
    const TCP6: u8 = 0x21;
    let mut header = V2_SIGNATURE.to_vec();
    let Some((source, destination)) = ends else {
        header.extend([LOCAL, 0, 0, 0]);
        return header;
    };
    header.extend(if source.is_ipv4() { [PROXY, TCP4, 0, 12] } else { [PROXY, TCP6, 0, 36] });
    for address in [source, destination] {
        match address.ip() {
            IpAddr::V4(ip) => header.extend(ip.octets()),
            IpAddr::V6(ip) => header.extend(ip.octets()),
        }
    }
    header.extend(source.port().to_be_bytes());
    header.extend(destination.port().to_be_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> PeerAddress {
        PeerAddress::Ip(text.parse().expect("an address"))
    }

    #[test]
    fn both_forms_name_both_ends() {
        let (source, destination) = (ip("1.2.3.4:5"), ip("6.7.8.9:258"));
        assert_eq!(
            header(ProxyProtocolVersion::V1, &source, &destination),
            b"PROXY TCP4 1.2.3.4 6.7.8.9 5 258\r\n"
        );
        let mut expected = V2_SIGNATURE.to_vec();
        expected.extend([0x21, 0x11, 0, 12, 1, 2, 3, 4, 6, 7, 8, 9, 0, 5, 1, 2]);
        assert_eq!(header(ProxyProtocolVersion::V2, &source, &destination), expected);
    }

    #[test]
    fn addresses_of_ipv6_are_longer() {
        let (source, destination) = (ip("[::1]:5"), ip("[::2]:6"));
        assert_eq!(
            header(ProxyProtocolVersion::V1, &source, &destination),
            b"PROXY TCP6 ::1 ::2 5 6\r\n"
        );
        let written = header(ProxyProtocolVersion::V2, &source, &destination);
        assert_eq!(written[12..16], [0x21, 0x21, 0, 36]);
        assert_eq!(written.len(), 16 + 36);
    }

    #[test]
    fn of_other_addresses_nothing_is_told() {
        let pipe = PeerAddress::Pipe("/tmp/p".into());
        assert_eq!(header(ProxyProtocolVersion::V1, &pipe, &ip("1.2.3.4:5")), b"PROXY UNKNOWN\r\n");
        assert_eq!(header(ProxyProtocolVersion::V2, &pipe, &pipe)[12..], [0x20, 0, 0, 0]);
    }
}
