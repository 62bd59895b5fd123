//! The request target (RFC 9112, 3.2): which bytes it may hold, and what an absolute-form or
//! authority-form target says. What is refused is what Envoy's two readers of URLs refuse: the
//! first looks at the bytes of the whole, the second at its parts. The `location` of a redirect
//! that is followed within is read as the second does.

/// An absolute-form target in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Absolute<'a> {
    /// In any case.
    pub scheme: &'a [u8],
    /// Host and port; user information is dropped.
    pub authority: &'a [u8],
    /// Path and query; `/` when the target has neither.
    pub path: &'a [u8],
}

/// True if every byte may stand in a target: origin form, `*`, absolute form, or authority form
/// for CONNECT, of visible ASCII.
pub(super) fn is_valid(target: &[u8], connect: bool) -> bool {
    match target.first() {
        None => return false,
        Some(b'/' | b'*') => return are_path_bytes(target),
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
    is_authority(authority)
        && !authority.windows(2).any(|pair| pair == b"@@")
        && are_path_bytes(path)
}

/// True if a `host` may be passed on; it may be empty.
pub(super) fn is_authority(authority: &[u8]) -> bool {
    authority.iter().all(|byte| AUTHORITY_BYTES[usize::from(*byte)])
}

/// Takes an absolute-form target apart.
pub(super) fn parse_absolute(target: &[u8]) -> Option<Absolute<'_>> {
    let (scheme, rest) = split_scheme(target)?;
    let (authority, path) = split_authority(rest);
    let authority = match authority.iter().position(|byte| *byte == b'@') {
        Some(at) => &authority[at + 1..],
        None => authority,
    };
    let (host, port) = split_port(authority)?;
    if !is_host(host) || !port.is_none_or(is_port) {
        return None;
    }
    let path = if path.is_empty() { b"/" } else { path };
    Some(Absolute { scheme, authority, path })
}

/// Takes the `location` of a redirect apart, which must be absolute; the path ends before a
/// fragment.
pub(crate) fn parse_location(location: &[u8]) -> Option<Absolute<'_>> {
    let in_url = |byte: &u8| (0x21..=0x7f).contains(byte);
    let (_, rest) = split_scheme(location)?;
    let (authority, _) = split_authority(rest);
    let fits = location.iter().all(in_url) && is_authority(authority);
    let mut url = parse_absolute(location).filter(|url| fits && !url.authority.contains(&b'%'))?;
    let end = url.path.iter().position(|byte| *byte == b'#').unwrap_or(url.path.len());
    url.path = &url.path[..end];
    Some(url)
}

/// True for `host:port`, the only form that a CONNECT target may have.
pub(super) fn is_connect_target(target: &[u8]) -> bool {
    match split_port(target) {
        Some((host, Some(port))) => is_host(host) && is_port(port),
        _ => false,
    }
}

fn split_scheme(target: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_scheme_byte = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    let len = target.iter().position(|byte| !is_scheme_byte(byte))?;
    if !target[0].is_ascii_alphabetic() {
        return None;
    }
    Some((&target[..len], target[len..].strip_prefix(b"://")?))
}

fn split_authority(rest: &[u8]) -> (&[u8], &[u8]) {
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
    rest.split_at(end)
}

/// Host and port, if the brackets of an IPv6 address are whole.
fn split_port(authority: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let host_len = match authority.first() {
        Some(b'[') => authority.iter().position(|byte| *byte == b']')? + 1,
        _ => authority.iter().position(|byte| *byte == b':').unwrap_or(authority.len()),
    };
    let (host, rest) = authority.split_at(host_len);
    match rest {
        [] => Some((host, None)),
        [b':', port @ ..] => Some((host, Some(port))),
        _ => None,
    }
}

fn is_host(host: &[u8]) -> bool {
    match host {
        [] => false,
        [b'[', address @ .., b']'] => {
            let (address, zone) = match address.iter().position(|byte| *byte == b'%') {
                Some(at) => (&address[..at], &address[at + 1..]),
                None => (address, &address[..0]),
            };
            let in_zone = |byte: &u8| byte.is_ascii_alphanumeric() || b"%.-_~".contains(byte);
            !address.is_empty()
                && address.iter().all(|byte| byte.is_ascii_hexdigit() || b":.".contains(byte))
                && zone.iter().all(in_zone)
        }
        name => name.iter().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte)),
    }
}

