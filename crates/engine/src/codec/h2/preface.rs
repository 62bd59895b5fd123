//! Which protocol a connection speaks, from its first bytes (`codec_type: AUTO`): HTTP/2 with
//! prior knowledge begins with a fixed preface (RFC 9113, 3.4), all else is HTTP/1.
//!
//! As with Envoy, what arrives first decides: a start of the preface that stops within its first
//! line's version is HTTP/1, and one that goes on differently behind that is broken HTTP/2.

/// The client's connection preface.
pub const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// As much of the preface as tells HTTP/2 from all else.
const TELLING: &[u8] = b"PRI * HTTP/2";

/// Whether a connection that begins with these bytes speaks HTTP/2.
pub fn is_http2(first: &[u8]) -> bool {
    first.starts_with(TELLING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_the_preface_is_http2() {
        assert!(is_http2(PREFACE));
        assert!(is_http2(&PREFACE[..TELLING.len()]));
        assert!(is_http2(b"PRI * HTTP/2.0\r\n\r\nxx"));
    }

    #[test]
    fn less_of_it_and_anything_else_is_http1() {
        for cut in 0..TELLING.len() {
            assert!(!is_http2(&PREFACE[..cut]), "{cut}");
        }
        assert!(!is_http2(b"PRI * HTTP/1.1\r\n"));
        assert!(!is_http2(b"\r\nPRI * HTTP/2.0\r\n"));
    }
}
