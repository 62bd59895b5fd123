//! What is written for a head, and how its body must then be framed.

use super::*;
use crate::head::header_name::{HeaderId, HeaderKey};

fn head(fields: &[(&str, &str)]) -> Head {
    let mut head = Head::new();
    for (name, value) in fields {
        head.push_key(&HeaderKey::new(name), value.as_bytes());
    }
    head
}

fn request(fields: &[(&str, &str)], end: bool) -> (String, BodyFraming) {
    let format = RequestFormat { case: HeaderCase::Lower, fully_qualified: false };
    let mut out = Vec::new();
    let framing = write_request_head(&head(fields), end, format, &mut out);
    (String::from_utf8(out).expect("ascii"), framing)
}

fn response(
    version: Protocol,
    request: RequestKind,
    fields: &[(&str, &str)],
    end: bool,
) -> (String, BodyFraming) {
    let format = ResponseFormat { case: HeaderCase::Lower, version, request };
    let mut out = Vec::new();
    let framing = write_response_head(&head(fields), end, format, &mut out);
    (String::from_utf8(out).expect("ascii"), framing)
}

#[test]
fn requests_without_a_body() {
    for (method, added) in [
        ("GET", ""),
        ("HEAD", ""),
        ("DELETE", ""),
        ("TRACE", ""),
        ("POST", "content-length: 0\r\n"),
        ("PUT", "content-length: 0\r\n"),
        ("OPTIONS", "content-length: 0\r\n"),
        ("PURGE", "content-length: 0\r\n"),
        ("foo", "content-length: 0\r\n"),
    ] {
        let fields = [(":method", method), (":path", "/p?q"), (":authority", "a"), ("x-a", "1")];
        let (text, framing) = request(&fields, true);
        let expected = format!("{method} /p?q HTTP/1.1\r\nhost: a\r\nx-a: 1\r\n{added}\r\n");
        assert_eq!((text, framing), (expected, BodyFraming::None));
    }
}

