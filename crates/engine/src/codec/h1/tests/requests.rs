use super::*;
use crate::codec::Protocol;

#[test]
fn a_plain_get() {
    let input = "GET /a?b=1 HTTP/1.1\r\nHost: example\r\nX-Team: blue\r\n\r\nrest";
    let (request, head) = parse_request(input).unwrap().unwrap();
    assert_eq!(request.consumed, input.len() - 4);
    assert_eq!(request.version, Protocol::Http11);
    assert_eq!(request.framing, BodyFraming::None);
    assert!(request.keep_alive);
    assert_eq!(head.method(), b"GET");
    assert_eq!(head.path(), b"/a?b=1");
    assert_eq!(head.authority(), b"example");
}

#[test]
fn line_ends_before_a_request_belong_to_none_however_they_arrive() {
    let input = "\r\n\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let parser = RequestParser::new(&options(), HeadersWithUnderscores::Allow, LIMITS);
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
        assert_eq!(parse_request(&input).err(), Some(RequestError::InvalidMethod), "{before:?}");
    }
}

#[test]
fn nothing_may_stand_before_a_response() {
    for before in ["\r\n", "\0", " "] {
        let input = format!("{before}HTTP/1.1 200 OK\r\n\r\n");
        let parser = ResponseParser::new(&options(), LIMITS);
        let (mut scan, mut head) = (HeadScan::default(), Head::new());
        let parsed = parser.parse(&mut scan, input.as_bytes(), RequestKind::Plain, &mut head);
        assert_eq!(parsed, Err(ResponseError::InvalidStart), "{before:?}");
    }
}
