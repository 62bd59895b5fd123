//! Which protocol a connection speaks, from its first bytes (`codec_type: AUTO`): HTTP/2 with
//! prior knowledge begins with a fixed preface (RFC 9113, 3.4), all else is HTTP/1.

/// The client's connection preface.
pub const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What the first bytes of a connection say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniffed {
    Http1,
    Http2,
    /// All bytes so far agree with the preface, but it is not complete.
    NeedMore,
}

/// Judges the bytes received so far.
pub fn sniff(bytes: &[u8]) -> Sniffed {
    let seen = bytes.len().min(PREFACE.len());
    if bytes[..seen] != PREFACE[..seen] {
        Sniffed::Http1
    } else if seen == PREFACE.len() {
        Sniffed::Http2
    } else {
        Sniffed::NeedMore
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preface_in_pieces_is_http2() {
        for cut in 0..PREFACE.len() {
            assert_eq!(sniff(&PREFACE[..cut]), Sniffed::NeedMore, "{cut}");
        }
        assert_eq!(sniff(PREFACE), Sniffed::Http2);
        assert_eq!(sniff(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04"), Sniffed::Http2);
    }

    #[test]
    fn anything_else_is_http1_at_its_first_differing_byte() {
        assert_eq!(sniff(b"G"), Sniffed::Http1);
        assert_eq!(sniff(b"PRI * HTTP/1.1\r\n"), Sniffed::Http1);
        assert_eq!(sniff(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r"), Sniffed::Http1);
    }
}
