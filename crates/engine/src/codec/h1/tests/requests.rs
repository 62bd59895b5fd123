//! Start lines, fields and framing of requests.

use super::*;

const START: &str = "GET / HTTP/1.1\r\nHost: a\r\n";

/// Checks what of `fields` behind a plain start is kept.
fn check_fields(cases: &[(&str, &[u8], &str)]) {
    let parser = request_parser(|_| {});
    for (name, fields, kept) in cases {
        let input = [START.as_bytes(), fields, b"\r\n"].concat();
        let (request, head) = taken(&parser, &input);
        assert_eq!(request.consumed, input.len(), "{name}");
        let expected = format!(":authority=a :path=/ :method=GET{kept}");
        assert_eq!(show(&head), expected, "{name}");
    }
}

fn check_refused(error: RequestError, inputs: &[(&str, &[u8])]) {
    let parser = request_parser(|_| {});
    for (name, input) in inputs {
        assert_eq!(parse(&parser, input).err(), Some(error), "{name}");
    }
}

#[test]
fn a_plain_get() {
    let input = b"GET /a?b=1 HTTP/1.1\r\nHost: example\r\nX-Team: blue\r\n\r\nrest";
    let (request, head) = taken(&request_parser(|_| {}), input);
    let expected = RequestHead {
        consumed: input.len() - 4,
        version: Protocol::Http11,
        framing: BodyFraming::None,
        keep_alive: true,
        expect_continue: false,
        connect: false,
        upgrade: false,
        head: false,
        absolute_form: false,
        dropped_underscores: 0,
    };
    assert_eq!(request, expected);
    assert_eq!(show(&head), ":authority=example :path=/a?b=1 :method=GET x-team=blue");
}

#[test]
fn odd_start_lines_that_are_taken() {
    let parser = request_parser(|_| {});
    for (name, line) in [
        ("lf alone", "GET / HTTP/1.1\n"),
        ("two spaces", "GET  /  HTTP/1.1\r\n"),
        ("tabs", "GET\t/\tHTTP/1.1\r\n"),
        ("space at the end", "GET / HTTP/1.1 \r\n"),
        ("tab at the end", "GET / HTTP/1.1\t\r\n"),
        ("cr between", "GET /\r HTTP/1.1\r\n"),
        ("two cr", "GET / HTTP/1.1\r\r\n"),
    ] {
        let input = format!("{line}Host: a\r\n\r\n");
        let (request, head) = taken(&parser, input.as_bytes());
        assert_eq!(request.consumed, input.len(), "{name}");
        assert_eq!(request.version, Protocol::Http11, "{name}");
        assert_eq!(show(&head), ":authority=a :path=/ :method=GET", "{name}");
    }
}

#[test]
fn start_lines_that_are_refused() {
    use RequestError as E;
    let parser = request_parser(|_| {});
    for (name, line, error) in [
        ("lower-case method", "get / HTTP/1.1", E::InvalidMethod),
        ("unknown method", "FOO / HTTP/1.1", E::InvalidMethod),
        ("method with a dash", "M-SEARCH / HTTP/1.1", E::InvalidMethod),
        ("no target", "GET", E::InvalidTarget),
        ("version as target", "GET HTTP/1.1", E::InvalidTarget),
        ("relative target", "GET p HTTP/1.1", E::InvalidTarget),
        ("byte above ascii", "GET /\u{e9} HTTP/1.1", E::InvalidTarget),
        ("fourth word", "GET / HTTP/1.1 x", E::InvalidVersion),
        ("space in the target", "GET /a b HTTP/1.1", E::InvalidVersion),
        ("no dot", "GET / HTTP/11", E::InvalidVersion),
        ("two digits", "GET / HTTP/1.10", E::InvalidVersion),
        ("lower-case version", "GET / http/1.1", E::InvalidVersion),
        ("prefix of version", "GET / FOOHTTP/1.1", E::InvalidVersion),
        ("vertical tab", "GET\u{b}/\u{b}HTTP/1.1", E::InvalidCharacters),
        ("form feed", "GET\u{c}/\u{c}HTTP/1.1", E::InvalidCharacters),
        ("nul in the target", "GET /a\0b HTTP/1.1", E::InvalidCharacters),
        ("nul between", "GET\0/ HTTP/1.1", E::InvalidCharacters),
        ("del", "GET /\u{7f} HTTP/1.1", E::InvalidCharacters),
    ] {
        let input = format!("{line}\r\nHost: a\r\n\r\n");
        assert_eq!(parse(&parser, input.as_bytes()).err(), Some(error), "{name}");
    }
}

