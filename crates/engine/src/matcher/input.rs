//! What a matching tree asks about, and where it finds that.

use std::borrow::Cow;
use std::net::IpAddr;

use voyant_ir::metadata::Value as MetadataValue;
use voyant_ir::xds_matcher::MatchInput;

use crate::filter_state::Object;
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::http::stream_info::StreamInfo;
use crate::route::matcher::header::request_key;
use crate::rt::address::PeerAddress;
use crate::runtime::Runtime;
use crate::value_matcher::text_of;

/// What is known of a stream. What is `None` is not there yet.
#[derive(Debug, Clone, Copy)]
pub struct MatchData<'a> {
    pub info: Option<&'a StreamInfo>,
    pub request: Option<&'a Head>,
    pub request_trailers: Option<&'a Head>,
    pub response: Option<&'a Head>,
    pub response_trailers: Option<&'a Head>,
    pub runtime: &'a Runtime,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading<'a> {
    /// It is not there yet.
    Unknown,
    /// It is not there.
    Missing,
    Text(Cow<'a, [u8]>),
    Ip(IpAddr),
    /// A value of metadata, if there is one.
    Metadata(Option<&'a MetadataValue>),
}

/// Where to look.
#[derive(Debug)]
pub enum Input {
    RequestHeader(HeaderKey),
    ResponseHeader(HeaderKey),
    RequestTrailer(HeaderKey),
    ResponseTrailer(HeaderKey),
    QueryParameter(Box<[u8]>),
    StatusCode,
    StatusCodeClass,
    LocalReply,
    DestinationIp,
    DestinationPort,
    SourceIp,
    SourcePort,
    DirectSourceIp,
    SourceType,
    ServerName,
    TransportProtocol,
    ApplicationProtocol,
    DynamicMetadata { namespace: Box<str>, path: Box<[String]> },
    FilterState { key: Box<str>, field: Box<str> },
    Constant(Option<Box<str>>),
}

impl Input {
    pub fn new(input: &MatchInput) -> Self {
        match input {
            MatchInput::RequestHeader { name } => Self::RequestHeader(request_key(name)),
            MatchInput::ResponseHeader { name } => Self::ResponseHeader(HeaderKey::new(name)),
            MatchInput::RequestTrailer { name } => Self::RequestTrailer(HeaderKey::new(name)),
            MatchInput::ResponseTrailer { name } => Self::ResponseTrailer(HeaderKey::new(name)),
            MatchInput::QueryParameter { name } => Self::QueryParameter(name.as_bytes().into()),
            MatchInput::StatusCode {} => Self::StatusCode,
            MatchInput::StatusCodeClass {} => Self::StatusCodeClass,
            MatchInput::LocalReply {} => Self::LocalReply,
            MatchInput::DestinationIp {} => Self::DestinationIp,
            MatchInput::DestinationPort {} => Self::DestinationPort,
            MatchInput::SourceIp {} => Self::SourceIp,
            MatchInput::SourcePort {} => Self::SourcePort,
            MatchInput::DirectSourceIp {} => Self::DirectSourceIp,
            MatchInput::SourceType {} => Self::SourceType,
            MatchInput::ServerName {} => Self::ServerName,
            MatchInput::TransportProtocol {} => Self::TransportProtocol,
            MatchInput::ApplicationProtocol {} => Self::ApplicationProtocol,
            MatchInput::DynamicMetadata { namespace, path } => {
                let namespace = namespace.as_str().into();
                Self::DynamicMetadata { namespace, path: path.as_slice().into() }
            }
            MatchInput::FilterState { key, field } => {
                Self::FilterState { key: key.as_str().into(), field: field.as_str().into() }
            }
            MatchInput::Constant { value } => Self::Constant(value.as_deref().map(Into::into)),
        }
    }

    pub fn read<'a>(&'a self, data: &MatchData<'a>) -> Reading<'a> {
        match self {
            Self::RequestHeader(key) => header(data.request, key),
            Self::ResponseHeader(key) => header(data.response, key),
            Self::RequestTrailer(key) => header(data.request_trailers, key),
            Self::ResponseTrailer(key) => header(data.response_trailers, key),
            // Nothing is known of the parameters of a request without a path (CONNECT).
            Self::QueryParameter(name) => data
                .request
                .and_then(|head| head.get(HeaderId::Path))
                .map_or(Reading::Unknown, |path| query_parameter(path, name)),
            Self::StatusCode => status(data, |code| Some(code.to_string())),
            Self::StatusCodeClass => status(data, class_of),
            Self::Constant(value) => {
                value.as_deref().map_or(Reading::Missing, |value| text(value.as_bytes()))
            }
            _ => data.info.map_or(Reading::Unknown, |info| self.of_stream(data, info)),
        }
    }

    /// The value of a pseudo-header of the request, of which there is never more than one. The
    /// short way for what is asked most.
    #[inline]
    pub(super) fn pseudo_header<'a>(&self, data: &MatchData<'a>) -> Option<&'a [u8]> {
        match self {
            Self::RequestHeader(HeaderKey::Known(id)) if id.is_pseudo() => data.request?.get(*id),
            _ => None,
        }
    }

    fn of_stream<'a>(&'a self, data: &MatchData<'a>, info: &'a StreamInfo) -> Reading<'a> {
        let (local, peer) = (&info.connection.local, &info.connection.remote);
        match self {
            Self::DestinationIp => ip(local),
            Self::DestinationPort => port(local),
            Self::SourceIp => ip(&info.remote),
            Self::SourcePort => port(&info.remote),
            Self::DirectSourceIp => ip(peer),
            Self::SourceType if is_local(&info.remote, local) => text(b"local"),
            Self::TransportProtocol => text(b"raw_buffer"),
            Self::LocalReply if data.response.is_none() => Reading::Unknown,
            Self::LocalReply => {
                let came = info.details.as_deref() == Some("via_upstream");
                text(if came { b"false" } else { b"true" })
            }
            Self::DynamicMetadata { namespace, path } => {
                Reading::Metadata(info.dynamic_metadata(namespace, path))
            }
            Self::FilterState { key, field } => filter_state(info, key, field),
            // No connection tells a name or a protocol before TLS is spoken.
            _ => Reading::Missing,
        }
    }
}

