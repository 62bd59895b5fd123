//! Heads and chunk lines to bytes, in one pass and without formatting machinery. The framing
//! header that a message lacks is added here, as Envoy's encoder does: `content-length: 0` when
//! nothing follows, else `transfer-encoding: chunked`.

use voyant_ir::protocol::HeaderCase;

use crate::codec::Protocol;
use crate::head::header_name::HeaderId;
use crate::head::{Head, HeaderRef};

use super::field::has_token;
use super::framing::{BodyFraming, parse_content_length};
use super::phrase::reason_phrase;

/// What about a request decides how its response is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    Plain,
    Head,
    Connect,
    Upgrade,
}

/// How a request is written.
#[derive(Debug, Clone, Copy)]
pub struct RequestFormat {
    /// For heads that bring no case of their own ([`Head::case`]).
    pub case: HeaderCase,
    /// Absolute form, with `:scheme` and `:authority`.
    pub fully_qualified: bool,
}

/// How a response is written.
#[derive(Debug, Clone, Copy)]
pub struct ResponseFormat {
    /// For heads that bring no case of their own ([`Head::case`]).
    pub case: HeaderCase,
    /// HTTP/1.0 gets no chunks: without a length, the close ends the body.
    pub version: Protocol,
    pub request: RequestKind,
}

/// Writes a request's head; `end` when no body follows. Answers how the body must be framed.
pub fn write_request_head(
    head: &Head,
    end: bool,
    format: RequestFormat,
    out: &mut Vec<u8>,
) -> BodyFraming {
    let method = head.method();
    let connect = method == b"CONNECT";
    let authority = head.authority();
    out.reserve(head.size_hint() + authority.len() + 64);
    out.extend_from_slice(method);
    out.push(b' ');
    if connect {
        out.extend_from_slice(authority);
    } else {
        if format.fully_qualified {
            out.extend_from_slice(head.get(HeaderId::Scheme).unwrap_or(b"http"));
            out.extend_from_slice(b"://");
            out.extend_from_slice(authority);
        }
        out.extend_from_slice(head.path());
    }
    out.extend_from_slice(b" HTTP/1.1\r\n");
    let names = Names::of(head, format.case);
    let written = write_fields(head, names, out);
    let framing = if connect || written.is_upgrade() {
        BodyFraming::Upgraded
    } else if let Some(length) = written.content_length {
        BodyFraming::Length(length)
    } else if end {
        if !matches!(method, b"GET" | b"HEAD" | b"DELETE" | b"TRACE") {
            write_framing(head, names, HeaderId::ContentLength, b"0", out);
        }
        BodyFraming::None
    } else {
        write_framing(head, names, HeaderId::TransferEncoding, b"chunked", out);
        BodyFraming::Chunked
    };
    out.extend_from_slice(b"\r\n");
    framing
}

/// Bytes of a head that was written without its first line and the empty one: what Envoy counts
/// as sent headers.
pub(super) fn header_bytes(head: &[u8]) -> u64 {
    let first = memchr::memchr(b'\n', head).map_or(0, |at| at + 1);
    (head.len() - first).saturating_sub(2) as u64
}

/// What Envoy counts of headers that it receives: names, values, and three bytes for each line,
/// of which it sees one at least. The codec has taken out the header that says that there are
/// chunks.
pub(super) fn received_header_bytes(head: &Head, chunked: bool) -> u64 {
    if head.is_empty() {
        return 0;
    }
    let lines = head.iter().filter_map(|header| match header.id {
        Some(HeaderId::Authority) => Some("host".len() + header.value.len() + 3),
        Some(id) if id.is_pseudo() => None,
        _ => Some(header.name.len() + header.value.len() + 3),
    });
    let removed = if chunked { "transfer-encoding".len() + "chunked".len() + 3 } else { 0 };
    (lines.sum::<usize>() + removed).max(3) as u64
}

/// Writes a response's head, or an informational one; `end` when no body follows. Answers how
/// the body must be framed; [`BodyFraming::None`] means that none may be written.
pub fn write_response_head(
    head: &Head,
    end: bool,
    format: ResponseFormat,
    out: &mut Vec<u8>,
) -> BodyFraming {
    let status = head.status();
    out.reserve(head.size_hint() + 96);
    out.extend_from_slice(match format.version {
        Protocol::Http10 => b"HTTP/1.0 ",
        Protocol::Http11 | Protocol::Http2 => b"HTTP/1.1 ",
    });
    out.extend_from_slice(head.get(HeaderId::Status).unwrap_or(b"0"));
    out.push(b' ');
    out.extend_from_slice(head.reason_phrase().unwrap_or(reason_phrase(status).as_bytes()));
    out.extend_from_slice(b"\r\n");
    let names = Names::of(head, format.case);
    let written = write_fields(head, names, out);
    let tunnel = match format.request {
        // An answer that has ended leads nowhere.
        RequestKind::Connect => status < 300 && !end,
        RequestKind::Upgrade => status == 101,
        RequestKind::Plain | RequestKind::Head => false,
    };
    let framing = if tunnel {
        BodyFraming::Upgraded
    } else if status < 200 || status == 204 {
        BodyFraming::None
    } else if let Some(length) = written.content_length {
        BodyFraming::Length(length)
    } else if status == 304 {
        BodyFraming::None
    } else if end && format.request != RequestKind::Head {
        write_framing(head, names, HeaderId::ContentLength, b"0", out);
        BodyFraming::None
    } else if format.version == Protocol::Http10 {
        BodyFraming::UntilClose
    } else {
        write_framing(head, names, HeaderId::TransferEncoding, b"chunked", out);
        BodyFraming::Chunked
    };
    out.extend_from_slice(b"\r\n");
    if format.request == RequestKind::Head { BodyFraming::None } else { framing }
}

