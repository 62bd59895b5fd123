//! Descriptors of requests: what rate limits count by (Envoy's `route.v3.RateLimit`).
//!
//! A descriptor is made by a list of actions, of which each adds an entry; when one finds nothing
//! to add, there is no descriptor.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use voyant_ir::metadata::{PathSegment, Value};
use voyant_ir::rate_limit as ir;

use super::matchers;
use crate::head::header_name::HeaderKey;
use crate::http::connection_manager::forwarded::InternalAddresses;
use crate::http::exchange::stream::Stream;
use crate::matcher::input::{Input, MatchData};
use crate::observe::format::Formatter;
use crate::route::matcher::{HeaderMatcher, QueryParameterMatcher};
use crate::rt::address::PeerAddress;

/// Rate limits of a route, a virtual host or a filter.
#[derive(Debug)]
pub struct RateLimits(Box<[RateLimit]>);

/// One of them.
#[derive(Debug)]
pub struct RateLimit {
    pub stage: u32,
    pub disable_key: Box<str>,
    pub apply_on_stream_done: bool,
    actions: Box<[Action]>,
    hits_addend: Option<Hits>,
    gives_back: bool,
    x_ratelimit_headers: Option<bool>,
}

/// Keys and values, in order.
pub type Entries = Vec<(Box<[u8]>, Box<[u8]>)>;

/// What a request is counted by.
#[derive(Debug, Default)]
pub struct Descriptor {
    pub entries: Entries,
    /// How many requests it counts for.
    pub hits: u64,
    /// They are given back.
    pub gives_back: bool,
    /// Whether headers tell of it; nothing: as the filter says.
    pub x_ratelimit_headers: Option<bool>,
}

#[derive(Debug)]
enum Hits {
    Number(u64),
    Format(Formatter),
}

#[derive(Debug)]
enum Action {
    SourceCluster,
    DestinationCluster,
    RequestHeaders { header: HeaderKey, key: Box<[u8]>, skip_if_absent: bool },
    QueryParameters { parameter: Box<[u8]>, key: Box<[u8]>, skip_if_absent: bool },
    RemoteAddress,
    MaskedRemoteAddress { v4_prefix: u8, v6_prefix: u8 },
    GenericKey(Entry),
    HeaderValueMatch(Entry, bool, Box<[HeaderMatcher]>),
    QueryParameterValueMatch(Entry, bool, Box<[QueryParameterMatcher]>),
    RemoteAddressMatch { entry: Entry, invert: bool, ranges: InternalAddresses },
    Input { key: Box<[u8]>, input: Input },
    Metadata(MetadataEntry),
}

/// A key with a value that may depend on the request.
#[derive(Debug)]
struct Entry {
    key: Box<[u8]>,
    value: Formatter,
    default_value: Box<[u8]>,
}

/// A key with a text that metadata hold.
#[derive(Debug)]
struct MetadataEntry {
    key: Box<[u8]>,
    source: ir::RateLimitMetadataSource,
    namespace: Box<str>,
    path: Box<[PathSegment]>,
    default_value: Box<[u8]>,
    skip_if_absent: bool,
}

/// What an action did.
enum Added {
    Yes(Box<[u8]>, Box<[u8]>),
    Nothing,
    /// There is no descriptor.
    Failed,
}

