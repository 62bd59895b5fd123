//! How values are spelt: numbers and addresses.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};

use crate::rt::address::PeerAddress;

/// What of an address is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AddressPart {
    /// `ip:port`, `[ip]:port`, or the path of a Unix socket.
    Full,
    WithoutPort,
    Port,
}

/// Appends a number in decimal.
pub(super) fn number(value: u64, out: &mut Vec<u8>) {
    let mut text = [0u8; 20];
    let at = prepend(value, &mut text);
    out.extend_from_slice(&text[at..]);
}

/// Writes a number to the end of the text; where it begins there.
fn prepend(value: u64, text: &mut [u8]) -> usize {
    let mut at = text.len();
    let mut rest = value;
    loop {
        at -= 1;
        text[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            return at;
        }
    }
}

const PORT_DIGITS: usize = 5;
const ADDRESS_ROOM: usize = "255.255.255.255:65535".len();

/// Appends the four numbers, and the port if one is given; a log line has several addresses.
fn v4(address: Ipv4Addr, port: Option<u16>, out: &mut Vec<u8>) {
    let mut text = [0; ADDRESS_ROOM];
    let mut end = 0;
    for octet in address.octets() {
        end += octet_at(octet, &mut text, end);
        text[end] = b'.';
        end += 1;
    }
    end -= 1;
    if let Some(port) = port {
        text[end] = b':';
        end += 1;
        end += port_at(port, &mut text, end);
    }
    out.extend_from_slice(&text[..end]);
}

/// Writes a port; how many digits it has.
fn port_at(port: u16, text: &mut [u8; ADDRESS_ROOM], at: usize) -> usize {
    let mut digits = [b'0'; 2 * PORT_DIGITS];
    let mut rest = port;
    for digit in digits[..PORT_DIGITS].iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    let skipped = digits[..PORT_DIGITS - 1].iter().take_while(|digit| **digit == b'0').count();
    // What stands behind a short number is never looked at.
    text[at..at + PORT_DIGITS].copy_from_slice(&digits[skipped..skipped + PORT_DIGITS]);
    PORT_DIGITS - skipped
}

/// Writes one of the four numbers of an address; how many digits it has.
fn octet_at(octet: u8, text: &mut [u8; ADDRESS_ROOM], at: usize) -> usize {
    let [hundreds, tens, ones] = [b'0' + octet / 100, b'0' + octet / 10 % 10, b'0' + octet % 10];
    // What stands behind a short number is written over.
    let (digits, count) = match octet {
        100.. => ([hundreds, tens, ones], 3),
        10.. => ([tens, ones, b'.'], 2),
        _ => ([ones, b'.', b'.'], 1),
    };
    text[at..at + 3].copy_from_slice(&digits);
    count
}

/// Appends an address; false when there is no such part.
pub(super) fn address(address: &PeerAddress, part: AddressPart, out: &mut Vec<u8>) -> bool {
    if let (
        PeerAddress::Ip(SocketAddr::V4(address)),
        AddressPart::Full | AddressPart::WithoutPort,
    ) = (address, part)
    {
        let port = (part == AddressPart::Full).then(|| address.port());
        v4(*address.ip(), port, out);
        return true;
    }
    let _ = match (address, part) {
        (PeerAddress::Ip(address), AddressPart::Full) => write!(out, "{address}"),
        (PeerAddress::Ip(address), AddressPart::WithoutPort) => write!(out, "{}", address.ip()),
        (PeerAddress::Ip(address), AddressPart::Port) => write!(out, "{}", address.port()),
        (PeerAddress::Pipe(_), AddressPart::Port) => return false,
        (PeerAddress::Pipe(path), _) => write!(out, "{path}"),
    };
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn numbers_are_decimal() {
        for value in [0, 9, 10, 65_535, u64::MAX] {
            assert_eq!(text(|out| number(value, out)), value.to_string());
        }
    }

    #[test]
    fn addresses_of_four_numbers_are_spelt_as_the_library_spells_them() {
        for spelt in ["0.0.0.0:0", "255.255.255.255:65535", "10.20.100.9:80", "127.0.0.1:10000"] {
            let ip: SocketAddr = spelt.parse().expect("an address");
            let peer = PeerAddress::Ip(ip);
            assert_eq!(text(|out| assert!(address(&peer, AddressPart::Full, out))), spelt);
            let without = text(|out| assert!(address(&peer, AddressPart::WithoutPort, out)));
            assert_eq!(without, ip.ip().to_string());
        }
    }

    #[test]
    fn addresses_have_parts() {
        let v6 = PeerAddress::Ip("[::1]:80".parse().expect("an address"));
        let part = |part| text(|out| assert!(address(&v6, part, out)));
        assert_eq!(part(AddressPart::Full), "[::1]:80");
        assert_eq!(part(AddressPart::WithoutPort), "::1");
        assert_eq!(part(AddressPart::Port), "80");
        let pipe = PeerAddress::Pipe("/tmp/s".into());
        assert_eq!(text(|out| assert!(address(&pipe, AddressPart::Full, out))), "/tmp/s");
        assert!(!address(&pipe, AddressPart::Port, &mut Vec::new()));
    }
}
