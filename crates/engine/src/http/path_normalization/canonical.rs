//! The canonical form of a path, as Envoy's URL library makes it: `.` and `..` segments are
//! resolved, `\` is a slash, escapes of characters that need none are undone, characters that need
//! one get it, and an escape that only appears when another is undone has its `%` escaped.

use percent::{decode, escape, is_unreserved};

mod percent;

/// The path has a NUL or is not UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub struct Unfit;

/// True for a byte that is its own canonical form wherever it stands, `.` and `/` aside.
pub fn is_plain(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,/:;=@[]".contains(&byte)
}

/// What a dot behind a slash begins.
enum Segment {
    /// A name.
    Name,
    /// `.`, with so many bytes to be passed over.
    Current(usize),
    /// `..`, with so many bytes to be passed over.
    Parent(usize),
}

/// Appends the canonical form of a path without its query to `out`, which is empty.
pub fn canonicalize(path: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
    let text = std::str::from_utf8(path).map_err(|_| Unfit)?;
    let stripped = strip_parameters(text);
    let path = stripped.as_deref().unwrap_or(path);
    let mut at = 0;
    let mut bad_percent = None;
    while at < path.len() {
        let rest = &path[at..];
        at += match (dot(rest), rest[0]) {
            (Some(length), _) => length + take_dot(&rest[length..], out),
            (None, b'%') => take_percent(rest, &mut bad_percent, out)?,
            (None, b'\\') => put(b'/', out),
            (None, 0) => return Err(Unfit),
            (None, byte) if is_plain(byte) => put(byte, out),
            (None, byte) => {
                out.extend_from_slice(&escape(byte));
                1
            }
        };
    }
    Ok(())
}

fn put(byte: u8, out: &mut Vec<u8>) -> usize {
    out.push(byte);
    1
}

/// Takes what belongs to a dot; answers how many bytes behind it.
fn take_dot(rest: &[u8], out: &mut Vec<u8>) -> usize {
    if out.last() == Some(&b'/') {
        match classify(rest) {
            Segment::Name => {}
            Segment::Current(passed) => return passed,
            Segment::Parent(passed) => {
                back_up(out);
                return passed;
            }
        }
    }
    out.push(b'.');
    0
}

/// Takes an escape, or a `%` that begins none; answers how many bytes.
fn take_percent(
    rest: &[u8],
    bad_percent: &mut Option<usize>,
    out: &mut Vec<u8>,
) -> Result<usize, Unfit> {
    match decode(rest) {
        Some(0) => return Err(Unfit),
        Some(decoded) if is_unreserved(decoded) => {
            out.push(decoded);
            if let Some(percent) = *bad_percent {
                mend_nested(rest.get(3).copied(), percent, out);
            }
        }
        // As it came, should the server make a difference between upper and lower case.
        Some(_) => out.extend_from_slice(&rest[..3]),
        None => {
            *bad_percent = Some(out.len());
            out.push(b'%');
            return Ok(1);
        }
    }
    Ok(3)
}

/// Takes the parameters of `.;x` and `..;x` segments away, which some servers pass over; nothing
/// when there are none.
fn strip_parameters(path: &str) -> Option<Vec<u8>> {
    if !path.contains(".;") {
        return None;
    }
    let segments = path.split('/').map(|segment| match segment.split_once(';') {
        Some((dots @ ("." | ".."), _)) => dots,
        _ => segment,
    });
    Some(segments.collect::<Vec<_>>().join("/").into_bytes())
}

/// How many bytes a dot takes that the path begins with.
fn dot(path: &[u8]) -> Option<usize> {
    match path {
        [b'.', ..] => Some(1),
        [b'%', b'2', b'e' | b'E', ..] => Some(3),
        _ => None,
    }
}

/// Looks at what follows a dot that began a segment.
fn classify(rest: &[u8]) -> Segment {
    match rest {
        [] => return Segment::Current(0),
        [b'/' | b'\\', ..] => return Segment::Current(1),
        _ => {}
    }
    let Some(length) = dot(rest) else { return Segment::Name };
    match rest[length..] {
        [] => Segment::Parent(length),
        [b'/' | b'\\', ..] => Segment::Parent(length + 1),
        _ => Segment::Name,
    }
}

/// Removes the last segment; the slash before it stays.
fn back_up(out: &mut Vec<u8>) {
    let without_slash = &out[..out.len().saturating_sub(1)];
    if let Some(slash) = without_slash.iter().rposition(|byte| *byte == b'/') {
        out.truncate(slash + 1);
    }
}

/// When the byte that was just unescaped makes an escape of a `%` that was none, that `%` is
/// escaped. `next` is what follows in the input.
fn mend_nested(next: Option<u8>, percent: usize, out: &mut Vec<u8>) {
    // What it is may have been taken away with its segment.
    let Some(tail) = out.get(percent..) else { return };
    let escape = match (tail, next) {
        ([_, first, second], _) => [b'%', *first, *second],
        ([_, first], Some(next)) => [b'%', *first, next],
        _ => return,
    };
    if decode(&escape).is_some() {
        let digits = out.split_off(percent + 1);
        out.extend_from_slice(b"25");
        out.extend_from_slice(&digits);
    }
}