impl RateLimits {
    pub fn new(limits: &[ir::RateLimit]) -> Self {
        Self(limits.iter().map(RateLimit::new).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &RateLimit> {
        self.0.iter()
    }
}

impl RateLimit {
    fn new(limit: &ir::RateLimit) -> Self {
        let ir::RateLimit {
            stage,
            disable_key,
            actions,
            hits_addend,
            gives_back,
            apply_on_stream_done,
            x_ratelimit_headers,
        } = limit;
        Self {
            stage: *stage,
            disable_key: disable_key.as_str().into(),
            apply_on_stream_done: *apply_on_stream_done,
            actions: actions.iter().map(Action::new).collect(),
            hits_addend: hits_addend.as_ref().map(|hits| match hits {
                ir::HitsAddend::Number { number } => Hits::Number(*number),
                ir::HitsAddend::Format { format } => Hits::Format(Formatter::new(format)),
            }),
            gives_back: *gives_back,
            x_ratelimit_headers: *x_ratelimit_headers,
        }
    }

    /// The descriptor of a request, if there is one.
    pub fn descriptor(&self, stream: &Stream<'_>) -> Option<Descriptor> {
        let mut entries = Entries::with_capacity(self.actions.len());
        for action in &self.actions {
            match action.add(stream) {
                Added::Yes(key, value) => entries.push((key, value)),
                Added::Nothing => {}
                Added::Failed => return None,
            }
        }
        let hits = match &self.hits_addend {
            None => 1,
            Some(Hits::Number(number)) => *number,
            Some(Hits::Format(format)) => hits_of(format, stream)?,
        };
        let Self { gives_back, x_ratelimit_headers, .. } = *self;
        Some(Descriptor { entries, hits, gives_back, x_ratelimit_headers })
    }
}

/// A number that a format gives; more than a milliard is none.
fn hits_of(format: &Formatter, stream: &Stream<'_>) -> Option<u64> {
    const MAX: f64 = 1e9;
    let mut text = Vec::new();
    format.write(&stream.format_context(None), &mut text);
    let number: f64 = std::str::from_utf8(&text).ok()?.trim_ascii().parse().ok()?;
    // Without a fraction it is a whole number of a few digits.
    (0.0..=MAX).contains(&number).then(|| format!("{:.0}", number.trunc()).parse().ok())?
}

impl Action {
    fn new(action: &ir::RateLimitAction) -> Self {
        use ir::RateLimitAction as A;
        let bytes = |text: &str| Box::from(text.as_bytes());
        match action {
            A::SourceCluster {} => Self::SourceCluster,
            A::DestinationCluster {} => Self::DestinationCluster,
            A::RequestHeaders { header, key, skip_if_absent } => Self::RequestHeaders {
                header: HeaderKey::of_request(header),
                key: bytes(key),
                skip_if_absent: *skip_if_absent,
            },
            A::QueryParameters { parameter, key, skip_if_absent } => Self::QueryParameters {
                parameter: bytes(parameter),
                key: bytes(key),
                skip_if_absent: *skip_if_absent,
            },
            A::RemoteAddress {} => Self::RemoteAddress,
            A::MaskedRemoteAddress { v4_prefix, v6_prefix } => {
                Self::MaskedRemoteAddress { v4_prefix: *v4_prefix, v6_prefix: *v6_prefix }
            }
            A::GenericKey { entry } => Self::GenericKey(Entry::new(entry)),
            A::HeaderValueMatch { entry, expected, headers } => {
                Self::HeaderValueMatch(Entry::new(entry), *expected, matchers::headers(headers))
            }
            A::QueryParameterValueMatch { entry, expected, query_parameters } => {
                let parameters = matchers::query_parameters(query_parameters);
                Self::QueryParameterValueMatch(Entry::new(entry), *expected, parameters)
            }
            A::RemoteAddressMatch { entry, invert, ranges } => Self::RemoteAddressMatch {
                entry: Entry::new(entry),
                invert: *invert,
                ranges: InternalAddresses::new(ranges, false),
            },
            A::Input { key, input } => Self::Input { key: bytes(key), input: Input::new(input) },
            A::Metadata { key, source, namespace, path, default_value, skip_if_absent } => {
                Self::Metadata(MetadataEntry {
                    key: bytes(key),
                    source: *source,
                    namespace: namespace.as_str().into(),
                    path: path.as_slice().into(),
                    default_value: bytes(default_value),
                    skip_if_absent: *skip_if_absent,
                })
            }
        }
    }

    fn add(&self, stream: &Stream<'_>) -> Added {
        let absent = |skip: bool| if skip { Added::Nothing } else { Added::Failed };
        let request = &stream.request;
        match self {
            Self::SourceCluster => {
                fixed("source_cluster", stream.manager.worker.service_cluster.as_bytes())
            }
            Self::DestinationCluster => match &stream.info.upstream.cluster {
                Some(names) => fixed("destination_cluster", names.name.as_bytes()),
                None => Added::Failed,
            },
            Self::RequestHeaders { header, key, skip_if_absent } => match request.get_key(header) {
                Some(value) => Added::Yes(key.clone(), value.into()),
                None => absent(*skip_if_absent),
            },
            Self::QueryParameters { parameter, key, skip_if_absent } => {
                match first_decoded(request.path(), parameter) {
                    Some(value) => Added::Yes(key.clone(), value.into()),
                    None => absent(*skip_if_absent),
                }
            }
            Self::RemoteAddress => remote(stream, |ip| ("remote_address", ip.to_string())),
            Self::MaskedRemoteAddress { v4_prefix, v6_prefix } => {
                remote(stream, |ip| ("masked_remote_address", masked(ip, *v4_prefix, *v6_prefix)))
            }
            Self::GenericKey(entry) => entry.add(stream),
            Self::HeaderValueMatch(entry, expected, headers) => {
                entry.add_if(stream, headers.iter().all(|m| m.matches(request)) == *expected)
            }
            Self::QueryParameterValueMatch(entry, expected, parameters) => {
                let path = request.path();
                entry.add_if(stream, parameters.iter().all(|m| m.matches(path)) == *expected)
            }
            Self::RemoteAddressMatch { entry, invert, ranges } => {
                entry.add_if(stream, ranges.contains(&stream.info.remote) != *invert)
            }
            Self::Input { key, input } => match input.read(&match_data(stream)).as_text() {
                Some(text) if text.is_empty() => Added::Nothing,
                Some(text) => Added::Yes(key.clone(), text.into()),
                None => Added::Failed,
            },
            Self::Metadata(entry) => entry.add(stream),
        }
    }
}

/// What is known before there is a response.
fn match_data<'a>(stream: &'a Stream<'_>) -> MatchData<'a> {
    MatchData {
        info: Some(&stream.info),
        request: Some(&stream.request),
        request_trailers: None,
        response: None,
        response_trailers: None,
        runtime: &stream.manager.worker.runtime,
    }
}

fn fixed(key: &str, value: &[u8]) -> Added {
    Added::Yes(key.as_bytes().into(), value.into())
}

fn remote(stream: &Stream<'_>, entry: impl FnOnce(IpAddr) -> (&'static str, String)) -> Added {
    match &stream.info.remote {
        PeerAddress::Ip(address) => {
            let (key, value) = entry(address.ip());
            fixed(key, value.as_bytes())
        }
        PeerAddress::Pipe(_) => Added::Failed,
    }
}

fn masked(ip: IpAddr, v4_prefix: u8, v6_prefix: u8) -> String {
    match ip {
        IpAddr::V4(ip) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(v4_prefix)).unwrap_or_default();
            format!("{}/{v4_prefix}", Ipv4Addr::from_bits(ip.to_bits() & mask))
        }
        IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(v6_prefix)).unwrap_or_default();
            format!("{}/{v6_prefix}", Ipv6Addr::from_bits(ip.to_bits() & mask))
        }
    }
}

