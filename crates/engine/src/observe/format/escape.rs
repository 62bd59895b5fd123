//! JSON string escapes as Envoy writes them.

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Escapes what was appended to `out` since `start`. Text that is not UTF-8 has each of its bytes
/// above 0x7f escaped as if it were Latin-1.
pub(super) fn escape_tail(out: &mut Vec<u8>, start: usize) {
    if is_plain(&out[start..]) {
        return;
    }
    let high = match std::str::from_utf8(&out[start..]) {
        Ok(_) => u8::MAX,
        Err(_) => 0x7f,
    };
    let needs = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\' || byte > high;
    let grown: usize = out[start..].iter().filter(|byte| needs(**byte)).map(|b| grows(*b)).sum();
    if grown == 0 {
        return;
    }
    let mut from = out.len();
    out.resize(from + grown, 0);
    let mut to = out.len();
    while from > start {
        from -= 1;
        let byte = out[from];
        if needs(byte) {
            to -= 1 + grows(byte);
            write_escape(byte, &mut out[to..=to + grows(byte)]);
        } else {
            to -= 1;
            out[to] = byte;
        }
    }
}

/// Whether all of it is ASCII that JSON takes as it is: eight bytes at a time, since nearly all
/// text of a log line is.
fn is_plain(text: &[u8]) -> bool {
    const LOW: u64 = u64::MAX / 255;
    const HIGH: u64 = LOW * 0x80;
    // A byte below `n` borrows into its high bit; one that has the bit already is not plain anyhow.
    let below = |word: u64, n: u8| word.wrapping_sub(LOW * u64::from(n));
    let (words, rest) = text.as_chunks::<8>();
    let mut odd = 0;
    for word in words {
        let word = u64::from_ne_bytes(*word);
        let quote = below(word ^ (LOW * u64::from(b'"')), 1);
        let backslash = below(word ^ (LOW * u64::from(b'\\')), 1);
        odd |= word | below(word, b' ') | quote | backslash;
    }
    let plain = |byte: &u8| (b' '..0x80).contains(byte) && *byte != b'"' && *byte != b'\\';
    odd & HIGH == 0 && rest.iter().all(plain)
}

/// By how much an escaped byte is longer.
fn grows(byte: u8) -> usize {
    if short(byte).is_some() { 1 } else { 5 }
}

fn short(byte: u8) -> Option<u8> {
    Some(match byte {
        b'"' => b'"',
        b'\\' => b'\\',
        8 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        12 => b'f',
        b'\r' => b'r',
        _ => return None,
    })
}

fn write_escape(byte: u8, out: &mut [u8]) {
    out[0] = b'\\';
    if let Some(letter) = short(byte) {
        out[1] = letter;
    } else {
        out[1..4].copy_from_slice(b"u00");
        out[4] = HEX[usize::from(byte >> 4)];
        out[5] = HEX[usize::from(byte & 15)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &[u8]) -> String {
        let mut out = b"before\"".to_vec();
        let start = out.len();
        out.extend_from_slice(text);
        escape_tail(&mut out, start);
        String::from_utf8(out.split_off(start)).expect("UTF-8")
    }

    #[test]
    fn escapes_are_those_of_json() {
        assert_eq!(escaped(b"plain"), "plain");
        assert_eq!(escaped(b""), "");
        assert_eq!(
            escaped(b"\"q\" \\ \n\t\r\x08\x0c\x01\x7f"),
            "\\\"q\\\" \\\\ \\n\\t\\r\\b\\f\\u0001\x7f"
        );
        assert_eq!(escaped("é €".as_bytes()), "é €");
    }

    #[test]
    fn plain_text_is_told_from_all_other_at_every_place() {
        for byte in 0..=u8::MAX {
            let plain = matches!(byte, b' '..0x80) && !matches!(byte, b'"' | b'\\');
            for length in 1..20 {
                for at in 0..length {
                    let mut text = vec![b'~'; length];
                    text[at] = byte;
                    assert_eq!(is_plain(&text), plain, "{byte:#x} at {at} of {length}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_utf8_is_escaped_byte_by_byte() {
        assert_eq!(escaped(b"\xc3\xa9\xff"), "\\u00c3\\u00a9\\u00ff");
    }
}
