//! The query of a path, of which parameters change: those that do not are written as the client
//! wrote them, as far as Envoy does so, too.

use std::collections::BTreeMap;

use crate::route::matcher::query_parameter::percent_decoded;

/// The parameters of a query by their decoded names, each as it is to be written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query(pub(super) BTreeMap<Vec<u8>, Vec<Vec<u8>>>);

impl Query {
    pub(super) fn of(path: &[u8]) -> Self {
        let mut query = Self::default();
        let Some(mark) = memchr::memchr(b'?', path) else { return query };
        let parameters = path[mark + 1..].split(|&byte| byte == b'&');
        for parameter in parameters.filter(|parameter| !parameter.is_empty()) {
            let equals = memchr::memchr(b'=', parameter).unwrap_or(parameter.len());
            let mut written = Vec::with_capacity(parameter.len() + 1);
            keep(&parameter[..equals], &mut written);
            written.push(b'=');
            keep(parameter.get(equals + 1..).unwrap_or_default(), &mut written);
            query.0.entry(percent_decoded(&parameter[..equals])).or_default().push(written);
        }
        query
    }

    /// Puts it in place of the query of a path.
    pub(super) fn replace(&self, path: &[u8]) -> Vec<u8> {
        let mut new = path[..memchr::memchr(b'?', path).unwrap_or(path.len())].to_vec();
        let mut delimiter = b'?';
        for parameter in self.0.values().flatten() {
            new.push(std::mem::replace(&mut delimiter, b'&'));
            new.extend_from_slice(parameter);
        }
        new
    }
}

/// A parameter as a mutation writes it.
pub(super) fn written(key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(key.len() + value.len() + 1);
    encode(key, &mut out);
    out.push(b'=');
    encode(value, &mut out);
    out
}

/// What a client wrote, decoded where that changes nothing of what it says: Envoy decodes all of
/// it, and so makes two parameters of one.
fn keep(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'%', [high, low, after @ ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                match percent_decoded(&[b'%', *high, *low])[..] {
                    [plain] if may_stand(plain) && plain != b'+' && plain != b'=' => {
                        out.push(plain);
                    }
                    _ => out.extend([b'%', *high, *low]),
                }
                rest = after;
            }
            (byte, _) if may_stand(byte) || byte == b'%' => out.push(byte),
            (byte, _) => encode(&[byte], out),
        }
    }
}

/// Whether a byte may stand in a parameter as it is.
fn may_stand(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$'()*+,;=:@/?".contains(&byte)
}

/// All but letters, digits and `-_.~` as `%XX`.
fn encode(text: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in text {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(byte);
        } else {
            out.extend([b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_written_in_order() {
        for (path, written) in [
            ("/a", "/a"),
            ("/a?", "/a"),
            ("/a?b=1&a=2", "/a?a=2&b=1"),
            ("/a?b=1&a&b=%41%20/", "/a?a=&b=1&b=A%20/"),
            ("/a?b=a+b%2B%26%3d%2f?:%0a%zz&a=%c3%A9\"", "/a?a=%c3%A9%22&b=a+b%2B%26%3d/?:%0a%zz"),
        ] {
            let new = Query::of(path.as_bytes()).replace(path.as_bytes());
            assert_eq!(String::from_utf8_lossy(&new), written, "{path}");
        }
    }
}