impl Reading<'_> {
    /// The reading as text, where it is something of the kind.
    pub fn as_text(&self) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Ip(ip) => Some(Cow::Owned(ip.to_string().into_bytes())),
            Self::Unknown | Self::Missing | Self::Metadata(_) => None,
        }
    }

    /// The reading as an address, where it is one.
    pub fn as_ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(*ip),
            Self::Text(text) => std::str::from_utf8(text).ok()?.parse().ok(),
            Self::Unknown | Self::Missing | Self::Metadata(_) => None,
        }
    }
}

fn text(value: &[u8]) -> Reading<'_> {
    Reading::Text(Cow::Borrowed(value))
}

/// Repeated headers are one value, joined by commas; a pseudo-header is there once.
fn header<'a>(head: Option<&'a Head>, key: &HeaderKey) -> Reading<'a> {
    let Some(head) = head else { return Reading::Unknown };
    if let HeaderKey::Known(id) = key
        && (id.is_pseudo() || !head.contains(*id))
    {
        return head.get(*id).map_or(Reading::Missing, text);
    }
    let mut values = head.get_all(key);
    let Some(first) = values.next() else { return Reading::Missing };
    let mut value = Cow::Borrowed(first);
    for next in values {
        let joined = value.to_mut();
        joined.push(b',');
        joined.extend_from_slice(next);
    }
    Reading::Text(value)
}

/// The first of a name; name and value are decoded.
fn query_parameter<'a>(path: &'a [u8], name: &[u8]) -> Reading<'a> {
    let Some(mark) = memchr::memchr(b'?', path) else { return Reading::Missing };
    let query = &path[mark + 1..];
    let query = &query[..memchr::memchr(b'#', query).unwrap_or(query.len())];
    for parameter in query.split(|&byte| byte == b'&') {
        let equals = memchr::memchr(b'=', parameter).unwrap_or(parameter.len());
        if *decoded(&parameter[..equals]) == *name {
            let value = parameter.get(equals + 1..).unwrap_or_default();
            return Reading::Text(decoded(value));
        }
    }
    Reading::Missing
}

/// A value in which each `%` before two hexadecimal digits stands for a byte.
fn decoded(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.contains(&b'%') {
        return Cow::Borrowed(value);
    }
    let (mut out, mut rest) = (Vec::with_capacity(value.len()), value);
    while let Some((&first, behind)) = rest.split_first() {
        let escaped = behind.get(..2).filter(|_| first == b'%').and_then(byte_of);
        out.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &behind[2..] } else { behind };
    }
    Cow::Owned(out)
}

fn byte_of(digits: &[u8]) -> Option<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    let byte = value(*digits.first()?)? * 16 + value(*digits.get(1)?)?;
    u8::try_from(byte).ok()
}

fn status<'a>(data: &MatchData<'a>, write: impl Fn(u16) -> Option<String>) -> Reading<'a> {
    let Some(response) = data.response else { return Reading::Unknown };
    match write(response.status()) {
        Some(written) => Reading::Text(Cow::Owned(written.into_bytes())),
        None => Reading::Missing,
    }
}

fn class_of(status: u16) -> Option<String> {
    (100..600).contains(&status).then(|| format!("{}xx", status / 100))
}

fn ip(address: &PeerAddress) -> Reading<'_> {
    match address {
        PeerAddress::Ip(address) => Reading::Ip(address.ip()),
        PeerAddress::Pipe(_) => Reading::Missing,
    }
}

fn port(address: &PeerAddress) -> Reading<'_> {
    match address {
        PeerAddress::Ip(address) => {
            Reading::Text(Cow::Owned(address.port().to_string().into_bytes()))
        }
        PeerAddress::Pipe(_) => Reading::Missing,
    }
}

fn is_local(remote: &PeerAddress, local: &PeerAddress) -> bool {
    match (remote, local) {
        (PeerAddress::Ip(remote), PeerAddress::Ip(local)) => {
            remote.ip() == local.ip() || remote.ip().is_loopback()
        }
        (PeerAddress::Pipe(_), _) => true,
        _ => false,
    }
}

fn filter_state<'a>(info: &'a StreamInfo, key: &str, field: &str) -> Reading<'a> {
    let Some(object) = info.filter_state(key) else { return Reading::Missing };
    let found = if field.is_empty() { text_of(&object) } else { field_of(&object, field) };
    found.map_or(Reading::Missing, |text| Reading::Text(Cow::Owned(text)))
}

fn field_of(object: &Object, field: &str) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    object.write_field(field, &mut text).then_some(text)
}

#[cfg(test)]
mod tests;
