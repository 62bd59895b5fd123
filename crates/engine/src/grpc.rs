//! What gRPC looks like on HTTP (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>):
//! content types, the method in a path, statuses; its frames and its statistics.

use crate::head::Head;
use crate::head::header_name::HeaderId;

pub mod frame;
pub mod stats;

/// The message speaks gRPC (`application/grpc`, `application/grpc+proto`).
pub fn is_grpc(head: &Head) -> bool {
    let content_type = head.get(HeaderId::ContentType).unwrap_or_default();
    match content_type.strip_prefix(b"application/grpc") {
        Some(rest) => rest.is_empty() || rest[0] == b'+',
        None => false,
    }
}

/// A response of gRPC; of one that is nothing but a head its status tells.
pub fn is_grpc_response(head: &Head, end: bool) -> bool {
    if end { head.contains(HeaderId::GrpcStatus) } else { head.status() == 200 && is_grpc(head) }
}

/// The gRPC status of an HTTP status (Envoy's `httpToGrpcStatus`).
pub fn status_of(status: u16) -> u8 {
    match status {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502 | 503 | 504 => 14,
        _ => 2,
    }
}

/// Service and method of a path that has nothing else.
pub fn method_of(path: &[u8]) -> Option<(&str, &str)> {
    let end = memchr::memchr(b'?', path).unwrap_or(path.len());
    let path = std::str::from_utf8(&path[..end]).ok()?;
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let (service, method) = (parts.next()?, parts.next()?);
    parts.next().is_none().then_some((service, method))
}

/// As gRPC wants messages in headers: printable ASCII but `%`, the rest as `%XX`.
pub fn percent_encode(text: &[u8]) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for &byte in text {
        match byte {
            b' '..=b'~' if byte != b'%' => encoded.push(byte as char),
            _ => {
                encoded.push('%');
                encoded.push(HEX[usize::from(byte >> 4)] as char);
                encoded.push(HEX[usize::from(byte & 15)] as char);
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_printable() {
        assert_eq!(percent_encode("100% é\n".as_bytes()), "100%25 %C3%A9%0A");
    }

    #[test]
    fn a_path_of_two_parts_names_a_method() {
        for path in ["/a.B/C", "/a.B/C?x=/y", "//a.B//C/", "a.B/C"] {
            assert_eq!(method_of(path.as_bytes()), Some(("a.B", "C")), "{path}");
        }
        for path in ["/", "/a.B", "/a.B/C/D", "/a.B?/C", ""] {
            assert_eq!(method_of(path.as_bytes()), None, "{path}");
        }
    }

    #[test]
    fn a_response_is_known_by_its_type_or_its_status() {
        let head = |lines: &[(HeaderId, &str)]| {
            let mut head = Head::new();
            for (id, value) in lines {
                head.push(*id, value.as_bytes());
            }
            head
        };
        let typed = (HeaderId::ContentType, "application/grpc+proto");
        let (ok, busy) = ((HeaderId::Status, "200"), (HeaderId::Status, "503"));
        assert!(is_grpc_response(&head(&[ok, typed]), false));
        assert!(!is_grpc_response(&head(&[ok, typed]), true));
        assert!(!is_grpc_response(&head(&[busy, typed]), false));
        assert!(is_grpc_response(&head(&[busy, (HeaderId::GrpcStatus, "5")]), true));
        assert!(!is_grpc_response(
            &head(&[ok, (HeaderId::ContentType, "application/grpc-web")]),
            false
        ));
    }
}
