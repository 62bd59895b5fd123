//! Rewrites a head in a form that Envoy takes but `httparse` does not (folded lines, bare CR in
//! values, odd space in the start line, a version other than 1.0 and 1.1) into plain form. It is
//! the rare path, may allocate, and judges nothing but the start line: what it returns is
//! parsed and checked like any other head.

/// A request's head in plain form.
pub(super) fn request(head: &[u8]) -> Option<Vec<u8>> {
    let (line, fields) = split_line(head)?;
    let mut parts = line.split(|byte| *byte <= b' ').filter(|part| !part.is_empty());
    let method = parts.next()?;
    let target = parts.next()?;
    let version = parts.next();
    if parts.next().is_some() {
        return None;
    }
    let mut plain = Vec::with_capacity(head.len() + 16);
    plain.extend_from_slice(method);
    plain.push(b' ');
    plain.extend_from_slice(target);
    plain.push(b' ');
    plain.extend_from_slice(plain_version(version.unwrap_or(b"HTTP/1.0"))?);
    plain.extend_from_slice(b"\r\n");
    unfold(fields, &mut plain);
    Some(plain)
}

/// A response's head in plain form.
pub(super) fn response(head: &[u8]) -> Option<Vec<u8>> {
    let (line, fields) = split_line(head)?;
    let mut parts = line.split(|byte| *byte <= b' ').filter(|part| !part.is_empty());
    let version = parts.next()?;
    let status = parts.next()?;
    let mut plain = Vec::with_capacity(head.len() + 16);
    plain.extend_from_slice(plain_version(version)?);
    plain.push(b' ');
    plain.extend_from_slice(status);
    plain.extend_from_slice(b"\r\n");
    unfold(fields, &mut plain);
    Some(plain)
}

/// Any `HTTP/d.d` other than 1.1 counts as 1.0.
fn plain_version(version: &[u8]) -> Option<&'static [u8]> {
    match version {
        b"HTTP/1.1" => Some(b"HTTP/1.1"),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            Some(b"HTTP/1.0")
        }
        _ => None,
    }
}

/// Joins folded lines and drops CR from values; every line ends in CR LF.
fn unfold(mut fields: &[u8], plain: &mut Vec<u8>) {
    while let Some((line, rest)) = split_line(fields) {
        plain.extend(line.iter().filter(|byte| **byte != b'\r'));
        let folded = !line.is_empty() && matches!(rest.first(), Some(b' ' | b'\t'));
        if !folded {
            plain.extend_from_slice(b"\r\n");
        }
        fields = rest;
    }
}

/// A line without its end, and what follows.
fn split_line(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b'\n', input)?;
    let line = &input[..end];
    Some((line.strip_suffix(b"\r").unwrap_or(line), &input[end + 1..]))
}
