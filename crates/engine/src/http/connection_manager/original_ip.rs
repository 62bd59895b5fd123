//! Ways to find out who a client is, when it is not who opened the connection
//! (Envoy's `original_ip_detection` extensions).

use std::net::IpAddr;

use voyant_ir::request_sanitizing::OriginalIpDetection;

use super::forwarded::{InternalAddresses, address_from_right};
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::rt::address::PeerAddress;

/// One way.
#[derive(Debug)]
pub enum Detection {
    Xff {
        hops: usize,
        /// Of the proxies whose word is taken.
        trusted: Option<InternalAddresses>,
        appends: bool,
    },
    CustomHeader {
        key: HeaderKey,
        may_be_internal: bool,
        reject: Option<u16>,
    },
}

/// What was found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detected {
    pub address: Option<IpAddr>,
    pub may_be_internal: bool,
    /// The peer is to be added to `x-forwarded-for`.
    pub appends: bool,
}

impl Detection {
    pub fn new(ir: &OriginalIpDetection) -> Self {
        match ir {
            OriginalIpDetection::Xff { num_trusted_hops, trusted_cidrs, skip_append } => {
                let trusted = (!trusted_cidrs.is_empty())
                    .then(|| InternalAddresses::new(trusted_cidrs, false));
                Self::Xff { hops: *num_trusted_hops as usize, trusted, appends: !skip_append }
            }
            OriginalIpDetection::CustomHeader { name, trusted, reject_status } => {
                let key = HeaderKey::new(name);
                Self::CustomHeader { key, may_be_internal: *trusted, reject: *reject_status }
            }
        }
    }

    /// Looks at a request; the status that it is refused with if it names nobody.
    pub fn detect(&self, head: &Head, direct: &PeerAddress) -> Result<Detected, u16> {
        match self {
            Self::Xff { hops, trusted, appends } => {
                let detected = Detected { appends: *appends, ..Detected::NOTHING };
                let xff = head.get(HeaderId::XForwardedFor);
                let Some(trusted) = trusted else {
                    return Ok(xff.map_or(detected, |xff| detected.by_hops(xff, *hops)));
                };
                if !trusted.contains(direct) {
                    return Ok(Detected { appends: true, ..Detected::NOTHING });
                }
                Ok(xff.map_or(detected, |xff| detected.by_cidrs(xff, trusted)))
            }
            Self::CustomHeader { key, may_be_internal, reject } => {
                let value = head.get_key(key).and_then(|value| std::str::from_utf8(value).ok());
                match (value.and_then(|text| text.parse().ok()), reject) {
                    (None, Some(status)) => Err(*status),
                    (None, None) => Ok(Detected::NOTHING),
                    (address, _) => {
                        Ok(Detected { address, may_be_internal: *may_be_internal, appends: false })
                    }
                }
            }
        }
    }
}

impl Detected {
    const NOTHING: Self = Self { address: None, may_be_internal: false, appends: false };

    fn by_hops(self, xff: &[u8], hops: usize) -> Self {
        let address = address_from_right(xff, hops);
        let single = hops == 0 && !xff.contains(&b',');
        Self { address, may_be_internal: single && address.is_some(), ..self }
    }

    /// The last address that is not a trusted proxy's, or the first of all if all are.
    fn by_cidrs(self, xff: &[u8], trusted: &InternalAddresses) -> Self {
        let single = !xff.contains(&b',');
        let mut address = None;
        for hop in 0..xff.split(|byte| *byte == b',').count() {
            // One that is no address discredits all.
            let Some(ip) = address_from_right(xff, hop) else { return self };
            address = Some(ip);
            if !trusted.contains_ip(ip) {
                break;
            }
        }
        Self { address, may_be_internal: single, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voyant_ir::address::CidrRange;

    fn head(name: HeaderId, value: &str) -> Head {
        let mut head = Head::new();
        head.push(name, value.as_bytes());
        head
    }

    fn peer() -> PeerAddress {
        PeerAddress::Ip("127.0.0.1:1".parse().expect("an address"))
    }

    fn cidrs(ranges: &[(&str, u8)]) -> Detection {
        let range =
            |(ip, prefix_len): &(&str, u8)| CidrRange { ip: (*ip).into(), prefix_len: *prefix_len };
        Detection::new(&OriginalIpDetection::Xff {
            num_trusted_hops: 0,
            trusted_cidrs: ranges.iter().map(range).collect(),
            skip_append: true,
        })
    }

    #[test]
    fn trusted_proxies_are_passed_over_from_the_right() {
        let detection = cidrs(&[("127.0.0.0", 8), ("10.0.0.0", 8)]);
        for (xff, expected, internal) in [
            ("5.1.1.1", Some("5.1.1.1"), true),
            ("5.1.1.1,10.1.1.1", Some("5.1.1.1"), false),
            ("1.1.1.1, 5.1.1.1 , 10.1.1.1,10.2.2.2", Some("5.1.1.1"), false),
            ("10.1.1.1,10.1.1.2", Some("10.1.1.1"), false),
            ("5.1.1.1,bad,10.1.1.1", None, false),
            ("5.1.1.1,,10.1.1.1", None, false),
        ] {
            let found = detection.detect(&head(HeaderId::XForwardedFor, xff), &peer());
            let found = found.expect("not refused");
            assert_eq!(found.address, expected.map(|ip| ip.parse().expect("an ip")), "{xff}");
            assert_eq!((found.may_be_internal, found.appends), (internal, false), "{xff}");
        }
    }

    #[test]
    fn a_peer_that_is_not_trusted_is_not_believed() {
        let found = cidrs(&[("10.0.0.0", 8)])
            .detect(&head(HeaderId::XForwardedFor, "5.1.1.1"), &peer())
            .expect("not refused");
        assert_eq!((found.address, found.appends), (None, true));
    }

    #[test]
    fn a_header_names_the_client_or_the_request_is_refused() {
        let mut ir = OriginalIpDetection::CustomHeader {
            name: "x-request-id".into(),
            trusted: true,
            reject_status: Some(429),
        };
        let detection = Detection::new(&ir);
        let found = detection.detect(&head(HeaderId::XRequestId, "::1"), &peer());
        assert_eq!(found.expect("not refused").address, Some("::1".parse().expect("an ip")));
        let refused = detection.detect(&head(HeaderId::XRequestId, "::1:80x"), &peer());
        assert_eq!(refused, Err(429));
        if let OriginalIpDetection::CustomHeader { reject_status, .. } = &mut ir {
            *reject_status = None;
        }
        let found = Detection::new(&ir).detect(&Head::new(), &peer());
        assert_eq!(found, Ok(Detected::NOTHING));
    }
}
