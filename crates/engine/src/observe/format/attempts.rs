//! The hosts that were tried for a stream: those that came to nothing, then the one it has.
//!
//! Envoy lists the failed attempts of a session of bytes; of a request it lists the hosts that a
//! connection was there to.

use super::context::FormatContext;
use super::value::{self, AddressPart};
use crate::rt::address::PeerAddress;

/// One host that was tried.
#[derive(Debug, Clone, Copy)]
struct Tried<'a> {
    address: Option<&'a PeerAddress>,
    hostname: &'a str,
    connection_id: Option<u64>,
}

fn tried<'a>(cx: &FormatContext<'a>) -> impl Iterator<Item = Tried<'a>> {
    let info = cx.info;
    let failed = info.session.as_deref().map_or(&[][..], |session| &session.failed_attempts);
    let upstream = &info.upstream;
    // Each failed attempt counts, too.
    let has_last = failed.is_empty() || upstream.attempts as usize > failed.len();
    let last = upstream.connection_id.filter(|_| has_last).map(|id| Tried {
        address: upstream.remote.as_ref(),
        hostname: upstream.hostname(),
        connection_id: Some(id),
    });
    let failed = failed.iter().map(|attempt| Tried {
        address: Some(&attempt.address),
        hostname: &attempt.host.hostname,
        connection_id: attempt.connection_id,
    });
    failed.chain(last)
}

/// Their addresses.
pub(super) fn hosts(cx: &FormatContext<'_>, part: AddressPart, out: &mut Vec<u8>) -> bool {
    let addresses = tried(cx).filter_map(|tried| tried.address);
    joined(addresses, out, |address, out| value::address(address, part, out))
}

/// Their names.
pub(super) fn names(cx: &FormatContext<'_>, part: AddressPart, out: &mut Vec<u8>) -> bool {
    joined(tried(cx), out, |tried, out| name(tried.hostname, tried.address, part, out))
}

/// The numbers of the connections to them.
pub(super) fn connection_ids(cx: &FormatContext<'_>, out: &mut Vec<u8>) -> bool {
    joined(tried(cx).filter_map(|tried| tried.connection_id), out, |id, out| {
        value::number(id, out);
        true
    })
}

/// The name of a host, or its address if it has none.
pub(super) fn name(
    hostname: &str,
    address: Option<&PeerAddress>,
    part: AddressPart,
    out: &mut Vec<u8>,
) -> bool {
    if hostname.is_empty() {
        return address.is_some_and(|address| value::address(address, part, out));
    }
    let without_port = || hostname.rsplit_once(':').map_or(hostname, |(name, _)| name);
    let text = if part == AddressPart::Full { hostname } else { without_port() };
    out.extend_from_slice(text.as_bytes());
    true
}

/// Writes each, with commas between; false when there is none.
fn joined<T>(
    each: impl Iterator<Item = T>,
    out: &mut Vec<u8>,
    write: impl Fn(T, &mut Vec<u8>) -> bool,
) -> bool {
    let start = out.len();
    for item in each {
        let before = out.len();
        if before > start {
            out.push(b',');
        }
        if !write(item, out) {
            out.truncate(before);
        }
    }
    out.len() > start
}
