//! JSON as Envoy lays it out: one space a level, empty objects and lists in one place.

/// Appends compact JSON, laid out; `level` is how deep it stands.
pub(super) fn indent(json: &str, level: usize, out: &mut Vec<u8>) {
    let mut level = level;
    let mut bytes = json.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {
                out.push(byte);
                let mut escaped = false;
                for byte in bytes.by_ref() {
                    out.push(byte);
                    if byte == b'"' && !escaped {
                        break;
                    }
                    escaped = byte == b'\\' && !escaped;
                }
            }
            b'{' | b'[' => {
                out.push(byte);
                while bytes.next_if(u8::is_ascii_whitespace).is_some() {}
                if let Some(end) = bytes.next_if(|byte| matches!(byte, b'}' | b']')) {
                    out.push(end);
                } else {
                    level += 1;
                    new_line(level, out);
                }
            }
            b'}' | b']' => {
                level = level.saturating_sub(1);
                new_line(level, out);
                out.push(byte);
            }
            b',' => {
                out.push(byte);
                new_line(level, out);
            }
            b':' => out.extend_from_slice(b": "),
            byte if byte.is_ascii_whitespace() => {}
            byte => out.push(byte),
        }
    }
}

pub(super) fn new_line(level: usize, out: &mut Vec<u8>) {
    out.push(b'\n');
    out.resize(out.len() + level, b' ');
}

/// A text as a JSON string.
pub(super) fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_and_lists_are_laid_out() {
        let mut out = Vec::new();
        indent(r#"{"a":[1,{"b":"x{,:\"]"}],"c":{ },"d":[],"e":null}"#, 0, &mut out);
        let expected = r#"{
 "a": [
  1,
  {
   "b": "x{,:\"]"
  }
 ],
 "c": {},
 "d": [],
 "e": null
}"#;
        assert_eq!(String::from_utf8(out).expect("text"), expected);
    }
}
