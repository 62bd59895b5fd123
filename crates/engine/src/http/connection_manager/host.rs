//! What is taken from the host of a request: its port, the dot at its end
//! (Envoy's `ConnectionManagerUtility::maybeNormalizeHost`).

use voyant_ir::request_sanitizing::{HostNormalization, StripPort};

use crate::head::Head;
use crate::head::header_name::HeaderId;

/// What is taken; there is one only when something may be.
#[derive(Debug, Clone, Copy)]
pub struct HostRules(HostNormalization);

impl HostRules {
    pub fn new(ir: HostNormalization) -> Option<Self> {
        let HostNormalization { strip_port, strip_trailing_dot } = ir;
        (strip_trailing_dot || strip_port != StripPort::No).then_some(Self(ir))
    }

    /// Changes a request's host; `local_port` is the listener's.
    pub fn apply(self, head: &mut Head, local_port: Option<u16>) {
        let Self(HostNormalization { strip_port, strip_trailing_dot }) = self;
        let Some(host) = head.get(HeaderId::Authority) else { return };
        let mut name = host.to_vec();
        if strip_trailing_dot {
            without_trailing_dot(&mut name);
        }
        let wanted = match strip_port {
            StripPort::No => None,
            StripPort::Any => port_of(&name),
            StripPort::Matching => {
                port_of(&name).filter(|(_, port)| local_port.map(u32::from) == Some(*port))
            }
        };
        if let Some((colon, _)) = wanted {
            name.truncate(colon);
        }
        if name != host {
            head.set(HeaderId::Authority, &name);
        }
    }
}

fn without_trailing_dot(host: &mut Vec<u8>) {
    let Some(dot) = host.iter().rposition(|byte| *byte == b'.') else { return };
    if matches!(host.get(dot + 1), None | Some(b':')) {
        host.remove(dot);
    }
}

/// Where the port's colon is, and the port.
fn port_of(host: &[u8]) -> Option<(usize, u32)> {
    let colon = host.iter().rposition(|byte| *byte == b':')?;
    // The colons of an IPv6 address stand in brackets.
    if host[colon..].contains(&b']') {
        return None;
    }
    let port = std::str::from_utf8(&host[colon + 1..]).ok()?.parse().ok()?;
    Some((colon, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(strip_port: StripPort, strip_trailing_dot: bool, text: &str) -> String {
        let mut head = Head::new();
        head.push(HeaderId::Authority, text.as_bytes());
        let rules = HostRules::new(HostNormalization { strip_port, strip_trailing_dot });
        rules.expect("something is taken").apply(&mut head, Some(8080));
        String::from_utf8_lossy(head.authority()).into_owned()
    }

    #[test]
    fn ports_go_where_there_is_one() {
        for (text, expected) in [
            ("a.b:80", "a.b"),
            ("a:99999", "a"),
            ("[::1]:80", "[::1]"),
            ("[::1]", "[::1]"),
            ("::1", ":"),
            ("a:", "a:"),
            ("a:b", "a:b"),
            ("a:80:90", "a:80"),
        ] {
            assert_eq!(host(StripPort::Any, false, text), expected);
        }
    }

    #[test]
    fn only_the_listeners_own_port_goes() {
        assert_eq!(host(StripPort::Matching, false, "a:8080"), "a");
        assert_eq!(host(StripPort::Matching, false, "a:80"), "a:80");
    }

    #[test]
    fn the_last_dot_goes_even_before_a_port() {
        for (text, expected) in
            [("a.b.", "a.b"), ("a.b.:80", "a.b:80"), ("a..", "a."), (".", ""), ("a.b", "a.b")]
        {
            assert_eq!(host(StripPort::No, true, text), expected);
        }
    }
}