/// Writes the line before a chunk's data; `len` is not 0.
pub fn write_chunk_start(len: usize, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut shift = (usize::BITS - len.leading_zeros()).div_ceil(4).max(1) * 4;
    while shift > 0 {
        shift -= 4;
        out.push(DIGITS[(len >> shift) & 15]);
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes the end of a chunk's data.
pub fn write_chunk_end(out: &mut Vec<u8>) {
    out.extend_from_slice(b"\r\n");
}

/// Writes the last chunk with its trailers, whose names no format changes: they are written in
/// small letters.
pub fn write_last_chunk(trailers: Option<&Head>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"0\r\n");
    if let Some(trailers) = trailers {
        write_fields(trailers, Names { as_received: false, proper_case: false }, out);
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes a number in decimal digits.
pub(super) fn write_decimal(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// How the names of one head are written.
#[derive(Debug, Clone, Copy)]
struct Names {
    /// Look for the spelling in which a name was received.
    as_received: bool,
    /// All others begin their words with a capital.
    proper_case: bool,
}

impl Names {
    /// A head that keeps its spelling decides itself, whichever connection it goes to; one that
    /// does not is written in lower case by a connection that would preserve.
    fn of(head: &Head, case: HeaderCase) -> Self {
        match head.case() {
            Some(own) => {
                Self { as_received: true, proper_case: own == HeaderCase::PreserveElseProperCase }
            }
            None => Self { as_received: false, proper_case: case == HeaderCase::ProperCaseWords },
        }
    }
}

/// What [`write_fields`] came across.
#[derive(Debug, Default)]
struct Written {
    content_length: Option<u64>,
    upgrade: bool,
    connection_upgrade: bool,
}

impl Written {
    fn is_upgrade(&self) -> bool {
        self.upgrade && self.connection_upgrade
    }
}

fn write_fields(head: &Head, names: Names, out: &mut Vec<u8>) -> Written {
    let mut written = Written::default();
    for field in head.iter() {
        match field.id {
            Some(id) if id.is_pseudo() && id != HeaderId::Authority => continue,
            Some(HeaderId::ContentLength) => {
                written.content_length = parse_content_length(field.value);
            }
            Some(HeaderId::Upgrade) => written.upgrade = true,
            Some(HeaderId::Connection) => {
                written.connection_upgrade = has_token(field.value, b"upgrade");
            }
            _ => {}
        }
        write_field(head, &field, names, out);
    }
    written
}

fn write_framing(head: &Head, names: Names, id: HeaderId, value: &[u8], out: &mut Vec<u8>) {
    let field = HeaderRef { id: Some(id), name: id.as_str().as_bytes(), value };
    write_field(head, &field, names, out);
}

#[inline]
fn write_field(head: &Head, field: &HeaderRef<'_>, names: Names, out: &mut Vec<u8>) {
    match field.id {
        _ if names.as_received || names.proper_case => write_name(head, field, names, out),
        Some(HeaderId::Authority) => out.extend_from_slice(b"host: "),
        Some(id) => out.extend_from_slice(id.field_start()),
        None => {
            out.extend_from_slice(field.name);
            out.extend_from_slice(b": ");
        }
    }
    out.extend_from_slice(field.value);
    out.extend_from_slice(b"\r\n");
}

fn write_name(head: &Head, field: &HeaderRef<'_>, names: Names, out: &mut Vec<u8>) {
    let name = if field.id == Some(HeaderId::Authority) { b"host" } else { field.name };
    match head.spelling(field) {
        Some(received) if names.as_received => out.extend_from_slice(received),
        _ if names.proper_case => write_proper_case(name, out),
        _ => out.extend_from_slice(name),
    }
    out.extend_from_slice(b": ");
}

fn write_proper_case(name: &[u8], out: &mut Vec<u8>) {
    let mut upper = true;
    out.extend(name.iter().map(|byte| {
        let written = if upper { byte.to_ascii_uppercase() } else { *byte };
        upper = !byte.is_ascii_alphanumeric();
        written
    }));
}
