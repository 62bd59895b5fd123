//! Responses: status lines, framing by status and request, interim responses.

use super::*;

fn read(
    parser: &ResponseParser,
    request: RequestKind,
    input: &[u8],
) -> Result<(u16, BodyFraming, bool, String), ResponseError> {
    parse_response(parser, request, input).map(|parsed| {
        let (response, head) = parsed.expect("whole");
        assert_eq!(response.consumed, input.len());
        (response.status, response.framing, response.keep_alive, show(&head))
    })
}

#[test]
fn status_lines_that_are_taken() {
    let parser = response_parser(|_| {});
    for (name, line, status) in [
        ("plain", &b"HTTP/1.1 200 OK\r\n"[..], 200),
        ("lf alone", b"HTTP/1.1 200 OK\n", 200),
        ("no reason", b"HTTP/1.1 200\r\n", 200),
        ("empty reason", b"HTTP/1.1 200 \r\n", 200),
        ("reason above ascii", b"HTTP/1.1 200 \xe9 foo bar\r\n", 200),
        ("two spaces", b"HTTP/1.1  200  OK\r\n", 200),
        ("tabs", b"HTTP/1.1\t200\tOK\r\n", 200),
        ("unknown status", b"HTTP/1.1 299 Weird\r\n", 299),
        ("high status", b"HTTP/1.1 999 X\r\n", 999),
        ("higher status", b"HTTP/1.1 1000 X\r\n", 1000),
        ("zero before", b"HTTP/1.1 0200 X\r\n", 200),
        ("sign before", b"HTTP/1.1 +200 X\r\n", 200),
        ("other version", b"HTTP/2.0 200 OK\r\n", 200),
    ] {
        let input = [line, b"content-length: 2\r\n\r\n"].concat();
        let read = read(&parser, RequestKind::Plain, &input);
        let (got, framing, ..) = read.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((got, framing), (status, BodyFraming::Length(2)), "{name}");
    }
}

#[test]
fn status_lines_that_are_refused() {
    use ResponseError as E;
    let parser = response_parser(|_| {});
    for (line, error) in [
        ("\r\nHTTP/1.1 200 OK", E::InvalidStart),
        (" HTTP/1.1 200 OK", E::InvalidStart),
        ("XTTP/1.1 200 OK", E::InvalidStart),
        ("ICY 200 OK", E::InvalidStart),
        ("\0HTTP/1.1 200 OK", E::InvalidStart),
        ("Hello", E::InvalidStatus),
        ("HTTP/1.1", E::InvalidStatus),
        ("HTTP/1.1 2xx X", E::InvalidStatus),
        ("HTTP/1.1 99 X", E::InvalidStatus),
        ("HTTP/1.1 099 X", E::InvalidStatus),
        ("HTTP/1.1 0 X", E::InvalidStatus),
        ("HTTP/1.1 65536 X", E::InvalidStatus),
        ("HTTP/1.10 200 OK", E::InvalidVersion),
        ("HTTP/11 200 OK", E::InvalidVersion),
        ("HTTPX/1.1 200 OK", E::InvalidVersion),
        ("HTTP/1.1 200 a\0b", E::InvalidCharacters),
    ] {
        let input = format!("{line}\r\ncontent-length: 2\r\n\r\n");
        assert_eq!(read(&parser, RequestKind::Plain, input.as_bytes()), Err(error), "{line:?}");
    }
}

#[test]
fn a_status_line_is_judged_before_the_rest_has_come() {
    let parser = response_parser(|_| {});
    let error = |input: &str| parse_response(&parser, RequestKind::Plain, input.as_bytes()).err();
    assert_eq!(error("X"), Some(ResponseError::InvalidStart));
    assert_eq!(error("Hello"), None);
    assert_eq!(error("Hello\r\n"), Some(ResponseError::InvalidStatus));
    assert_eq!(error("HTTP/1.1 200 OK\r\n"), None);
}

#[test]
fn framing() {
    use ResponseError as E;
    let parser = response_parser(|_| {});
    let lenient = response_parser(|options| options.allow_chunked_length = true);
    let framing = |parser, fields: &str| {
        let input = format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
        read(parser, RequestKind::Plain, input.as_bytes()).map(|(_, framing, alive, head)| {
            assert!(!head.contains("transfer-encoding"));
            (framing, alive)
        })
    };
    for (fields, expected) in [
        ("", Ok((BodyFraming::UntilClose, false))),
        ("Content-Length: 002\r\n", Ok((BodyFraming::Length(2), true))),
        ("Content-Length: 0\r\n", Ok((BodyFraming::None, true))),
        ("Transfer-Encoding: CHUNKED\r\n", Ok((BodyFraming::Chunked, true))),
        ("Transfer-Encoding: identity\r\n", Err(E::UnsupportedTransferEncoding)),
        ("Transfer-Encoding: gzip, chunked\r\n", Err(E::UnsupportedTransferEncoding)),
        ("Content-Length: 2\r\nContent-Length: 2\r\n", Err(E::DuplicateContentLength)),
        ("Content-Length: 2, 2\r\n", Err(E::InvalidContentLength)),
        ("Content-Length: +2\r\n", Err(E::InvalidContentLength)),
        ("Content-Length:\r\n", Err(E::InvalidContentLength)),
        ("Content-Length: 1\r2\r\n", Err(E::InvalidHeader)),
        ("Transfer-Encoding: chun\rked\r\n", Err(E::InvalidHeader)),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", Err(E::ContentLengthAndChunked)),
    ] {
        assert_eq!(framing(&parser, fields), expected, "{fields:?}");
    }
    let both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
    assert_eq!(framing(&lenient, both), Ok((BodyFraming::Chunked, true)));
}

