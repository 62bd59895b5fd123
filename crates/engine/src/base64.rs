//! Base64 (RFC 4648, 4), as strict as Envoy: nothing but the alphabet, padding at the end alone,
//! and no bits to spare.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Appends the text of some bytes, padded.
pub fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    for group in bytes.chunks(3) {
        let mut bits = [0; 4];
        bits[1..=group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes(bits);
        for digit in 0..4 {
            out.push(match digit {
                _ if digit > group.len() => b'=',
                _ => ALPHABET[(bits >> (18 - 6 * digit) & 63) as usize],
            });
        }
    }
}

/// The bytes of a text of whole groups; nothing when the text is not such.
pub fn decode_padded(text: &[u8]) -> Option<Vec<u8>> {
    if text.len().is_multiple_of(4) { decode(text) } else { None }
}

/// The bytes of a text whose padding may be missing; nothing when the text is not such.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    if text.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for group in text.chunks(4) {
        let mut bits = 0u32;
        for &digit in group {
            bits = bits << 6 | value(digit)?;
        }
        bits <<= 6 * (4 - group.len());
        let decoded = bits.to_be_bytes();
        let (whole, spare) = decoded[1..].split_at(group.len() - 1);
        if spare.iter().any(|&bits| bits != 0) {
            return None;
        }
        bytes.extend_from_slice(whole);
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u32> {
    Some(u32::from(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: [(&str, &str); 7] = [
        ("", ""),
        ("Zg==", "f"),
        ("Zm8=", "fo"),
        ("Zm9v", "foo"),
        ("Zm9vYg==", "foob"),
        ("Zm9vYmE=", "fooba"),
        ("+/+/", "\u{fb}\u{ff}\u{bf}"),
    ];

    #[test]
    fn bytes_and_their_text() {
        for (text, bytes) in PAIRS {
            let bytes: Vec<u8> = bytes.chars().map(|byte| byte as u8).collect();
            let mut encoded = Vec::new();
            encode(&bytes, &mut encoded);
            assert_eq!(encoded, text.as_bytes());
            assert_eq!(decode_padded(text.as_bytes()).as_deref(), Some(&*bytes), "{text}");
        }
    }

    #[test]
    fn padding_may_be_missing_where_that_is_allowed() {
        for (text, bytes) in [("Zg", "f"), ("Zm9vYg", "foob"), ("Zm8", "fo")] {
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(bytes.as_bytes()), "{text}");
            assert_eq!(decode_padded(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for wrong in ["Z", "Zg=a", "Z g=", "!!!!", "Zh==", "Zm9=", "Z===", "====", "Zm8-"] {
            assert_eq!(decode(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
