//! Matches one cookie (Envoy's `config.route.v3.CookieMatcher`). The first of a name decides,
//! over all `cookie` headers; a pair of quotes around a value is no part of it.

use memchr::memmem::Finder;
use voyant_ir::matcher as ir;

use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::pattern::PatternError;
use crate::string_matcher::StringMatcher;

/// A compiled matcher of a cookie.
#[derive(Debug)]
pub struct CookieMatcher {
    name: CookieName,
    matcher: StringMatcher,
    invert: bool,
}

impl CookieMatcher {
    /// Compiles the IR's matcher.
    pub fn new(matcher: &ir::CookieMatcher) -> Result<Self, PatternError> {
        let ir::CookieMatcher { name, matcher, invert } = matcher;
        let matcher = StringMatcher::new(matcher)?;
        Ok(Self { name: CookieName::new(name), matcher, invert: *invert })
    }

    /// True if the head has the cookie as asked; one that is missing does not match.
    pub fn matches(&self, head: &Head) -> bool {
        let value = self.name.first_value(head);
        value.is_some_and(|value| self.matcher.matches(value)) != self.invert
    }
}

/// The name of a cookie, made to be found in lines of many.
#[derive(Debug)]
pub(crate) struct CookieName {
    /// The name and what follows it; nothing for a name that no cookie has.
    start: Option<Box<Finder<'static>>>,
}

impl CookieName {
    pub(crate) fn new(name: &str) -> Self {
        // The first `=` of a cookie ends its name, and blanks before it are no part of it.
        let possible = !name.contains(['=', ';']) && !name.starts_with(' ');
        let finder = || Box::new(Finder::new(&format!("{name}=")).into_owned());
        Self { start: possible.then(finder) }
    }

    /// The first value of the cookie.
    pub(crate) fn first_value<'a>(&self, head: &'a Head) -> Option<&'a [u8]> {
        let start = self.start.as_deref()?;
        let mut lines = head.get_all(&HeaderKey::Known(HeaderId::Cookie));
        lines.find_map(|line| first_in_line(line, start))
    }
}

fn first_in_line<'a>(line: &'a [u8], start: &Finder<'_>) -> Option<&'a [u8]> {
    let mut from = 0;
    loop {
        let at = from + start.find(&line[from..])?;
        from = at + start.needle().len();
        let before = line[..at].iter().rfind(|byte| **byte != b' ');
        if before.is_none_or(|byte| *byte == b';') {
            return Some(value_of(&line[from..]));
        }
    }
}

/// Names and values of all cookies.
pub(in crate::route) fn all(head: &Head) -> impl Iterator<Item = (&[u8], &[u8])> {
    let lines = head.get_all(&HeaderKey::Known(HeaderId::Cookie));
    lines.flat_map(|line| line.split(|byte| *byte == b';')).filter_map(|cookie| {
        let equals = memchr::memchr(b'=', cookie)?;
        let start = cookie[..equals].iter().position(|byte| *byte != b' ').unwrap_or(equals);
        Some((&cookie[start..equals], value_of(&cookie[equals + 1..])))
    })
}

/// The value that a line begins with, without its quotes.
fn value_of(rest: &[u8]) -> &[u8] {
    let value = &rest[..memchr::memchr(b';', rest).unwrap_or(rest.len())];
    let quoted = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    quoted.unwrap_or(value)
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
            (&["aa=y; ba=z; a=x"], Some("x")),
            (&["b=a=y;   a=x"], Some("x")),
            (&["b= a=y"], None),
            (&["  "], None),
            (&[], None),
        ] {
            let mut head = Head::new();
            for line in lines {
                head.push_received(b"cookie", line.as_bytes());
            }
            let found = CookieName::new("a").first_value(&head);
            assert_eq!(found, value.map(str::as_bytes), "{lines:?}");
            let of_all = all(&head).find(|(name, _)| *name == b"a");
            assert_eq!(of_all.map(|(_, value)| value), value.map(str::as_bytes), "{lines:?}");
        }
    }

    #[test]
    fn names_that_no_cookie_has_find_none() {
        let mut head = Head::new();
        head.push_received(b"cookie", b"a=b=c; d; a=; =e");
        for (name, value) in [
            ("a=b", None),
            ("a=b=c; d; a", None),
            (" a", None),
            (" ", None),
            ("d; a", None),
            ("", Some("e")),
        ] {
            let found = CookieName::new(name).first_value(&head);
            assert_eq!(found, value.map(str::as_bytes), "{name}");
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
