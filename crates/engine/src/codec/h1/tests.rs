//! The codec's decisions, each by name. Every case was asked of Envoy 1.40 over a raw socket.

use bytes::BytesMut;
use voyant_ir::matcher::StringMatcher;
use voyant_ir::protocol::{HeaderCase, HeadersWithUnderscores, Http1Options};

use super::*;
use crate::codec::{Piece, Protocol};
use crate::head::Head;

mod bodies;
mod connection;
mod limits;
mod pieces;
mod requests;
mod responses;
mod spelling;
mod targets;
mod writing;

const LIMITS: ParseLimits = ParseLimits { max_bytes: 60 * 1024, max_count: 100 };

/// Options as they are when nothing is configured.
fn options() -> Http1Options {
    Http1Options {
        allow_absolute_url: true,
        accept_http_10: false,
        default_host_for_http_10: String::new(),
        header_case: HeaderCase::Lower,
        enable_trailers: false,
        allow_chunked_length: false,
        stream_error_on_invalid_http_message: false,
        send_fully_qualified_url: false,
        allow_custom_methods: false,
        forward_reason_phrase: false,
        ignore_http_11_upgrade: Vec::new(),
    }
}

/// A listener's parser with some of its options changed.
fn request_parser(change: impl FnOnce(&mut Http1Options)) -> RequestParser {
    let mut options = options();
    change(&mut options);
    RequestParser::new(&options, HeadersWithUnderscores::Allow, LIMITS).expect("no patterns")
}

fn response_parser(change: impl FnOnce(&mut Http1Options)) -> ResponseParser {
    let mut options = options();
    change(&mut options);
    ResponseParser::new(&options, LIMITS)
}

fn parse(
    parser: &RequestParser,
    input: &[u8],
) -> Result<Option<(RequestHead, Head)>, RequestError> {
    let mut head = Head::new();
    let parsed = parser.parse(&mut HeadScan::default(), input, &mut head)?;
    Ok(parsed.map(|request| (request, head)))
}

/// A request that must be taken.
fn taken(parser: &RequestParser, input: &[u8]) -> (RequestHead, Head) {
    match parse(parser, input) {
        Ok(Some(parsed)) => parsed,
        other => panic!("{other:?} of {:?}", String::from_utf8_lossy(input)),
    }
}

fn parse_response(
    parser: &ResponseParser,
    request: RequestKind,
    input: &[u8],
) -> Result<Option<(ResponseHead, Head)>, ResponseError> {
    let mut head = Head::new();
    let parsed = parser.parse(&mut HeadScan::default(), input, request, &mut head)?;
    Ok(parsed.map(|response| (response, head)))
}

/// All entries of a head, as `name=value` joined by blanks; bytes that are not ASCII escaped.
fn show(head: &Head) -> String {
    let show = |bytes: &[u8]| bytes.escape_ascii().to_string();
    let fields: Vec<String> =
        head.iter().map(|field| format!("{}={}", show(field.name), show(field.value))).collect();
    fields.join(" ")
}