#[test]
fn a_start_line_is_judged_before_the_rest_has_come() {
    let parser = request_parser(|_| {});
    for (line, error) in [
        ("FOO / HTTP/1.1\r\n", RequestError::InvalidMethod),
        ("GET /\u{e9} HTTP/1.1\r\n", RequestError::InvalidTarget),
        ("GET / HTTP/1.1 x\n", RequestError::InvalidVersion),
        ("GET /\r\n", RequestError::LowVersion),
    ] {
        let (mut scan, mut head) = (HeadScan::default(), Head::new());
        let (before, last) = line.as_bytes().split_at(line.len() - 1);
        assert_eq!(parser.parse(&mut scan, before, &mut head), Ok(None), "{line:?}");
        let input = [before, last].concat();
        assert_eq!(parser.parse(&mut scan, &input, &mut head), Err(error), "{line:?}");
    }
    for line in ["GET / HTTP/1.0\r\n", "GET / HTTP/1.1\r\nX A: b\r\n", "FOO"] {
        assert_eq!(parse(&parser, line.as_bytes()).map(|parsed| parsed.is_some()), Ok(false));
    }
}

#[test]
fn methods() {
    let parser = request_parser(|_| {});
    let custom = request_parser(|options| options.allow_custom_methods = true);
    for method in ["PURGE", "MSEARCH", "QUERY", "OPTIONS", "UNSUBSCRIBE", "ACL"] {
        let input = format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(taken(&parser, input.as_bytes()).1.method(), method.as_bytes());
    }
    let input = b"foo / HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(taken(&custom, input).1.method(), b"foo");
    let input = b"F(OO / HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(parse(&custom, input).err(), Some(RequestError::InvalidMethod));
}

#[test]
fn versions() {
    let strict = request_parser(|_| {});
    let lenient = request_parser(|options| {
        options.accept_http_10 = true;
        options.default_host_for_http_10 = "default".into();
    });
    for line in ["GET / HTTP/1.0", "GET / HTTP/1.2", "GET / HTTP/3.7", "GET /", "GET / "] {
        let input = format!("{line}\r\n\r\n");
        let refused = parse(&strict, input.as_bytes()).err();
        assert_eq!(refused, Some(RequestError::LowVersion), "{line}");
        let (request, head) = taken(&lenient, input.as_bytes());
        assert_eq!(request.version, Protocol::Http10, "{line}");
        assert!(!request.keep_alive, "{line}");
        assert_eq!(head.authority(), b"default", "{line}");
    }
    let (_, head) = taken(&lenient, b"GET / HTTP/1.0\r\nX-A: 1\r\n\r\n");
    assert_eq!(show(&head), ":authority=default :path=/ :method=GET x-a=1");
    let input = b"GET / HTTP/1.0\r\nHost: own\r\nConnection: Keep-Alive\r\n\r\n";
    let (request, head) = taken(&lenient, input);
    assert!(request.keep_alive);
    assert_eq!(head.authority(), b"own");
    let input = b"GET / HTTP/1.0\r\nProxy-Connection: keep-alive\r\n\r\n";
    assert!(!taken(&lenient, input).0.keep_alive);
    let input = b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(taken(&lenient, input).0.framing, BodyFraming::Chunked);
}

#[test]
fn a_refusal_is_answered_in_the_version_of_its_request() {
    let version = |accept_http_10, input: &str| {
        let parser = request_parser(|options| options.accept_http_10 = accept_http_10);
        let mut scan = HeadScan::default();
        assert!(parser.parse(&mut scan, input.as_bytes(), &mut Head::new()).is_err());
        scan.reply_version()
    };
    let coding = "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n";
    assert_eq!(version(true, coding), Protocol::Http10);
    assert_eq!(version(false, coding), Protocol::Http11);
    let field = "POST / HTTP/1.0\r\nHost: a\r\nx y: 1\r\n\r\n";
    assert_eq!(version(true, field), Protocol::Http11, "refused before the version counts");
}

