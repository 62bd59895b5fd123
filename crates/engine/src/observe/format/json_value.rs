//! JSON values as Envoy writes them: numbers in the shortest form that reads back the same
//! (`std::to_chars`), members in the order of their keys.

use std::io::Write;

use voyant_ir::metadata::{Member, Value};

use super::escape::escape_tail;

/// From here on every number is whole, and written to its last digit.
const ALL_WHOLE: f64 = 9_007_199_254_740_992.0;

/// Appends a value. A string at the top is cut to `max_length`, as where it stands alone.
pub(super) fn write(value: &Value, max_length: usize, out: &mut Vec<u8>) {
    match value {
        Value::Null {} => out.extend_from_slice(b"null"),
        Value::Bool { value } => {
            out.extend_from_slice(if *value { b"true" } else { b"false" });
        }
        Value::Number { value } => number(*value, out),
        Value::String { value } => string(value.as_bytes(), max_length, out),
        Value::List { items } => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                separate(at, out);
                write(item, usize::MAX, out);
            }
            out.push(b']');
        }
        Value::Struct { members } => {
            out.push(b'{');
            for (at, Member { key, value }) in members.iter().enumerate() {
                separate(at, out);
                string(key.as_bytes(), usize::MAX, out);
                out.push(b':');
                write(value, usize::MAX, out);
            }
            out.push(b'}');
        }
    }
}

fn separate(at: usize, out: &mut Vec<u8>) {
    if at > 0 {
        out.push(b',');
    }
}

/// Appends a string in quotes.
pub(super) fn string(text: &[u8], max_length: usize, out: &mut Vec<u8>) {
    out.push(b'"');
    let start = out.len();
    out.extend_from_slice(&text[..text.len().min(max_length)]);
    escape_tail(out, start);
    out.push(b'"');
}

/// Appends a number.
pub(super) fn number(value: f64, out: &mut Vec<u8>) {
    if !value.is_finite() {
        out.extend_from_slice(b"null");
        return;
    }
    let start = out.len();
    // Writing to a vector never fails.
    let _ = write!(out, "{value:e}");
    let exponent =
        out[start..].iter().position(|byte| *byte == b'e').map_or(0, |at| start + at + 1);
    let negative = out.get(exponent) == Some(&b'-');
    let digits = out.len() - exponent - usize::from(negative);
    if !negative {
        out.insert(exponent, b'+');
    }
    if digits == 1 {
        out.insert(exponent + 1, b'0');
    }
    let middle = out.len();
    let _ = if value.abs() >= ALL_WHOLE && value.abs() < 1e30 {
        write!(out, "{}", value as i128)
    } else if value.abs() < 1e30 && value.abs() > 1e-30 || value == 0.0 {
        write!(out, "{value}")
    } else {
        Ok(())
    };
    let (scientific, plain) = (middle - start, out.len() - middle);
    if plain > 0 && plain <= scientific {
        out.drain(start..middle);
    } else {
        out.truncate(middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_can_be() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (10_000.0, "10000"),
            (100_000.0, "1e+05"),
            (123_456.0, "123456"),
            (120_000.0, "120000"),
            (-100_000.0, "-1e+05"),
            (1_234_500_000.0, "1234500000"),
            (15_000_000_000.0, "1.5e+10"),
            (0.001, "0.001"),
            (0.0001, "1e-04"),
            (0.000_123, "0.000123"),
            (0.1 + 0.2, "0.30000000000000004"),
            (33.333_333_333_333_336, "33.333333333333336"),
            (123_456_789_012_345_680.0, "123456789012345680"),
            (9_007_199_254_740_992.0, "9007199254740992"),
            (1e22, "1e+22"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "null"),
        ] {
            let mut out = b"before".to_vec();
            number(value, &mut out);
            assert_eq!(std::str::from_utf8(&out), Ok(&*format!("before{expected}")));
        }
    }
}
