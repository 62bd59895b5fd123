//! Addresses as the networks that they are in.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};

use crate::rt::address::PeerAddress;

/// Appends the network of so many bits, or of as many as there are, that an address is in; false
/// for what is no IP address.
pub(super) fn write(address: &PeerAddress, bits: u8, out: &mut Vec<u8>) -> bool {
    let PeerAddress::Ip(address) = address else { return false };
    let (network, bits) = masked(address, bits);
    // Writing to a vector never fails.
    let _ = write!(out, "{network}/{bits}");
    true
}

fn masked(address: &SocketAddr, bits: u8) -> (IpAddr, u8) {
    match address.ip() {
        IpAddr::V4(ip) => {
            let bits = bits.min(32);
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            (IpAddr::V4((ip.to_bits() & mask).into()), bits)
        }
        IpAddr::V6(ip) => {
            let bits = bits.min(128);
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            (IpAddr::V6((ip.to_bits() & mask).into()), bits)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_a_network() {
        for (address, bits, expected) in [
            ("127.1.2.3:80", 16, "127.1.0.0/16"),
            ("127.1.2.3:80", 0, "0.0.0.0/0"),
            ("127.1.2.3:80", 33, "127.1.2.3/32"),
            ("[2001:db8::1]:80", 32, "2001:db8::/32"),
            ("[2001:db8::1]:80", 0, "::/0"),
            ("[2001:db8::1]:80", 255, "2001:db8::1/128"),
        ] {
            let mut out = Vec::new();
            let address = PeerAddress::Ip(address.parse().expect("an address"));
            assert!(write(&address, bits, &mut out));
            assert_eq!(std::str::from_utf8(&out), Ok(expected));
        }
        assert!(!write(&PeerAddress::Pipe("/p".into()), 8, &mut Vec::new()));
    }
}