#[test]
fn a_request_without_a_version_ends_with_its_line() {
    let lenient = request_parser(|options| options.accept_http_10 = true);
    let (request, head) = taken(&lenient, b"GET /x\r\nHost: a\r\n\r\n");
    assert_eq!(request.consumed, 8);
    assert_eq!(show(&head), ":path=/x :method=GET");
}

#[test]
fn fields_that_are_taken() {
    check_fields(&[
        ("empty values", b"X-A:\r\nX-B: \r\n", " x-a= x-b="),
        ("space around", b"X-A: \tb\tc\t \r\n", " x-a=b\\tc"),
        ("bytes above ascii", b"X-A: b\xffc\xe9\r\n", " x-a=b\\xffc\\xe9"),
        ("lf alone", b"X-A: b\nX-B: c\n", " x-a=b x-b=c"),
        ("every token byte", b"!#$%&'*+-.^_`|~: b\r\n", " !#$%&\\'*+-.^_`|~=b"),
        ("folded", b"X-A: b\r\n c\r\n\td\r\nX-B: 1\r\n", " x-a=b c\\td x-b=1"),
        ("folded into nothing", b"X-A: b\r\n   \r\nX-B: 1\r\n", " x-a=b x-b=1"),
        ("folded before the value", b"X-A:\r\n c\r\n", " x-a=c"),
        ("a name that is folded away", b"X-A: 1\r\n X-C: c\r\n", " x-a=1 X-C: c"),
        ("cr in a value", b"X-A: b\rc\r\n", " x-a=bc"),
        ("cr at the ends of a value", b"X-A:\rb\r\r\n", " x-a=b"),
        ("cr before what looks like a field", b"X-A: b\rX-C: d\r\n", " x-a=bX-C: d"),
        (
            "repeated",
            b"X-A: 1\r\nx-a: 2\r\nCookie: a\r\nCookie: b\r\n",
            " x-a=1 x-a=2 cookie=a cookie=b",
        ),
        ("repeated and joined", b"Accept: 1\r\nX-A: 2\r\naccept: 3\r\n", " accept=1,3 x-a=2"),
    ]);
}

#[test]
fn fields_that_are_refused() {
    let request = |fields: &[u8]| [START.as_bytes(), fields, b"\r\n"].concat();
    let cases: &[(&str, &[u8])] = &[
        ("space before the colon", b"X-A : b\r\n"),
        ("tab before the colon", b"X-A\t: b\r\n"),
        ("space in the name", b"X A: b\r\n"),
        ("empty name", b": b\r\n"),
        ("no colon", b"X-A\r\n"),
        ("no colon in the last", b"X-A: 1\r\nfoo\r\n"),
        ("quote in the name", b"X\"A: b\r\n"),
        ("parenthesis in the name", b"X(A): b\r\n"),
        ("byte above ascii in the name", b"X\xe9: b\r\n"),
        ("pseudo-header", b":path: /b\r\n"),
        ("cr in the name", b"X-\rA: b\r\n"),
        ("colon in the folded line", b"X-A\r\n : c\r\n"),
        ("cr within a framing field", b"Transfer-Encoding: chun\rked\r\n"),
        ("cr within a length", b"Content-Length: 3\r3\r\n"),
    ];
    let inputs: Vec<_> = cases.iter().map(|(name, fields)| (*name, request(fields))).collect();
    let inputs: Vec<_> = inputs.iter().map(|(name, input)| (*name, &input[..])).collect();
    check_refused(RequestError::InvalidHeader, &inputs);
    check_refused(
        RequestError::InvalidHeader,
        &[("first line folded", b"GET / HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n")],
    );
    for byte in (0..0x20).chain([0x7f]).filter(|byte| !b"\t\r\n".contains(byte)) {
        let input = request(&[b"X-A: b", &[byte][..], b"c\r\n"].concat());
        check_refused(RequestError::InvalidCharacters, &[("control byte", &input)]);
    }
}

