//! Reads a head in a form that Envoy takes but `httparse` does not: folded lines, CR within
//! values, any space in the start line, a version other than 1.0 and 1.1, or more fields than
//! usual. It is the rare path and may allocate. It judges nothing that the usual path judges:
//! what it makes of a head is checked like any other.

use memchr::{memchr, memchr_iter};

use crate::codec::Protocol;

/// A start line in its three parts; the third is empty where there are two.
pub(super) type StartLine<'a> = [&'a [u8]; 3];

/// Splits a start line at any bytes up to a space; nothing follows the third part of a request's
/// line. The line ends where the slice does.
pub(super) fn split_start_line(line: &[u8]) -> StartLine<'_> {
    let rest = line.trim_ascii_end();
    let (first, rest) = split_word(rest);
    let (second, rest) = split_word(rest);
    let third = &rest[rest.iter().take_while(|byte| **byte <= b' ').count()..];
    [first, second, third]
}

fn split_word(text: &[u8]) -> (&[u8], &[u8]) {
    let start = text.iter().take_while(|byte| **byte <= b' ').count();
    let end =
        text[start..].iter().position(|byte| *byte <= b' ').map_or(text.len(), |at| start + at);
    (&text[start..end], &text[end..])
}

/// The version that `HTTP/d.d` stands for; any other than 1.1 counts as 1.0, and so does none.
pub(super) fn version(text: &[u8]) -> Option<Protocol> {
    match text {
        b"HTTP/1.1" => Some(Protocol::Http11),
        b"" => Some(Protocol::Http10),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            Some(Protocol::Http10)
        }
        _ => None,
    }
}

/// True for a byte that may stand nowhere in a head.
pub(super) fn is_forbidden(byte: u8) -> bool {
    byte == 0x7f || (byte < b' ' && !matches!(byte, b'\t' | b'\r' | b'\n'))
}

/// Field lines in plain form: one line each, without CR but for its end. Nothing if CR stands in
/// a field that frames the message, where Envoy's two readers would not agree what it says.
pub(super) fn unfold(mut fields: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(fields.len() + 2);
    while let Some((line, rest)) = split_field(fields) {
        let colon = memchr(b':', line).unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        plain.extend_from_slice(name);
        let frames = [&b"content-length"[..], b"transfer-encoding"];
        let value = value.trim_ascii_end();
        let inner = value.strip_prefix(b":").unwrap_or(value).trim_ascii_start();
        if has_bare_cr(inner) && frames.iter().any(|frame| name.eq_ignore_ascii_case(frame)) {
            return None;
        }
        plain.extend(value.iter().filter(|byte| !matches!(**byte, b'\r' | b'\n')));
        plain.extend_from_slice(b"\r\n");
        fields = rest;
    }
    Some(plain)
}

fn has_bare_cr(value: &[u8]) -> bool {
    memchr_iter(b'\r', value).any(|at| value.get(at + 1) != Some(&b'\n'))
}

/// Room for as many fields as the text has lines.
pub(super) fn field_slots<'a>(text: &[u8]) -> Vec<httparse::Header<'a>> {
    vec![httparse::EMPTY_HEADER; memchr_iter(b'\n', text).count()]
}

/// A field with all lines that continue it, without its end, and what follows.
fn split_field(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = |line: &[u8]| matches!(line, [b'\n', ..] | [b'\r', b'\n', ..]);
    for end in memchr_iter(b'\n', input) {
        let rest = &input[end + 1..];
        if blank(input) || !matches!(rest.first(), Some(b' ' | b'\t')) {
            let line = &input[..end];
            return Some((line.strip_suffix(b"\r").unwrap_or(line), rest));
        }
    }
    None
}