#[test]
fn requests_with_a_body() {
    let fields = [(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", "a")];
    let (text, framing) = request(&fields, false);
    assert_eq!(text, "GET / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
    assert_eq!(framing, BodyFraming::Chunked);
    let fields = [(":method", "GET"), (":path", "/"), ("content-length", "03")];
    let (text, framing) = request(&fields, false);
    assert_eq!(text, "GET / HTTP/1.1\r\ncontent-length: 03\r\n\r\n");
    assert_eq!(framing, BodyFraming::Length(3));
}

#[test]
fn requests_that_leave_http() {
    let (text, framing) = request(&[(":method", "CONNECT"), (":authority", "a:80")], false);
    assert_eq!(text, "CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n");
    assert_eq!(framing, BodyFraming::Upgraded);
    let upgrade = [("connection", "x, Upgrade"), ("upgrade", "websocket"), ("content-length", "3")];
    let fields = [&[(":method", "POST"), (":path", "/")], &upgrade[..]].concat();
    assert_eq!(request(&fields, false).1, BodyFraming::Upgraded);
    let fields = [(":method", "POST"), (":path", "/"), ("upgrade", "websocket")];
    assert_eq!(request(&fields, false).1, BodyFraming::Chunked, "no connection: upgrade");
}

#[test]
fn fully_qualified_targets() {
    let format = RequestFormat { case: HeaderCase::Lower, fully_qualified: true };
    let written = |fields: &[(&str, &str)]| {
        let mut out = Vec::new();
        write_request_head(&head(fields), true, format, &mut out);
        String::from_utf8(out).expect("ascii")
    };
    let fields = [(":method", "GET"), (":path", "/p"), (":scheme", "https"), (":authority", "a:1")];
    assert_eq!(written(&fields), "GET https://a:1/p HTTP/1.1\r\nhost: a:1\r\n\r\n");
    let fields = [(":method", "CONNECT"), (":authority", "a:1")];
    assert_eq!(written(&fields), "CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n");
}

#[test]
fn responses() {
    use BodyFraming as F;
    use Protocol::{Http10, Http11};
    use RequestKind::{Connect, Head, Plain, Upgrade};
    let chunked = "transfer-encoding: chunked\r\n";
    let zero = "content-length: 0\r\n";
    for (version, request, status, end, phrase, added, framing) in [
        (Http11, Plain, "200", false, "OK", chunked, F::Chunked),
        (Http11, Plain, "200", true, "OK", zero, F::None),
        (Http11, Plain, "299", true, "Unknown", zero, F::None),
        (Http11, Plain, "418", true, "Unknown", zero, F::None),
        (Http11, Plain, "425", true, "Too Early", zero, F::None),
        (Http11, Plain, "599", true, "Last Unassigned Server Error Code", zero, F::None),
        (Http11, Plain, "204", true, "No Content", "", F::None),
        (Http11, Plain, "304", true, "Not Modified", "", F::None),
        (Http11, Plain, "205", true, "Reset Content", zero, F::None),
        (Http11, Plain, "100", true, "Continue", "", F::None),
        (Http11, Plain, "103", true, "Unknown", "", F::None),
        (Http11, Plain, "101", true, "Switching Protocols", "", F::None),
        (Http11, Head, "200", true, "OK", chunked, F::None),
        (Http11, Head, "200", false, "OK", chunked, F::None),
        (Http11, Upgrade, "101", false, "Switching Protocols", "", F::Upgraded),
        (Http11, Upgrade, "403", false, "Forbidden", chunked, F::Chunked),
        (Http11, Connect, "200", false, "OK", "", F::Upgraded),
        (Http11, Connect, "503", false, "Service Unavailable", chunked, F::Chunked),
        (Http10, Plain, "200", false, "OK", "", F::UntilClose),
        (Http10, Plain, "200", true, "OK", zero, F::None),
        (Http10, Head, "200", true, "OK", "", F::None),
    ] {
        let written = response(version, request, &[(":status", status)], end);
        let version = version.as_str();
        let expected = format!("{version} {status} {phrase}\r\n{added}\r\n");
        assert_eq!(written, (expected, framing), "{request:?} {status} {end}");
    }
}

#[test]
fn responses_that_name_their_length() {
    use Protocol::{Http10, Http11};
    let fields = [(":status", "200"), ("content-length", "7")];
    for (version, request, framing) in [
        (Http11, RequestKind::Plain, BodyFraming::Length(7)),
        (Http10, RequestKind::Plain, BodyFraming::Length(7)),
        (Http11, RequestKind::Head, BodyFraming::None),
        (Http11, RequestKind::Connect, BodyFraming::Upgraded),
    ] {
        let (text, framed) = response(version, request, &fields, false);
        let expected = format!("{} 200 OK\r\ncontent-length: 7\r\n\r\n", version.as_str());
        assert_eq!((text, framed), (expected, framing), "{request:?}");
    }
}

#[test]
fn chunk_lines() {
    for (len, line) in [
        (1, "1\r\n"),
        (15, "f\r\n"),
        (16, "10\r\n"),
        (0xabc, "abc\r\n"),
        (usize::MAX, "ffffffffffffffff\r\n"),
    ] {
        let mut out = Vec::new();
        write_chunk_start(len, &mut out);
        assert_eq!(out, line.as_bytes());
    }
    let mut out = Vec::new();
    write_last_chunk(None, &mut out);
    write_last_chunk(Some(&head(&[("x-t", "1")])), &mut out);
    assert_eq!(out, b"0\r\n\r\n0\r\nx-t: 1\r\n\r\n");
}

#[test]
fn the_authority_is_written_where_it_stands() {
    let mut sent = head(&[(":method", "GET"), (":path", "/"), ("x-a", "1")]);
    sent.push(HeaderId::Authority, b"late");
    let format = RequestFormat { case: HeaderCase::Lower, fully_qualified: false };
    let mut out = Vec::new();
    write_request_head(&sent, true, format, &mut out);
    assert_eq!(out, b"GET / HTTP/1.1\r\nx-a: 1\r\nhost: late\r\n\r\n");
}
