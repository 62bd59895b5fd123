//! Reads a `google.protobuf.Value` from its bytes.

use voyant_ir::metadata::{Member, Value, find};

/// How deep values may lie in each other, as in protobuf.
const MAX_DEPTH: u32 = 100;

/// The value; nothing when the bytes are not one.
pub(super) fn decode(bytes: &[u8]) -> Option<Value> {
    value(bytes, MAX_DEPTH)
}

/// The content of a field.
enum Content<'a> {
    Number(u64),
    Double(f64),
    Bytes(&'a [u8]),
    Other,
}

fn value(bytes: &[u8], depth: u32) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    let mut found = Value::Null {};
    each_field(bytes, |number, content| {
        found = match (number, content) {
            (1, Content::Number(_)) => Value::Null {},
            (2, Content::Double(value)) => Value::Number { value },
            (3, Content::Bytes(text)) => Value::String { value: string(text)? },
            (4, Content::Number(value)) => Value::Bool { value: value != 0 },
            (5, Content::Bytes(inner)) => structure(inner, depth)?,
            (6, Content::Bytes(inner)) => list(inner, depth)?,
            _ => return Some(()),
        };
        Some(())
    })?;
    Some(found)
}

fn structure(bytes: &[u8], depth: u32) -> Option<Value> {
    let mut members: Vec<Member> = Vec::new();
    each_field(bytes, |number, content| {
        let (1, Content::Bytes(entry)) = (number, content) else { return Some(()) };
        let (mut key, mut held) = (String::new(), Value::Null {});
        each_field(entry, |number, content| {
            match (number, content) {
                (1, Content::Bytes(text)) => key = string(text)?,
                (2, Content::Bytes(inner)) => held = value(inner, depth)?,
                _ => {}
            }
            Some(())
        })?;
        match find(&members, &key) {
            Ok(at) => members[at].value = held,
            Err(at) => members.insert(at, Member { key, value: held }),
        }
        Some(())
    })?;
    Some(Value::Struct { members })
}

fn list(bytes: &[u8], depth: u32) -> Option<Value> {
    let mut items = Vec::new();
    each_field(bytes, |number, content| {
        if let (1, Content::Bytes(inner)) = (number, content) {
            items.push(value(inner, depth)?);
        }
        Some(())
    })?;
    Some(Value::List { items })
}

fn string(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

fn each_field(
    mut bytes: &[u8],
    mut each: impl FnMut(u64, Content<'_>) -> Option<()>,
) -> Option<()> {
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let content = match tag & 7 {
            0 => Content::Number(varint(&mut bytes)?),
            1 => Content::Double(f64::from_le_bytes(taken(&mut bytes, 8)?.try_into().ok()?)),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                Content::Bytes(taken(&mut bytes, length)?)
            }
            5 => {
                taken(&mut bytes, 4)?;
                Content::Other
            }
            _ => return None,
        };
        each(tag >> 3, content)?;
    }
    Some(())
}

fn taken<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (first, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(first)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_each_kind() {
        let object = Value::from_iter([("a", true.into())]);
        for (bytes, expected) in [
            (&b""[..], Value::Null {}),
            (b"\x08\x00", Value::Null {}),
            (b"\x11\0\0\0\0\0\0\xf0\x3f", 1.0.into()),
            (b"\x1a\x01x", "x".into()),
            (b"\x20\x01", true.into()),
            (b"\x2a\x09\x0a\x07\x0a\x01a\x12\x02\x20\x01", object),
            (b"\x32\x05\x0a\x03\x1a\x01x", vec!["x".into()].into()),
        ] {
            assert_eq!(decode(bytes), Some(expected), "{bytes:?}");
        }
        for wrong in [&b"\x1a\x05x"[..], b"\x80", b"\x0b", b"\x1a\x01\xff"] {
            assert_eq!(decode(wrong), None, "{wrong:?}");
        }
        let deep = (0..200).fold(Vec::new(), |inner: Vec<u8>, _| {
            let mut list = vec![0x0a];
            write_varint(inner.len(), &mut list);
            list.extend(inner);
            let mut value = vec![0x32];
            write_varint(list.len(), &mut value);
            value.extend(list);
            value
        });
        assert_eq!(decode(&deep), None);
    }

    fn write_varint(mut number: usize, out: &mut Vec<u8>) {
        while number > 0x7f {
            out.push(number as u8 | 0x80);
            number >>= 7;
        }
        out.push(number as u8);
    }
}
