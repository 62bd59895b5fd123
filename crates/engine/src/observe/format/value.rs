//! How values are spelt: numbers and addresses.

use std::io::Write;

use crate::http::stream_info::PeerAddress;

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
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = value;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends an address; false when there is no such part.
pub(super) fn address(address: &PeerAddress, part: AddressPart, out: &mut Vec<u8>) -> bool {
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