fn is_port(port: &[u8]) -> bool {
    let value = port.iter().try_fold(0u32, |sum, byte| {
        let digit = byte.wrapping_sub(b'0');
        let sum = sum * 10 + u32::from(digit);
        (digit <= 9 && sum <= 0xffff).then_some(sum)
    });
    !port.is_empty() && value.is_some()
}

fn are_path_bytes(path: &[u8]) -> bool {
    // Without an early exit, so that many bytes are compared at once.
    !path.iter().fold(false, |bad, byte| bad | !byte.is_ascii_graphic())
}

const AUTHORITY_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0u8;
    while byte < 0x80 {
        table[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    let others = b"!$%&'()*+,-.:;=@[]_~";
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = true;
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_form_in_parts() {
        let parts = |target: &'static str| {
            parse_absolute(target.as_bytes()).map(|url| {
                let text = |bytes| std::str::from_utf8(bytes).expect("ascii");
                (text(url.scheme), text(url.authority), text(url.path))
            })
        };
        assert_eq!(parts("http://x.y/p?q"), Some(("http", "x.y", "/p?q")));
        assert_eq!(parts("http://x.y"), Some(("http", "x.y", "/")));
        assert_eq!(parts("http://x.y?q"), Some(("http", "x.y", "?q")));
        assert_eq!(parts("HTTP://X.Y:080/p"), Some(("HTTP", "X.Y:080", "/p")));
        assert_eq!(parts("http://u:p@x.y:1/"), Some(("http", "x.y:1", "/")));
        assert_eq!(parts("http://@a/"), Some(("http", "a", "/")));
        assert_eq!(parts("http://[::1]:80/"), Some(("http", "[::1]:80", "/")));
        assert_eq!(parts("http://[fe80::1%25eth0]/"), Some(("http", "[fe80::1%25eth0]", "/")));
        for refused in [
            "http:///p",
            "http://:80/",
            "http://a:/",
            "http://a:b/",
            "http://a:65536/",
            "http://a:b:80/",
            "http://[::1/",
            "http://[]/",
            "http://[zz]/",
            "http://[::1]x/",
            "http://u@/",
            "http://u@b@c/",
            "http://a_b/",
            "http://a;b/",
            "http://%41/",
            "http:////a/",
            "/p",
            "p",
        ] {
            assert_eq!(parts(refused), None, "{refused}");
        }
    }

    #[test]
    fn locations_have_a_host_and_no_fragment() {
        let path = |location: &'static str| {
            parse_location(location.as_bytes()).and_then(|url| std::str::from_utf8(url.path).ok())
        };
        for (location, found) in [
            ("http://u:p@a:81/p?q#f", "/p?q"),
            ("http-x://a?q", "?q"),
            ("http://[::1]/\"<>|^`{}\\\x7f", "/\"<>|^`{}\\\x7f"),
            ("http://~!$&'()*+,;=:p@a", "/"),
        ] {
            assert_eq!(path(location), Some(found), "{location}");
        }
        for refused in [
            "",
            "/p",
            "//a/p",
            "http://a#/p",
            "http://a/p q",
            "http://a/p#f g",
            "http://a/\t",
            "http://a/é",
            "http://u^@a/",
            "http://[fe80::1%25en0]/",
        ] {
            assert_eq!(path(refused), None, "{refused}");
        }
    }

    #[test]
    fn connect_targets_name_host_and_port() {
        for taken in ["a:80", "[::1]:80", "a.:80", "1.2.3:80", "a:080", "a:0", "a:65535"] {
            assert!(is_connect_target(taken.as_bytes()), "{taken}");
        }
        for refused in [
            "a",
            "a:",
            ":80",
            "a:65536",
            "a:8a",
            "a:b:80",
            "[::1]",
            "[::1:80",
            "[]:80",
            "a_b:80",
            "u@a:80",
            "a:80/p",
            "a:80?q",
            "/foo",
            "*",
            "http://a:80",
            "a%20:80",
        ] {
            assert!(!is_connect_target(refused.as_bytes()), "{refused}");
        }
    }

    #[test]
    fn authorities_are_of_the_uris_own_bytes() {
        let refused: Vec<u8> =
            (0x21..0x7f).filter(|byte| !is_authority(&[b'a', *byte, b'b'])).collect();
        assert_eq!(refused, b"\"#/<>?\\^`{|}");
        assert!(is_authority(b""));
        for byte in (0..=0x20).chain(0x7f..=0xff) {
            assert!(!is_authority(&[byte]), "{byte}");
        }
    }
}