/// The first value of a query parameter, both percent-decoded.
fn first_decoded(path: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let query = &path[memchr::memchr(b'?', path)? + 1..];
    query.split(|&byte| byte == b'&').find_map(|parameter| {
        let equals = memchr::memchr(b'=', parameter).unwrap_or(parameter.len());
        let value = parameter.get(equals + 1..).unwrap_or_default();
        (percent_decoded(&parameter[..equals]) == name).then(|| percent_decoded(value))
    })
}

/// What percent signs do not write stays as it is.
pub(super) fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        let hex = |at: usize| after.get(at).and_then(|&digit| (digit as char).to_digit(16));
        match (first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high << 4 | low) as u8);
                rest = &after[2..];
            }
            _ => {
                decoded.push(first);
                rest = after;
            }
        }
    }
    decoded
}

impl Entry {
    fn new(entry: &ir::RateLimitEntry) -> Self {
        let ir::RateLimitEntry { key, value, default_value } = entry;
        Self {
            key: key.as_bytes().into(),
            value: Formatter::new(value),
            default_value: default_value.as_bytes().into(),
        }
    }

    fn add_if(&self, stream: &Stream<'_>, matches: bool) -> Added {
        if matches { self.add(stream) } else { Added::Failed }
    }

    fn add(&self, stream: &Stream<'_>) -> Added {
        let mut value = Vec::new();
        self.value.write_omitting(&stream.format_context(None), &mut value);
        match (value.is_empty(), self.default_value.is_empty()) {
            (false, _) => Added::Yes(self.key.clone(), value.into()),
            (true, false) => Added::Yes(self.key.clone(), self.default_value.clone()),
            (true, true) => Added::Failed,
        }
    }
}

impl MetadataEntry {
    fn add(&self, stream: &Stream<'_>) -> Added {
        let info = &stream.info;
        let value = match self.source {
            ir::RateLimitMetadataSource::Dynamic => {
                info.dynamic_metadata_within(&self.namespace, &self.path)
            }
            ir::RateLimitMetadataSource::RouteEntry => {
                let metadata = info.route.as_ref().and_then(|route| route.metadata.as_deref());
                metadata.and_then(|found| found.get_within(&self.namespace, &self.path))
            }
        };
        let text = match value {
            Some(Value::String { value }) => value.as_bytes(),
            _ => b"",
        };
        match (text, &*self.default_value) {
            (b"", b"") if self.skip_if_absent => Added::Nothing,
            (b"", b"") => Added::Failed,
            (b"", value) | (value, _) => Added::Yes(self.key.clone(), value.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_masked() {
        let v4 = "10.1.2.3".parse().expect("an address");
        assert_eq!(masked(v4, 24, 128), "10.1.2.0/24");
        assert_eq!(masked(v4, 32, 128), "10.1.2.3/32");
        assert_eq!(masked(v4, 0, 0), "0.0.0.0/0");
        let v6 = "fd00:1:2:3::9".parse().expect("an address");
        assert_eq!(masked(v6, 32, 48), "fd00:1:2::/48");
        assert_eq!(masked(v6, 32, 128), "fd00:1:2:3::9/128");
    }

    #[test]
    fn parameters_are_decoded() {
        assert_eq!(first_decoded(b"/?a%20b=c%2fd&a", b"a b").as_deref(), Some(&b"c/d"[..]));
        assert_eq!(first_decoded(b"/?a=%zz", b"a").as_deref(), Some(&b"%zz"[..]));
        assert_eq!(first_decoded(b"/?b", b"b").as_deref(), Some(&b""[..]));
        assert_eq!(first_decoded(b"/a", b"a"), None);
    }
}
