//! The case of names: lower, proper, as received.

use super::*;
use crate::head::header_name::HeaderId;

const REQUEST: &[u8] = b"POST / HTTP/1.1\r\nHoST: a\r\nX-fOO-bar_baz.qux1a: 1\r\n\
    x-foo-BAR_baz.qux1a: 2\r\nETag: 3\r\nx--y: 4\r\n1ab: 5\r\ntransfer-ENCODING: chunked\r\n\r\n";

/// What is sent upstream of [`REQUEST`], after a header has been added.
fn sent(listener: HeaderCase, cluster: HeaderCase) -> String {
    let parser = request_parser(|options| options.header_case = listener);
    let (_, mut head) = taken(&parser, REQUEST);
    head.push(HeaderId::XForwardedProto, b"http");
    let format = RequestFormat { case: cluster, fully_qualified: false };
    let mut out = Vec::new();
    write_request_head(&head, false, format, &mut out);
    let text = String::from_utf8(out).expect("ascii");
    text.lines()
        .skip(1)
        .map(|line| line.split(':').next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join(" ")
}

const LOWER: &str = "host x-foo-bar_baz.qux1a x-foo-bar_baz.qux1a etag x--y 1ab \
    x-forwarded-proto transfer-encoding ";
const PROPER: &str = "Host X-Foo-Bar_Baz.Qux1a X-Foo-Bar_Baz.Qux1a Etag X--Y 1ab \
    X-Forwarded-Proto Transfer-Encoding ";
const RECEIVED: &str = "HoST X-fOO-bar_baz.qux1a X-fOO-bar_baz.qux1a ETag x--y 1ab \
    x-forwarded-proto transfer-ENCODING ";
const RECEIVED_OR_PROPER: &str = "HoST X-fOO-bar_baz.qux1a X-fOO-bar_baz.qux1a ETag x--y 1ab \
    X-Forwarded-Proto transfer-ENCODING ";

#[test]
fn a_head_that_keeps_its_spelling_decides_itself() {
    use HeaderCase::{Lower, Preserve, PreserveElseProperCase, ProperCaseWords};
    for (listener, cluster, expected) in [
        (Lower, Lower, LOWER),
        (Lower, ProperCaseWords, PROPER),
        (Lower, Preserve, LOWER),
        (Lower, PreserveElseProperCase, LOWER),
        (ProperCaseWords, Lower, LOWER),
        (Preserve, Lower, RECEIVED),
        (Preserve, ProperCaseWords, RECEIVED),
        (PreserveElseProperCase, Lower, RECEIVED_OR_PROPER),
    ] {
        assert_eq!(sent(listener, cluster), expected, "{listener:?} {cluster:?}");
    }
}

#[test]
fn absolute_form_keeps_the_spelling_of_host() {
    let parser = request_parser(|options| options.header_case = HeaderCase::Preserve);
    let (_, head) = taken(&parser, b"GET http://x.y/ HTTP/1.1\r\nHOST: a\r\n\r\n");
    let format = RequestFormat { case: HeaderCase::Lower, fully_qualified: false };
    let mut out = Vec::new();
    write_request_head(&head, true, format, &mut out);
    assert_eq!(out, b"GET / HTTP/1.1\r\nHOST: x.y\r\n\r\n");
}

#[test]
fn responses_and_trailers() {
    let parser = response_parser(|options| {
        options.header_case = HeaderCase::Preserve;
        options.enable_trailers = true;
    });
    let input = b"HTTP/1.1 200 OK\r\nX-uP: 1\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (response, head) =
        parse_response(&parser, RequestKind::Plain, input).unwrap().expect("whole");
    let format = ResponseFormat {
        case: HeaderCase::ProperCaseWords,
        version: Protocol::Http11,
        request: RequestKind::Plain,
    };
    let mut out = Vec::new();
    write_response_head(&head, false, format, &mut out);
    assert_eq!(out, input);
    let mut body = BodyDecoder::new(response.framing, parser.trailer_rules());
    let piece = body.decode(&mut BytesMut::from("0\r\nX-tRAILER: 1\r\n\r\n")).unwrap();
    let Some(Piece::Trailers(trailers)) = piece else { panic!("{piece:?}") };
    out.clear();
    write_last_chunk(Some(&trailers), &mut out);
    assert_eq!(out, b"0\r\nx-trailer: 1\r\n\r\n", "no format is for trailers");
}

#[test]
fn a_reply_of_our_own_has_the_connections_case() {
    let mut head = Head::new();
    head.push(HeaderId::Status, b"404");
    head.push(HeaderId::Server, b"envoy");
    for (case, expected) in [
        (HeaderCase::Lower, "server: envoy\r\ncontent-length: 0\r\n"),
        (HeaderCase::Preserve, "server: envoy\r\ncontent-length: 0\r\n"),
        (HeaderCase::ProperCaseWords, "Server: envoy\r\nContent-Length: 0\r\n"),
    ] {
        let format =
            ResponseFormat { case, version: Protocol::Http11, request: RequestKind::Plain };
        let mut out = Vec::new();
        write_response_head(&head, true, format, &mut out);
        let expected = format!("HTTP/1.1 404 Not Found\r\n{expected}\r\n");
        assert_eq!(String::from_utf8(out).expect("ascii"), expected);
    }
}
