//! JSON string escapes as Envoy writes them.

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Escapes what was appended to `out` since `start`. Text that is not UTF-8 has each of its bytes
/// above 0x7f escaped as if it were Latin-1.
pub(super) fn escape_tail(out: &mut Vec<u8>, start: usize) {
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
    fn what_is_not_utf8_is_escaped_byte_by_byte() {
        assert_eq!(escaped(b"\xc3\xa9\xff"), "\\u00c3\\u00a9\\u00ff");
    }
}
