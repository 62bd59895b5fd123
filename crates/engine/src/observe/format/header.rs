//! Operators on heads: headers, the path, the query, gRPC's status.

use voyant_ir::format::{GrpcStatusFormat, PathQuery, PathSource, ServerName};

use super::context::FormatContext;
use super::value;
use crate::grpc::is_grpc;
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};

/// Which head an operator reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderSource {
    Request,
    RequestWithoutQuery,
    Response,
    Trailers,
}

/// A header, and another for when it is not there.
#[derive(Debug)]
pub(super) struct Lookup {
    source: HeaderSource,
    name: HeaderKey,
    alternative: Option<HeaderKey>,
}

impl Lookup {
    pub(super) fn new(source: HeaderSource, name: &str, alternative: Option<&str>) -> Self {
        Self { source, name: key(name), alternative: alternative.map(key) }
    }

    /// The first value.
    pub(super) fn find<'a>(&self, cx: &FormatContext<'a>) -> Option<&'a [u8]> {
        let head = match self.source {
            HeaderSource::Request | HeaderSource::RequestWithoutQuery => cx.request,
            HeaderSource::Response => cx.response?,
            HeaderSource::Trailers => cx.trailers?,
        };
        let alternative = || self.alternative.as_ref().and_then(|name| head.get_key(name));
        let value = head.get_key(&self.name).or_else(alternative)?;
        Some(match self.source {
            HeaderSource::RequestWithoutQuery => without_query(value),
            _ => value,
        })
    }
}

/// `host` is kept as `:authority`, as in Envoy's header map.
fn key(name: &str) -> HeaderKey {
    match HeaderKey::new(name) {
        HeaderKey::Known(HeaderId::Host) => HeaderKey::Known(HeaderId::Authority),
        key => key,
    }
}

/// `%PATH%`.
pub(super) fn path(head: &Head, query: PathQuery, source: PathSource) -> Option<&[u8]> {
    let current = || head.get(HeaderId::Path);
    let original = || head.get(HeaderId::XEnvoyOriginalPath);
    let path = match source {
        PathSource::Original => original(),
        PathSource::Current => current(),
        PathSource::OriginalOrCurrent => original().or_else(current),
    }?;
    Some(match query {
        PathQuery::With => path,
        PathQuery::Without => without_query(path),
    })
}

fn without_query(path: &[u8]) -> &[u8] {
    path.split(|byte| *byte == b'?').next().unwrap_or(path)
}

/// `%REQUESTED_SERVER_NAME%`. Plain connections ask for no name, and the host is unknown before
/// the request was accepted, as in Envoy.
pub(super) fn server_name<'a>(
    cx: &FormatContext<'a>,
    first: ServerName,
    host: PathSource,
) -> Option<&'a [u8]> {
    if !cx.info.has_request {
        return None;
    }
    let head = cx.request;
    let current = || head.get(HeaderId::Authority);
    let original = || head.get(HeaderId::XEnvoyOriginalHost);
    match (first, host) {
        (ServerName::SniOnly, _) => None,
        (_, PathSource::Original) => original(),
        (_, PathSource::Current) => current(),
        (_, PathSource::OriginalOrCurrent) => original().or_else(current),
    }
}

/// `%QUERY_PARAMS%`: all that follows the first question mark.
pub(super) fn query(head: &Head, is_decoded: bool, out: &mut Vec<u8>) -> bool {
    let Some(path) = head.get(HeaderId::Path) else { return false };
    let Some(at) = path.iter().position(|byte| *byte == b'?') else { return false };
    if is_decoded {
        decode_visible(&path[at + 1..], out);
    } else {
        out.extend_from_slice(&path[at + 1..]);
    }
    true
}

