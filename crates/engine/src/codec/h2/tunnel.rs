//! Upgrades of HTTP/1 are extended CONNECT in HTTP/2 (RFC 8441). The engine knows them in the form
//! of HTTP/1; here one becomes the other, as in Envoy's codec.

use http::HeaderMap;
use http::header::CONTENT_LENGTH;

use crate::head::Head;
use crate::head::header_name::HeaderId;

/// A CONNECT of this protocol is a plain one.
const BYTESTREAM: &[u8] = b"bytestream";

/// Gives an extended CONNECT the form of an upgrade.
pub(super) fn to_upgrade(head: &mut Head) {
    let Some(protocol) = head.get(HeaderId::Protocol) else { return };
    if protocol.is_empty() || protocol == BYTESTREAM || head.method() != b"CONNECT" {
        return;
    }
    let protocol = protocol.to_vec();
    head.set(HeaderId::Method, b"GET");
    head.push(HeaderId::Upgrade, &protocol);
    head.push(HeaderId::Connection, b"upgrade");
    head.remove(HeaderId::Protocol);
}

/// What a request asks to be upgraded to.
pub(super) fn upgrade_of(head: &Head) -> Option<&str> {
    head.get_str(HeaderId::Upgrade).filter(|_| head.is_upgrade())
}

/// The status of a response: a switch of protocols is a plain success.
pub(super) fn status(head: &Head) -> u16 {
    match head.status() {
        101 if head.is_upgrade() => 200,
        status => status,
    }
}

/// The answer to an upgrade in the form that HTTP/1 gives it.
pub(super) fn to_switch(head: &mut Head, upgrade: &str) {
    if head.status() == 200 {
        head.push(HeaderId::Upgrade, upgrade.as_bytes());
        head.push(HeaderId::Connection, b"upgrade");
        head.set(HeaderId::Status, b"101");
    }
}

/// A tunnel has no length; the one that says so is left out.
pub(super) fn strip_length(fields: &mut HeaderMap) {
    if fields.get(CONTENT_LENGTH).is_some_and(|length| length == "0") {
        fields.remove(CONTENT_LENGTH);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(headers: &[(HeaderId, &str)]) -> Head {
        let mut head = Head::new();
        for (id, value) in headers {
            head.push(*id, value.as_bytes());
        }
        head
    }

    #[test]
    fn extended_connect_is_an_upgrade_and_back() {
        let mut request = head(&[(HeaderId::Method, "CONNECT"), (HeaderId::Protocol, "websocket")]);
        to_upgrade(&mut request);
        assert_eq!(request.method(), b"GET");
        assert!(!request.contains(HeaderId::Protocol));
        assert_eq!(upgrade_of(&request), Some("websocket"));
        let mut response = head(&[(HeaderId::Status, "200")]);
        to_switch(&mut response, "websocket");
        assert_eq!((response.status(), response.is_upgrade()), (101, true));
        assert_eq!(status(&response), 200);
    }

    #[test]
    fn a_stream_of_bytes_stays_a_connect() {
        let mut request =
            head(&[(HeaderId::Method, "CONNECT"), (HeaderId::Protocol, "bytestream")]);
        to_upgrade(&mut request);
        assert_eq!(request.method(), b"CONNECT");
        assert_eq!(upgrade_of(&request), None);
    }

    #[test]
    fn a_refusal_is_passed_on_as_it_is() {
        let mut response = head(&[(HeaderId::Status, "404")]);
        to_switch(&mut response, "websocket");
        assert_eq!((response.status(), response.is_upgrade()), (404, false));
    }
}
