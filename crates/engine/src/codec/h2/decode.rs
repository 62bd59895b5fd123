//! From the library's messages to the engine's heads, with the checks that Envoy's codec makes
//! while it collects a head.

use http::header::COOKIE;
use http::request::Parts;
use http::{HeaderMap, Method, Uri};
use voyant_ir::protocol::HeadersWithUnderscores;

use super::error::{
    HEADERS_TOO_LARGE, INVALID_HEADER, LONG_FIELD, MESSAGING, TOO_MANY_HEADERS,
    UNEXPECTED_UNDERSCORE,
};
use super::limits::HeadLimits;
use super::stats::Http2Stats;
use super::tunnel;
use crate::head::Head;
use crate::head::header_name::HeaderId;

/// Fills a head and counts what goes in.
struct Collector<'a> {
    head: &'a mut Head,
    limits: &'a HeadLimits,
    stats: &'a Http2Stats,
    /// Which headers hold one value.
    is_joined: fn(HeaderId) -> bool,
    bytes: usize,
    count: usize,
    /// A `host` is none, whether or not there is an `:authority`.
    bad_host: bool,
    /// Bytes of fields that do not become headers.
    left_out: usize,
    /// A field was dropped for its name.
    dropped: bool,
}

impl<'a> Collector<'a> {
    fn new(
        head: &'a mut Head,
        limits: &'a HeadLimits,
        stats: &'a Http2Stats,
        is_joined: fn(HeaderId) -> bool,
    ) -> Self {
        Self {
            head,
            limits,
            stats,
            is_joined,
            bytes: 0,
            count: 0,
            bad_host: false,
            left_out: 0,
            dropped: false,
        }
    }

    fn add(&mut self, id: HeaderId, value: &[u8]) -> Result<(), &'static str> {
        self.count(id.as_str().len(), value.len())?;
        self.head.push(id, value);
        Ok(())
    }

    /// A field, which is joined to the one before where a head holds one value of its header.
    /// Fields of one name come in a row.
    fn add_field(&mut self, id: HeaderId, value: &[u8], again: bool) -> Result<(), &'static str> {
        if !again || !(self.is_joined)(id) {
            return self.add(id, value);
        }
        self.count -= 1;
        self.add(id, value)?;
        self.head.join_last(b",");
        Ok(())
    }

    fn count(&mut self, name: usize, value: usize) -> Result<(), &'static str> {
        if name.max(value) > self.limits.max_field_bytes {
            return Err(LONG_FIELD);
        }
        self.bytes += name + value;
        self.count += 1;
        if self.bytes > self.limits.max_header_bytes {
            self.stats.header_list_size_too_large.inc();
            return Err(self.first_fault(HEADERS_TOO_LARGE));
        }
        if self.count > self.limits.max_header_count {
            self.stats.header_overflow.inc();
            return Err(self.first_fault(TOO_MANY_HEADERS));
        }
        Ok(())
    }

    /// As in Envoy, a head that is refused is said to be so for the first thing that was wrong
    /// with it, though that had it not refused.
    fn first_fault(&self, details: &'static str) -> &'static str {
        if self.dropped { UNEXPECTED_UNDERSCORE } else { details }
    }

    /// True when the header is to be left out.
    fn drops_name(&mut self, name: &str) -> Result<bool, &'static str> {
        use HeadersWithUnderscores::{Allow, DropHeader, RejectRequest};
        match self.limits.headers_with_underscores {
            Allow => Ok(false),
            _ if !name.contains('_') => Ok(false),
            DropHeader => {
                self.stats.dropped_headers_with_underscores.inc();
                self.dropped = true;
                Ok(true)
            }
            RejectRequest => {
                self.stats.requests_rejected_with_underscores_in_headers.inc();
                Err(UNEXPECTED_UNDERSCORE)
            }
        }
    }

    fn add_fields(&mut self, fields: &HeaderMap) -> Result<(), &'static str> {
        let mut before = None;
        for (name, value) in fields {
            let again = before.replace(name) == Some(name);
            let (name, value) = (name.as_str(), value.as_bytes());
            let id = HeaderId::from_lower(name.as_bytes());
            if id.is_none() && self.drops_name(name)? {
                self.left_out += name.len() + value.len();
                continue;
            }
            match id {
                Some(HeaderId::Cookie) => self.count(name.len(), value.len())?,
                // The authority is `:authority` everywhere in the engine (RFC 9113, 8.3.1).
                Some(HeaderId::Host) => {
                    self.bad_host |= !is_host(value);
                    if self.head.contains(HeaderId::Authority) {
                        self.left_out += name.len() + value.len();
                    } else {
                        self.add(HeaderId::Authority, value)?;
                    }
                }
                // There is one thing that it may say.
                Some(HeaderId::Te) if again => {
                    self.left_out += name.len() + value.len();
                }
                Some(id) => self.add_field(id, value, again)?,
                None => {
                    self.count(name.len(), value.len())?;
                    self.head.push_received(name.as_bytes(), value);
                }
            }
        }
        self.join_crumbs(fields);
        Ok(())
    }

    /// Cookie crumbs become one header (RFC 9113, 8.2.3), behind all others as in Envoy.
    fn join_crumbs(&mut self, fields: &HeaderMap) {
        let mut crumbs = fields.get_all(COOKIE).iter();
        match (crumbs.next(), crumbs.next()) {
            (None, _) => {}
            (Some(only), None) => self.head.push(HeaderId::Cookie, only.as_bytes()),
            (Some(first), Some(second)) => {
                let mut joined = first.as_bytes().to_vec();
                for crumb in std::iter::once(second).chain(crumbs) {
                    joined.extend_from_slice(b"; ");
                    joined.extend_from_slice(crumb.as_bytes());
                }
                self.head.push(HeaderId::Cookie, &joined);
            }
        }
    }
}

