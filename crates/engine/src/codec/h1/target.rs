//! The request target (RFC 9112, 3.2): which bytes it may hold, and what an absolute-form or
//! authority-form target says.

/// An absolute-form target in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Absolute<'a> {
    pub scheme: &'a [u8],
    pub authority: &'a [u8],
    /// Path and query; empty when the target has none.
    pub path: &'a [u8],
}

/// True if Envoy's parser takes the target: origin form, `*`, absolute form, or authority form
/// for CONNECT, of visible ASCII.
pub(super) fn is_valid(target: &[u8], connect: bool) -> bool {
    match target.first() {
        None => return false,
        Some(b'/' | b'*') => return target.iter().all(|byte| is_path_byte(*byte)),
        Some(_) => {}
    }
    let rest = if connect {
        target
    } else {
        match split_scheme(target) {
            Some((_, rest)) => rest,
            None => return false,
        }
    };
    let (authority, path) = split_authority(rest);
    authority.iter().all(|byte| is_authority_byte(*byte))
        && !authority.windows(2).any(|pair| pair == b"@@")
        && path.iter().all(|byte| is_path_byte(*byte))
}

/// Takes an absolute-form target apart.
pub(super) fn parse_absolute(target: &[u8]) -> Option<Absolute<'_>> {
    let (scheme, rest) = split_scheme(target)?;
    let (authority, path) = split_authority(rest);
    if authority.is_empty() {
        return None;
    }
    Some(Absolute { scheme, authority, path })
}

fn split_scheme(target: &[u8]) -> Option<(&[u8], &[u8])> {
    let len = target
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'-' | b'.'))?;
    if !target[0].is_ascii_alphabetic() {
        return None;
    }
    let rest = target[len..].strip_prefix(b"://")?;
    Some((&target[..len], rest))
}

fn split_authority(rest: &[u8]) -> (&[u8], &[u8]) {
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
    rest.split_at(end)
}

fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_graphic()
}

fn is_authority_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!$%&'()*+,-.:;=@[]_~".contains(&byte)
}
