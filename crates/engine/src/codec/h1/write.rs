//! Heads and chunk lines to bytes, in one pass and without formatting machinery. The framing
//! header that a message lacks is added here, as Envoy's encoder does: `content-length: 0` when
//! nothing follows, else `transfer-encoding: chunked`.

use voyant_ir::protocol::HeaderCase;

use crate::codec::Protocol;
use crate::http::head::{Head, HeaderRef};
use crate::http::header_name::HeaderId;

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
    pub case: HeaderCase,
    /// Absolute form, with `:scheme` and `:authority`.
    pub fully_qualified: bool,
}

/// How a response is written.
#[derive(Debug, Clone, Copy)]
pub struct ResponseFormat {
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
    out.reserve(head.byte_size() + head.len() * 4 + 64);
    let method = head.method();
    let connect = method == b"CONNECT";
    out.extend_from_slice(method);
    out.push(b' ');
    if connect {
        out.extend_from_slice(head.authority());
    } else {
        if format.fully_qualified {
            out.extend_from_slice(head.get(HeaderId::Scheme).unwrap_or(b"http"));
            out.extend_from_slice(b"://");
            out.extend_from_slice(head.authority());
        }
        out.extend_from_slice(head.path());
    }
    out.extend_from_slice(b" HTTP/1.1\r\n");
    let written = write_fields(head, format.case, out);
    let framing = if let Some(length) = written.content_length {
        BodyFraming::Length(length)
    } else if connect || written.upgrade {
        BodyFraming::Upgraded
    } else if end {
        if !matches!(method, b"GET" | b"HEAD" | b"DELETE" | b"TRACE") {
            write_field(b"content-length", b"0", format.case, out);
        }
        BodyFraming::None
    } else {
        write_field(b"transfer-encoding", b"chunked", format.case, out);
        BodyFraming::Chunked
    };
    out.extend_from_slice(b"\r\n");
    framing
}

/// Writes a response's head, or an informational one; `end` when no body follows. Answers how
/// the body must be framed; [`BodyFraming::None`] means that none may be written.
pub fn write_response_head(
    head: &Head,
    end: bool,
    format: ResponseFormat,
    out: &mut Vec<u8>,
) -> BodyFraming {
    out.reserve(head.byte_size() + head.len() * 4 + 64);
    let status = head.status();
    out.extend_from_slice(match format.version {
        Protocol::Http10 => b"HTTP/1.0 ",
        _ => b"HTTP/1.1 ",
    });
    out.extend_from_slice(head.get(HeaderId::Status).unwrap_or(b"0"));
    out.push(b' ');
    out.extend_from_slice(reason_phrase(status).as_bytes());
    out.extend_from_slice(b"\r\n");
    let written = write_fields(head, format.case, out);
    let bodiless_status = status < 200 || status == 204;
    let framing = if let Some(length) = written.content_length {
        BodyFraming::Length(length)
    } else if status == 101 || (format.request == RequestKind::Connect && status < 300) {
        BodyFraming::Upgraded
    } else if bodiless_status {
        BodyFraming::None
    } else if end && format.request != RequestKind::Head {
        write_field(b"content-length", b"0", format.case, out);
        BodyFraming::None
    } else if format.version == Protocol::Http10 {
        BodyFraming::UntilClose
    } else {
        write_field(b"transfer-encoding", b"chunked", format.case, out);
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

/// Writes the last chunk with its trailers.
pub fn write_last_chunk(trailers: Option<&Head>, case: HeaderCase, out: &mut Vec<u8>) {
    out.extend_from_slice(b"0\r\n");
    if let Some(trailers) = trailers {
        write_fields(trailers, case, out);
    }
    out.extend_from_slice(b"\r\n");
}

/// What [`write_fields`] came across.
#[derive(Default)]
struct Written {
    content_length: Option<u64>,
    upgrade: bool,
}

fn write_fields(head: &Head, case: HeaderCase, out: &mut Vec<u8>) -> Written {
    let mut written = Written::default();
    for field in head.iter() {
        let name = match field.id {
            Some(HeaderId::Authority) => b"host",
            Some(id) if id.is_pseudo() => continue,
            Some(HeaderId::ContentLength) => {
                written.content_length = parse_content_length(field.value);
                field.name
            }
            Some(HeaderId::Upgrade) => {
                written.upgrade = true;
                field.name
            }
            _ => field.name,
        };
        write_name(name, &field, case, out);
        out.extend_from_slice(b": ");
        out.extend_from_slice(field.value);
        out.extend_from_slice(b"\r\n");
    }
    written
}

fn write_field(name: &[u8], value: &[u8], case: HeaderCase, out: &mut Vec<u8>) {
    let field = HeaderRef { id: None, name, value, received_name: None };
    write_name(name, &field, case, out);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

fn write_name(name: &[u8], field: &HeaderRef<'_>, case: HeaderCase, out: &mut Vec<u8>) {
    match (case, field.received_name) {
        (HeaderCase::Preserve | HeaderCase::PreserveElseProperCase, Some(received)) => {
            out.extend_from_slice(received);
        }
        (HeaderCase::Lower | HeaderCase::Preserve, _) => out.extend_from_slice(name),
        (HeaderCase::ProperCaseWords | HeaderCase::PreserveElseProperCase, _) => {
            let mut upper = true;
            out.extend(name.iter().map(|byte| {
                let written = if upper { byte.to_ascii_uppercase() } else { *byte };
                upper = !byte.is_ascii_alphanumeric();
                written
            }));
        }
    }
}