/// Decodes what may stand in a URL as it is, and leaves the rest encoded. A percent sign without
/// digits behind it is lost, but for one at the end.
fn decode_visible(mut text: &[u8], out: &mut Vec<u8>) {
    while let Some((first, rest)) = text.split_first() {
        text = rest;
        match (first, rest) {
            (b'%', [high, low, after @ ..]) => match hex(*high).zip(hex(*low)) {
                Some((high, low)) if is_visible(high * 16 + low) => {
                    out.push(high * 16 + low);
                    text = after;
                }
                Some(_) => {
                    out.extend_from_slice(&[b'%', *high, *low]);
                    text = after;
                }
                None => {}
            },
            (other, _) => out.push(*other),
        }
    }
}

fn is_visible(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"<>\\^{|}".contains(&byte)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|digit| digit as u8)
}

/// `%QUERY_PARAM(name)%`: the first of that name, decoded; one without a value is empty.
pub(super) fn query_parameter(head: &Head, name: &str, out: &mut Vec<u8>) -> bool {
    let Some(path) = head.get(HeaderId::Path) else { return false };
    let Some(at) = path.iter().position(|byte| *byte == b'?') else { return false };
    for pair in path[at + 1..].split(|byte| *byte == b'&') {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let key = halves.next().unwrap_or_default();
        if decoded(key).eq(name.bytes()) && !pair.is_empty() {
            out.extend(decoded(halves.next().unwrap_or_default()));
            return true;
        }
    }
    false
}

fn decoded(text: &[u8]) -> impl Iterator<Item = u8> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let hex = |at: usize| rest.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        let (byte, taken) = match (rest.first()?, hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => ((high * 16 + low) as u8, 3),
            (byte, _, _) => (*byte, 1),
        };
        rest = &rest[taken..];
        Some(byte)
    })
}

/// gRPC's status codes as they are called.
const GRPC: [(&str, &str); 17] = [
    ("OK", "OK"),
    ("Canceled", "CANCELED"),
    ("Unknown", "UNKNOWN"),
    ("InvalidArgument", "INVALID_ARGUMENT"),
    ("DeadlineExceeded", "DEADLINE_EXCEEDED"),
    ("NotFound", "NOT_FOUND"),
    ("AlreadyExists", "ALREADY_EXISTS"),
    ("PermissionDenied", "PERMISSION_DENIED"),
    ("ResourceExhausted", "RESOURCE_EXHAUSTED"),
    ("FailedPrecondition", "FAILED_PRECONDITION"),
    ("Aborted", "ABORTED"),
    ("OutOfRange", "OUT_OF_RANGE"),
    ("Unimplemented", "UNIMPLEMENTED"),
    ("Internal", "INTERNAL"),
    ("Unavailable", "UNAVAILABLE"),
    ("DataLoss", "DATA_LOSS"),
    ("Unauthenticated", "UNAUTHENTICATED"),
];

/// `%GRPC_STATUS%` of a gRPC request; false for any other.
pub(super) fn grpc_status(
    cx: &FormatContext<'_>,
    format: GrpcStatusFormat,
    out: &mut Vec<u8>,
) -> bool {
    if !is_grpc(cx.request) {
        return false;
    }
    let status = |head: Option<&Head>| {
        let text = head?.get_str(HeaderId::GrpcStatus)?;
        text.parse::<u32>().ok()
    };
    let Some(code) = status(cx.trailers)
        .or_else(|| status(cx.response))
        .or_else(|| status_from_http(cx.info.response_code))
    else {
        return false;
    };
    let name = GRPC.get(code as usize).and_then(|(camel, snake)| match format {
        GrpcStatusFormat::CamelString => Some(camel),
        GrpcStatusFormat::SnakeString => Some(snake),
        GrpcStatusFormat::Number => None,
    });
    match name {
        Some(name) => out.extend_from_slice(name.as_bytes()),
        None => value::number(u64::from(code), out),
    }
    true
}

/// gRPC's mapping for answers without a status.
pub(in crate::observe) fn status_from_http(code: u16) -> Option<u32> {
    Some(match code {
        0 => return None,
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502..=504 => 14,
        _ => 2,
    })
}
