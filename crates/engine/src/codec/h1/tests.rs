//! The codec's decisions, each by name.

use voyant_ir::protocol::{HeaderCase, HeadersWithUnderscores, Http1Options};

use super::*;
use crate::http::head::Head;

mod requests;

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
        ignore_http_11_upgrade: Vec::new(),
    }
}

const LIMITS: ParseLimits = ParseLimits { max_bytes: 60 * 1024, max_count: 100 };

fn parse_request(input: &str) -> Result<Option<(RequestHead, Head)>, RequestError> {
    let parser = RequestParser::new(&options(), HeadersWithUnderscores::Allow, LIMITS);
    let mut head = Head::new();
    let parsed = parser.parse(&mut HeadScan::default(), input.as_bytes(), &mut head)?;
    Ok(parsed.map(|request| (request, head)))
}
