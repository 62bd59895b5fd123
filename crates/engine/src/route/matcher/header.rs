//! Matches one header (Envoy's `config.route.v3.HeaderMatcher`).
//!
//! The values of a repeated header are tried one by one and one is enough, also for the inverted
//! matcher, which then does not match. A missing header matches nothing but an absence, inverted
//! or not, unless it is to be taken as empty.

use voyant_ir::matcher as ir;

use crate::head::Head;
use crate::head::header_name::HeaderKey;
use crate::pattern::PatternError;
use crate::string_matcher::StringMatcher;

/// A compiled matcher of a header.
#[derive(Debug)]
pub struct HeaderMatcher {
    key: HeaderKey,
    test: Test,
    invert: bool,
    treat_missing_as_empty: bool,
}

#[derive(Debug)]
enum Test {
    Present(bool),
    Range { start: i64, end: i64 },
    String(StringMatcher),
}

impl HeaderMatcher {
    /// Compiles the IR's matcher.
    pub fn new(matcher: &ir::HeaderMatcher) -> Result<Self, PatternError> {
        let ir::HeaderMatcher { name, condition, invert, treat_missing_as_empty } = matcher;
        let test = match condition {
            ir::HeaderCondition::Present { present } => Test::Present(*present),
            ir::HeaderCondition::Range { start, end } => Test::Range { start: *start, end: *end },
            ir::HeaderCondition::String { matcher } => Test::String(StringMatcher::new(matcher)?),
        };
        Ok(Self {
            key: request_key(name),
            test,
            invert: *invert,
            treat_missing_as_empty: *treat_missing_as_empty,
        })
    }

    /// True if the head has the header as asked.
    pub fn matches(&self, head: &Head) -> bool {
        if let Test::Present(present) = self.test {
            let is_there = self.treat_missing_as_empty || head.get_key(&self.key).is_some();
            return (is_there == present) != self.invert;
        }
        let mut missing = true;
        let any = head.get_all(&self.key).any(|value| {
            missing = false;
            self.test_value(value)
        });
        if missing {
            return self.treat_missing_as_empty && self.test_value(b"") != self.invert;
        }
        any != self.invert
    }

    fn test_value(&self, value: &[u8]) -> bool {
        match &self.test {
            Test::Present(present) => *present,
            Test::Range { start, end } => {
                decimal(value).is_some_and(|number| (*start..*end).contains(&number))
            }
            Test::String(matcher) => matcher.matches(value),
        }
    }
}

/// The key of a name in a request head, in which `host` is `:authority`.
pub(crate) fn request_key(name: &str) -> HeaderKey {
    HeaderKey::of_request(name)
}

/// A decimal integer as Envoy reads one: surrounding blanks, a sign and leading zeros are fine.
pub(in crate::route) fn decimal<N: std::str::FromStr>(value: &[u8]) -> Option<N> {
    std::str::from_utf8(value.trim_ascii()).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
