//! The actions of a rate limit: each adds an entry to the descriptor.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use voyant_ir::metadata::{PathSegment, Value};
use voyant_ir::rate_limit as ir;

use super::Subject;
use crate::filter::matchers;
use crate::head::header_name::HeaderKey;
use crate::http::connection_manager::forwarded::InternalAddresses;
use crate::http::stream_info::StreamInfo;
use crate::matcher::input::{Input, MatchData};
use crate::observe::format::{FormatContext, Formatter};
use crate::route::matcher::query_parameter::first_decoded;
use crate::route::matcher::{HeaderMatcher, QueryParameterMatcher};
use crate::rt::address::PeerAddress;

#[derive(Debug)]
pub(super) enum Action {
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
pub(super) struct Entry {
    key: Box<[u8]>,
    value: Formatter,
    default_value: Box<[u8]>,
}

/// A key with a text that metadata hold.
#[derive(Debug)]
pub(super) struct MetadataEntry {
    key: Box<[u8]>,
    source: ir::RateLimitMetadataSource,
    namespace: Box<str>,
    path: Box<[PathSegment]>,
    default_value: Box<[u8]>,
    skip_if_absent: bool,
}

/// What an action did.
pub(super) enum Added {
    Yes(Box<[u8]>, Box<[u8]>),
    Nothing,
    /// There is no descriptor.
    Failed,
}

impl Action {
    pub fn new(action: &ir::RateLimitAction) -> Self {
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

    pub fn add(&self, subject: &Subject<'_>) -> Added {
        let absent = |skip: bool| if skip { Added::Nothing } else { Added::Failed };
        let Subject { context, service_cluster, .. } = subject;
        let FormatContext { request, info, .. } = context;
        match self {
            Self::SourceCluster => fixed("source_cluster", service_cluster.as_bytes()),
            Self::DestinationCluster => match &info.upstream.cluster {
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
            Self::RemoteAddress => remote(&info.remote, |ip| ("remote_address", ip.to_string())),
            Self::MaskedRemoteAddress { v4_prefix, v6_prefix } => remote(&info.remote, |ip| {
                ("masked_remote_address", masked(ip, *v4_prefix, *v6_prefix))
            }),
            Self::GenericKey(entry) => entry.add(context),
            Self::HeaderValueMatch(entry, expected, headers) => {
                entry.add_if(context, headers.iter().all(|m| m.matches(request)) == *expected)
            }
            Self::QueryParameterValueMatch(entry, expected, parameters) => {
                let path = request.path();
                entry.add_if(context, parameters.iter().all(|m| m.matches(path)) == *expected)
            }
            Self::RemoteAddressMatch { entry, invert, ranges } => {
                entry.add_if(context, ranges.contains(&info.remote) != *invert)
            }
            Self::Input { key, input } => match input.read(&match_data(subject)).as_text() {
                Some(text) if text.is_empty() => Added::Nothing,
                Some(text) => Added::Yes(key.clone(), text.into()),
                None => Added::Failed,
            },
            Self::Metadata(entry) => entry.add(info),
        }
    }
}

/// What is known before there is a response.
fn match_data<'a>(subject: &Subject<'a>) -> MatchData<'a> {
    MatchData {
        info: Some(subject.context.info),
        request: Some(subject.context.request),
        request_trailers: None,
        response: None,
        response_trailers: None,
        runtime: subject.runtime,
    }
}

fn fixed(key: &str, value: &[u8]) -> Added {
    Added::Yes(key.as_bytes().into(), value.into())
}

fn remote(remote: &PeerAddress, entry: impl FnOnce(IpAddr) -> (&'static str, String)) -> Added {
    match remote {
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

impl Entry {
    fn new(entry: &ir::RateLimitEntry) -> Self {
        let ir::RateLimitEntry { key, value, default_value } = entry;
        Self {
            key: key.as_bytes().into(),
            value: Formatter::new(value),
            default_value: default_value.as_bytes().into(),
        }
    }

    fn add_if(&self, context: &FormatContext<'_>, matches: bool) -> Added {
        if matches { self.add(context) } else { Added::Failed }
    }

    fn add(&self, context: &FormatContext<'_>) -> Added {
        let mut value = Vec::new();
        self.value.write_omitting(context, &mut value);
        match (value.is_empty(), self.default_value.is_empty()) {
            (false, _) => Added::Yes(self.key.clone(), value.into()),
            (true, false) => Added::Yes(self.key.clone(), self.default_value.clone()),
            (true, true) => Added::Failed,
        }
    }
}

impl MetadataEntry {
    fn add(&self, info: &StreamInfo) -> Added {
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
}