#[test]
fn framing_by_status_and_request() {
    use BodyFraming as F;
    use RequestKind::{Connect, Head, Plain, Upgrade};
    use ResponseError as E;
    let parser = response_parser(|_| {});
    let switch = "connection: upgrade\r\nupgrade: websocket\r\n";
    let switch_and_length = format!("{switch}content-length: 3\r\n");
    for (request, status, fields, expected) in [
        (Plain, 204, "", Ok(F::None)),
        (Plain, 204, "content-length: 0\r\n", Ok(F::None)),
        (Plain, 204, "content-length: 00\r\n", Err(E::ContentLengthNotAllowed)),
        (Plain, 204, "content-length: 2\r\n", Err(E::ContentLengthNotAllowed)),
        (Plain, 204, "transfer-encoding: chunked\r\n", Err(E::TransferEncodingNotAllowed)),
        (Plain, 304, "", Ok(F::None)),
        (Plain, 304, "content-length: 20\r\n", Ok(F::None)),
        (Plain, 304, "transfer-encoding: chunked\r\n", Ok(F::None)),
        (Plain, 205, "content-length: 2\r\n", Ok(F::Length(2))),
        (Plain, 101, switch, Ok(F::None)),
        (Head, 200, "", Ok(F::None)),
        (Head, 200, "content-length: 20\r\n", Ok(F::None)),
        (Head, 200, "transfer-encoding: chunked\r\n", Ok(F::None)),
        (Head, 200, "content-length: x\r\n", Err(E::InvalidContentLength)),
        (Upgrade, 101, switch, Ok(F::Upgraded)),
        (Upgrade, 101, "", Ok(F::None)),
        (Upgrade, 101, &switch_and_length, Err(E::ContentLengthNotAllowed)),
        (Upgrade, 200, "content-length: 2\r\n", Ok(F::Length(2))),
        (Connect, 200, "", Ok(F::Upgraded)),
        (Connect, 200, "content-length: 3\r\n", Ok(F::Upgraded)),
        (Connect, 200, "transfer-encoding: chunked\r\n", Ok(F::Upgraded)),
        (Connect, 403, "content-length: 2\r\n", Ok(F::Length(2))),
    ] {
        let input = format!("HTTP/1.1 {status} X\r\n{fields}\r\n");
        let framing = read(&parser, request, input.as_bytes()).map(|(_, framing, ..)| framing);
        assert_eq!(framing, expected, "{request:?} {status} {fields:?}");
    }
}

#[test]
fn keeping_the_connection() {
    let parser = response_parser(|_| {});
    for (version, fields, keep_alive) in [
        ("1.1", "", true),
        ("1.1", "connection: foo, Close\r\n", false),
        ("1.1", "proxy-connection: close\r\n", false),
        ("1.0", "", false),
        ("1.0", "connection: keep-alive\r\n", true),
        ("1.0", "proxy-connection: keep-alive\r\n", false),
        ("1.2", "", false),
    ] {
        let input = format!("HTTP/{version} 200 OK\r\n{fields}content-length: 2\r\n\r\n");
        let (_, _, kept, _) = read(&parser, RequestKind::Plain, input.as_bytes()).unwrap();
        assert_eq!(kept, keep_alive, "{version} {fields:?}");
    }
}

#[test]
fn interim_responses() {
    let parser = response_parser(|_| {});
    for (status, interim) in [(100, true), (102, true), (103, true), (199, true), (101, false)] {
        let input = format!("HTTP/1.1 {status} X\r\nlink: a\r\n\r\n");
        let parsed = parse_response(&parser, RequestKind::Plain, input.as_bytes());
        let (response, _) = parsed.unwrap().expect("whole");
        assert_eq!(response.is_informational(), interim, "{status}");
        assert_eq!(response.framing, BodyFraming::None, "{status}");
    }
    let input = b"HTTP/1.1 100 X\r\ncontent-length: 2\r\n\r\n";
    let refused = read(&parser, RequestKind::Plain, input);
    assert_eq!(refused, Err(ResponseError::ContentLengthNotAllowed));
}

#[test]
fn fields() {
    let parser = response_parser(|_| {});
    let fields = |fields: &[u8]| {
        let input = [b"HTTP/1.1 204 X\r\n", fields, b"\r\n"].concat();
        read(&parser, RequestKind::Plain, &input).map(|(.., head)| head)
    };
    for (input, kept) in [
        (&b"x: \xe9\r\n"[..], ":status=204 x=\\xe9"),
        (b"x: a\rb\r\n", ":status=204 x=ab"),
        (b"x: a\r\n b\r\n", ":status=204 x=a b"),
        (b"x_y: a\r\n", ":status=204 x_y=a"),
        (b"set-cookie: a\r\nset-cookie: b\r\n", ":status=204 set-cookie=a set-cookie=b"),
        (b"vary: a\r\nvary: b\r\n", ":status=204 vary=a,b"),
    ] {
        assert_eq!(fields(input).as_deref(), Ok(kept));
    }
    for input in [&b"x y: 1\r\n"[..], b"x : 1\r\n", b"xy\r\n", b": a\r\n", b":status: 500\r\n"] {
        assert_eq!(fields(input), Err(ResponseError::InvalidHeader));
    }
    for input in [&b"x: a\0b\r\n"[..], b"x: a\x07b\r\n"] {
        assert_eq!(fields(input), Err(ResponseError::InvalidCharacters));
    }
}
