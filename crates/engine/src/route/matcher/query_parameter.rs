//! Matches one query parameter (Envoy's `config.route.v3.QueryParameterMatcher`). The first of a
//! name decides; neither names nor values are percent-decoded.

use voyant_ir::matcher as ir;

use crate::pattern::PatternError;
use crate::string_matcher::StringMatcher;

/// A compiled matcher of a query parameter.
#[derive(Debug)]
pub struct QueryParameterMatcher {
    name: Box<[u8]>,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Present(bool),
    String(StringMatcher),
}

impl QueryParameterMatcher {
    /// Compiles the IR's matcher.
    pub fn new(matcher: &ir::QueryParameterMatcher) -> Result<Self, PatternError> {
        let ir::QueryParameterMatcher { name, condition } = matcher;
        let test = match condition {
            ir::QueryParameterCondition::Present { present } => Test::Present(*present),
            ir::QueryParameterCondition::String { matcher } => {
                Test::String(StringMatcher::new(matcher)?)
            }
        };
        Ok(Self { name: name.as_bytes().into(), test })
    }

    /// True if the path's query has the parameter as asked.
    pub fn matches(&self, path: &[u8]) -> bool {
        let value = first_value(path, &self.name);
        match &self.test {
            Test::Present(present) => value.is_some() == *present,
            Test::String(matcher) => value.is_some_and(|value| matcher.matches(value)),
        }
    }
}

/// A path's query, if it has one.
pub(in crate::route) fn query(path: &[u8]) -> Option<&[u8]> {
    memchr::memchr(b'?', path).map(|mark| &path[mark + 1..])
}

/// The first value of a parameter in a path's query; empty when it has no `=`.
fn first_value<'a>(path: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    first_in_query(query(path)?, name)
}

/// The first value of a parameter.
pub(in crate::route) fn first_in_query<'a>(query: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    parameters(query).find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// Names and values of a query.
pub(in crate::route) fn parameters(query: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = query;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'&', rest).unwrap_or(rest.len());
        let parameter = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        let equals = memchr::memchr(b'=', parameter).unwrap_or(parameter.len());
        Some((&parameter[..equals], parameter.get(equals + 1..).unwrap_or_default()))
    })
}

/// The first value of a query parameter, both percent-decoded.
pub fn first_decoded(path: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let query = &path[memchr::memchr(b'?', path)? + 1..];
    query.split(|&byte| byte == b'&').find_map(|parameter| {
        let equals = memchr::memchr(b'=', parameter).unwrap_or(parameter.len());
        let value = parameter.get(equals + 1..).unwrap_or_default();
        (percent_decoded(&parameter[..equals]) == name).then(|| percent_decoded(value))
    })
}

/// What percent signs do not write stays as it is.
pub fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        let hex = |at: usize| after.get(at).and_then(|&digit| (digit as char).to_digit(16));
        match (first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high << 4 | low) as u8);
                rest = &after[2..];
            }
            _ => {
                decoded.push(first);
                rest = after;
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_name_decides() {
        for (path, value) in [
            ("/p?a=1", Some("1")),
            ("/p?a=2&a=1", Some("2")),
            ("/p?b&&a=1", Some("1")),
            ("/p?a=1=2", Some("1=2")),
            ("/p?a", Some("")),
            ("/p?a=", Some("")),
            ("/p?a=%31", Some("%31")),
            ("/p?x=y?a=1", None),
            ("/p??a=1", None),
            ("/p?", None),
            ("/p", None),
            ("/p?%61=1", None),
        ] {
            let found = first_value(path.as_bytes(), b"a");
            assert_eq!(found, value.map(str::as_bytes), "{path}");
        }
    }

    #[test]
    fn presence_and_values() {
        let matcher = |condition| {
            let matcher = ir::QueryParameterMatcher { name: "a".into(), condition };
            QueryParameterMatcher::new(&matcher).unwrap()
        };
        let there = matcher(ir::QueryParameterCondition::Present { present: true });
        let absent = matcher(ir::QueryParameterCondition::Present { present: false });
        assert!(there.matches(b"/?a") && !there.matches(b"/?b"));
        assert!(absent.matches(b"/?b") && !absent.matches(b"/?a"));
        let any = ir::StringMatcher::Regex { pattern: ".*".into() };
        let any = matcher(ir::QueryParameterCondition::String { matcher: any });
        assert!(any.matches(b"/?a") && !any.matches(b"/?b"), "a missing parameter never matches");
    }

    #[test]
    fn parameters_are_decoded() {
        assert_eq!(first_decoded(b"/?a%20b=c%2fd&a", b"a b").as_deref(), Some(&b"c/d"[..]));
        assert_eq!(first_decoded(b"/?a=%zz", b"a").as_deref(), Some(&b"%zz"[..]));
        assert_eq!(first_decoded(b"/?b", b"b").as_deref(), Some(&b""[..]));
        assert_eq!(first_decoded(b"/a", b"a"), None);
    }
}