/// Why a request's head is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is beyond a limit or named against a rule; these are its response code details.
    Unwanted(&'static str),
    /// It breaks the rules of HTTP in a way that the library lets pass; its details.
    Malformed(&'static str),
}

impl From<&'static str> for Refusal {
    fn from(details: &'static str) -> Self {
        Self::Unwanted(details)
    }
}

/// Writes a request to `head`; how many bytes of names and values were looked at.
pub(super) fn request(
    parts: &Parts,
    limits: &HeadLimits,
    stats: &Http2Stats,
    head: &mut Head,
) -> (u64, Result<(), Refusal>) {
    head.clear();
    let mut collector = Collector::new(head, limits, stats, HeaderId::is_joined_in_request);
    let collected = collect(&mut collector, parts);
    let bytes = (collector.bytes + collector.left_out) as u64;
    (bytes, collected.and_then(|()| check_authority(head.authority())))
}

fn collect(collector: &mut Collector<'_>, parts: &Parts) -> Result<(), Refusal> {
    collector.add(HeaderId::Method, parts.method.as_str().as_bytes())?;
    add_target(collector, &parts.uri, &parts.method)?;
    let protocol = parts.extensions.get::<h2::ext::Protocol>();
    if let Some(protocol) = protocol {
        collector.add(HeaderId::Protocol, protocol.as_str().as_bytes())?;
    }
    collector.add_fields(&parts.headers)?;
    if collector.bad_host {
        return Err(Refusal::Malformed(INVALID_HEADER));
    }
    if protocol.is_some() {
        tunnel::to_upgrade(collector.head);
    }
    Ok(())
}

fn add_target(collector: &mut Collector<'_>, uri: &Uri, method: &Method) -> Result<(), Refusal> {
    if let Some(authority) = uri.authority() {
        collector.add(HeaderId::Authority, authority.as_str().as_bytes())?;
    }
    if let Some(path) = uri.path_and_query() {
        let path = path.as_str();
        if path == "*" && method != Method::OPTIONS {
            return Err(Refusal::Malformed(MESSAGING));
        }
        collector.add(HeaderId::Path, path.as_bytes())?;
    } else if method == Method::CONNECT {
        return Ok(());
    }
    // The library forgets the scheme of a request that has no `:authority`.
    match uri.scheme_str().unwrap_or("http") {
        "" => Err(Refusal::Malformed(MESSAGING)),
        scheme if scheme.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            Ok(collector.add(HeaderId::Scheme, scheme.to_ascii_lowercase().as_bytes())?)
        }
        scheme => Ok(collector.add(HeaderId::Scheme, scheme.as_bytes())?),
    }
}

/// What Envoy's codec takes for a host; the library has looked at `:authority` itself.
fn is_host(value: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:[]%".contains(byte);
    !value.is_empty() && value.iter().all(allowed)
}

/// Envoy takes no request without an authority, and none that names a user.
fn check_authority(authority: &[u8]) -> Result<(), Refusal> {
    match authority {
        b"" => Err(Refusal::Malformed(MESSAGING)),
        _ if authority.contains(&b'@') => Err(Refusal::Malformed(INVALID_HEADER)),
        _ => Ok(()),
    }
}

/// Writes a response's head to `head`; how many bytes of names and values there were, or the details
/// that say why it is refused.
pub(super) fn response(
    status: http::StatusCode,
    fields: &HeaderMap,
    limits: &HeadLimits,
    stats: &Http2Stats,
    head: &mut Head,
) -> Result<u64, &'static str> {
    head.clear();
    let mut collector = Collector::new(head, limits, stats, HeaderId::is_joined_in_response);
    collector.add(HeaderId::Status, status.as_str().as_bytes())?;
    collector.add_fields(fields)?;
    Ok((collector.bytes + collector.left_out) as u64)
}

/// Turns trailers into a head; on refusal the details that say why.
pub(super) fn trailers(
    fields: &HeaderMap,
    limits: &HeadLimits,
    stats: &Http2Stats,
) -> Result<Box<Head>, &'static str> {
    let mut head = Box::<Head>::default();
    stats.trailers.inc();
    Collector::new(&mut head, limits, stats, |_| false).add_fields(fields)?;
    Ok(head)
}
