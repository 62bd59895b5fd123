//! Matches one cookie (Envoy's `config.route.v3.CookieMatcher`). The first of a name decides,
//! over all `cookie` headers; a pair of quotes around a value is no part of it.

use voyant_ir::matcher as ir;

use super::string::StringMatcher;
use crate::http::head::Head;
use crate::http::header_name::{HeaderId, HeaderKey};
use crate::route::pattern::PatternError;

/// A compiled matcher of a cookie.
#[derive(Debug)]
pub struct CookieMatcher {
    name: Box<[u8]>,
    matcher: StringMatcher,
    invert: bool,
}

impl CookieMatcher {
    /// Compiles the IR's matcher.
    pub fn new(matcher: &ir::CookieMatcher) -> Result<Self, PatternError> {
        let ir::CookieMatcher { name, matcher, invert } = matcher;
        let matcher = StringMatcher::new(matcher)?;
        Ok(Self { name: name.as_bytes().into(), matcher, invert: *invert })
    }

    /// True if the head has the cookie as asked; one that is missing does not match.
    pub fn matches(&self, head: &Head) -> bool {
        let value = first_value(head, &self.name);
        value.is_some_and(|value| self.matcher.matches(value)) != self.invert
    }
}

/// The first value of a cookie.
pub(crate) fn first_value<'a>(head: &'a Head, name: &[u8]) -> Option<&'a [u8]> {
    let mut lines = head.get_all(&HeaderKey::Known(HeaderId::Cookie));
    lines.find_map(|line| first_in_line(line, name))
}

fn first_in_line<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = line;
    loop {
        let end = memchr::memchr(b';', rest);
        if let Some(value) = value_of(&rest[..end.unwrap_or(rest.len())], name) {
            return Some(value);
        }
        rest = &rest[end? + 1..];
    }
}

fn value_of<'a>(part: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let start = part.iter().position(|byte| *byte != b' ')?;
    let value = part[start..].strip_prefix(name)?.strip_prefix(b"=")?;
    // The first one of a cookie ends its name.
    if memchr::memchr(b'=', name).is_some() {
        return None;
    }
    let quoted = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    Some(quoted.unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_name_decides() {
        for (lines, value) in [
            (&["a=x"][..], Some("x")),
            (&["b=1; a=x; c=2"], Some("x")),
            (&["b=1;a=x"], Some("x")),
            (&["b=1", "a=x"], Some("x")),
            (&["a=y; a=x"], Some("y")),
            (&["a=\"x\""], Some("x")),
            (&["a=\""], Some("\"")),
            (&["a="], Some("")),
            (&["a=x "], Some("x ")),
            (&["a=x=1"], Some("x=1")),
            (&["a =x"], None),
            (&["a"], None),
            (&["A=x"], None),
            (&["=;=a"], None),
            (&["  "], None),
            (&[], None),
        ] {
            let mut head = Head::new();
            for line in lines {
                head.push_received(b"cookie", line.as_bytes());
            }
            let found = first_value(&head, b"a");
            assert_eq!(found, value.map(str::as_bytes), "{lines:?}");
        }
    }

    #[test]
    fn a_missing_cookie_matches_only_inverted() {
        let matcher = |invert| {
            let any = ir::StringMatcher::Regex { pattern: ".*".into() };
            CookieMatcher::new(&ir::CookieMatcher { name: "a".into(), matcher: any, invert })
        };
        assert!(!matcher(false).unwrap().matches(&Head::new()));
        assert!(matcher(true).unwrap().matches(&Head::new()));
    }
}