#[test]
fn hosts() {
    let parser = request_parser(|_| {});
    for (fields, authority) in [
        ("Host: a\r\nhOST: b\r\n", "a,b"),
        ("Host: a\r\nX: 1\r\nHost: a\r\n", "a,a"),
        ("Host:\r\n", ""),
        ("Host: u@a:b:c\r\n", "u@a:b:c"),
    ] {
        let input = format!("GET / HTTP/1.1\r\n{fields}\r\n");
        assert_eq!(taken(&parser, input.as_bytes()).1.authority(), authority.as_bytes());
    }
    for host in ["a b", "a/b", "a\"b", "\u{e9}", "a\r\n b"] {
        let input = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let refused = parse(&parser, input.as_bytes()).err();
        assert_eq!(refused, Some(RequestError::InvalidAuthority), "{host}");
    }
    let (_, head) = taken(&parser, b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(show(&head), ":path=/ :method=GET", "the connection manager answers");
}

#[test]
fn underscores() {
    let parse_with = |action, fields: &str| {
        let parser = RequestParser::new(&options(), action, LIMITS).expect("no patterns");
        parse(&parser, format!("{START}{fields}\r\n").as_bytes())
    };
    let fields = "X_A: 1\r\nX-B: 2\r\nTransfer_Encoding: chunked\r\n";
    let (request, head) =
        parse_with(HeadersWithUnderscores::DropHeader, fields).unwrap().expect("whole");
    assert_eq!(request.dropped_underscores, 2);
    assert_eq!(request.framing, BodyFraming::None);
    assert_eq!(show(&head), ":authority=a :path=/ :method=GET x-b=2");
    let refused = parse_with(HeadersWithUnderscores::RejectRequest, fields).err();
    assert_eq!(refused, Some(RequestError::UnexpectedUnderscore));
    let (request, _) = parse_with(HeadersWithUnderscores::Allow, fields).unwrap().expect("whole");
    assert_eq!(request.dropped_underscores, 0);
}

#[test]
fn framing() {
    use RequestError as E;
    let strict = request_parser(|_| {});
    let lenient = request_parser(|options| options.allow_chunked_length = true);
    let both = |fields: &str| {
        let input = format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        [&strict, &lenient].map(|parser| {
            parse(parser, input.as_bytes()).map(|parsed| parsed.expect("whole").0.framing)
        })
    };
    let same = |result: Result<BodyFraming, E>| [result, result];
    let length = |length| same(Ok(BodyFraming::Length(length)));
    let chunked = Ok(BodyFraming::Chunked);
    let contradiction = Err(E::ContentLengthAndChunked);
    let unsupported = same(Err(E::UnsupportedTransferEncoding));
    for (fields, expected) in [
        ("", same(Ok(BodyFraming::None))),
        ("Content-Length: 3\r\n", length(3)),
        ("Content-Length: 003\r\n", length(3)),
        ("Content-Length:\r\n 3\r\n", length(3)),
        ("Content-Length: 18446744073709551615\r\n", length(u64::MAX)),
        ("Content-Length: 0\r\n", same(Ok(BodyFraming::None))),
        ("Content-Length: 18446744073709551616\r\n", same(Err(E::InvalidContentLength))),
        ("Content-Length: +3\r\n", same(Err(E::InvalidContentLength))),
        ("Content-Length: -3\r\n", same(Err(E::InvalidContentLength))),
        ("Content-Length: 3,3\r\n", same(Err(E::InvalidContentLength))),
        ("Content-Length: 0x3\r\n", same(Err(E::InvalidContentLength))),
        ("Content-Length: 3 3\r\n", same(Err(E::InvalidContentLength))),
        ("Content-Length: 3.0\r\n", same(Err(E::InvalidContentLength))),
        ("Content-Length:\r\n", same(Err(E::InvalidContentLength))),
        ("Content-Length: 3\r\nContent-Length: 3\r\n", same(Err(E::DuplicateContentLength))),
        ("Content-Length: 3\r\ncontent-length: 4\r\n", same(Err(E::DuplicateContentLength))),
        ("Content-Length: a\r\nContent-Length: a\r\n", same(Err(E::DuplicateContentLength))),
        ("Transfer-Encoding: chunked\r\n", same(chunked)),
        ("Transfer-Encoding: CHUNKED\r\n", same(chunked)),
        ("Transfer-Encoding:\r\n chunked\r\n \r\n", same(chunked)),
        ("Transfer-Encoding: gzip\r\n", unsupported),
        ("Transfer-Encoding: identity\r\n", unsupported),
        ("Transfer-Encoding: gzip, chunked\r\n", unsupported),
        ("Transfer-Encoding: chunked, identity\r\n", unsupported),
        ("Transfer-Encoding: chunked,\r\n", unsupported),
        ("Transfer-Encoding: xchunked\r\n", unsupported),
        ("Transfer-Encoding: \"chunked\"\r\n", unsupported),
        ("Transfer-Encoding:\r\n", unsupported),
        ("Transfer-Encoding: chun\r\n ked\r\n", unsupported),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", unsupported),
        ("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", unsupported),
        ("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", [contradiction, chunked]),
        ("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", [contradiction, chunked]),
        ("Content-Length: a\r\nTransfer-Encoding: chunked\r\n", [contradiction, chunked]),
        ("Content-Length: 3\r\nTransfer-Encoding: gzip\r\n", same(contradiction)),
        ("Content-Length: 3\r\nTransfer-Encoding: identity\r\n", same(contradiction)),
    ] {
        assert_eq!(both(fields), expected, "{fields:?}");
    }
    let input = b"GET / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(show(&taken(&lenient, input).1), ":path=/ :method=GET", "the length is dropped");
    let input = b"GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\n";
    assert_eq!(show(&taken(&strict, input).1), ":path=/ :method=GET content-length=3");
}

#[test]
fn line_ends_before_a_request_belong_to_none_however_they_arrive() {
    let input = "\r\n\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let parser = request_parser(|_| {});
    let (mut scan, mut head) = (HeadScan::default(), Head::new());
    for end in 0..input.len() {
        let parsed = parser.parse(&mut scan, &input.as_bytes()[..end], &mut head);
        assert_eq!(parsed, Ok(None), "after {end} bytes");
    }
    let parsed = parser.parse(&mut scan, input.as_bytes(), &mut head).unwrap().unwrap();
    assert_eq!(parsed.consumed, input.len());
}

#[test]
fn nothing_else_may_stand_before_a_request() {
    for before in ["\u{3}", " ", "\r\n\u{3}"] {
        let input = format!("{before}GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        let refused = parse(&request_parser(|_| {}), input.as_bytes()).err();
        assert_eq!(refused, Some(RequestError::InvalidMethod), "{before:?}");
    }
}

#[test]
fn answers_to_what_is_refused() {
    use RequestError as E;
    for (error, status, details) in [
        (E::InvalidMethod, 400, "http1.codec_error"),
        (E::InvalidCharacters, 400, "http1.invalid_characters"),
        (E::UnexpectedUnderscore, 400, "http1.unexpected_underscore"),
        (E::InvalidUrl, 400, "http1.invalid_url"),
        (E::InvalidScheme, 400, "http1.invalid_scheme"),
        (E::HttpsInPlaintext, 403, "http1.https_url_on_plaintext_connection"),
        (E::InvalidAuthority, 400, "http.invalid_authority"),
        (E::ContentLengthAndChunked, 400, "http1.content_length_and_chunked_not_allowed"),
        (E::BodyDisallowed, 400, "http1.body_disallowed"),
        (E::ConnectionHeaderRejected, 400, "http1.connection_header_rejected"),
        (E::LowVersion, 426, "low_version"),
        (E::HeadersTooLarge, 431, "http1.headers_too_large"),
        (E::TooManyHeaders, 431, "http1.too_many_headers"),
        (E::UnsupportedTransferEncoding, 501, "http1.invalid_transfer_encoding"),
    ] {
        assert_eq!((error.status(), error.details()), (status, details), "{error:?}");
    }
}
