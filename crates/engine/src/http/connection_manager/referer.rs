//! Which `referer` is passed on (RFC 9110, 10.1.3): an absolute URL or a relative reference,
//! without a fragment or user information. What else a URL may hold is as Envoy 1.40 has it.

use std::net::Ipv6Addr;

/// True if a request may carry this value.
pub fn is_valid(value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value) else { return false };
    match Url::parse(text) {
        Some(url) => url.fragment.is_empty() && url.user_info.is_empty(),
        None => is_relative(text),
    }
}

/// The parts of an absolute URL that decide.
struct Url<'a> {
    user_info: &'a str,
    fragment: &'a str,
}

impl<'a> Url<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user_info, host) = authority.split_once('@').unwrap_or(("", authority));
        let fragment = rest.split_once('#').map_or("", |(_, fragment)| fragment);
        let valid =
            is_scheme(scheme) && is_host(host) && rest.bytes().all(|byte| byte.is_ascii_graphic());
        valid.then_some(Self { user_info, fragment })
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// A name or an address, with or without a port.
fn is_host(text: &str) -> bool {
    let (host_is_valid, port) = if let Some(rest) = text.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else { return false };
        (address.parse::<Ipv6Addr>().is_ok(), port)
    } else {
        let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        (!name.is_empty() && name.bytes().all(of_name), port)
    };
    host_is_valid && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

fn is_port(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok()
}

/// No fragment, and no colon in the first segment, where it would end a scheme.
fn is_relative(text: &str) -> bool {
    let of_reference =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&byte);
    let first = text.split('/').next().unwrap_or_default();
    !first.contains(':') && text.bytes().all(of_reference)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_references_pass() {
        for good in ["", "x", "/x?y=%zz", "u@x", "//a/x", "x/a:b", "http://a.test", "a+b://a/x"] {
            assert!(is_valid(good.as_bytes()), "{good}");
        }
        for good in ["http://[::1]:80/[x]|", "http://@a.test?x", "HTTP://A.TEST:65535/x@y#"] {
            assert!(is_valid(good.as_bytes()), "{good}");
        }
    }

    #[test]
    fn fragments_users_and_what_is_no_url_do_not() {
        for bad in ["x#y", "http://a/#y", "http://u@a/", "http:///x", "about:blank", "x?a:b"] {
            assert!(!is_valid(bad.as_bytes()), "{bad}");
        }
        for bad in ["http://a_b/x", "http://a:/x", "http://a:65536/x", "http://[x]/", "http://a/ b"]
        {
            assert!(!is_valid(bad.as_bytes()), "{bad}");
        }
        assert!(!is_valid(b"/\xe9") && !is_valid("http://a/é".as_bytes()) && !is_valid(b"/a|b"));
    }
}
