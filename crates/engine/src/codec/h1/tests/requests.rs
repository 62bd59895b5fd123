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
