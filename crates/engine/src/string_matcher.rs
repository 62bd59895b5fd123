//! Matches a whole value (Envoy's `type.matcher.v3.StringMatcher`). Case is ignored for ASCII
//! letters only.

use memchr::memmem;
use regex::bytes::Regex;
use voyant_ir::matcher as ir;

use crate::pattern::{self, PatternError};

/// A compiled matcher of a value.
#[derive(Debug)]
pub struct StringMatcher {
    test: Test,
}

#[derive(Debug)]
enum Test {
    Exact(Box<[u8]>),
    ExactIgnoreCase(Box<[u8]>),
    Prefix(Box<[u8]>),
    PrefixIgnoreCase(Box<[u8]>),
    Suffix(Box<[u8]>),
    SuffixIgnoreCase(Box<[u8]>),
    Contains(Box<memmem::Finder<'static>>),
    ContainsIgnoreCase(Box<[u8]>),
    Regex(Regex),
}

impl StringMatcher {
    /// Compiles the IR's matcher.
    pub fn new(matcher: &ir::StringMatcher) -> Result<Self, PatternError> {
        use ir::StringMatcher as M;
        let bytes = |text: &str| Box::from(text.as_bytes());
        let test = match matcher {
            M::Exact { value, ignore_case: false } => Test::Exact(bytes(value)),
            M::Exact { value, ignore_case: true } => Test::ExactIgnoreCase(bytes(value)),
            M::Prefix { value, ignore_case: false } => Test::Prefix(bytes(value)),
            M::Prefix { value, ignore_case: true } => Test::PrefixIgnoreCase(bytes(value)),
            M::Suffix { value, ignore_case: false } => Test::Suffix(bytes(value)),
            M::Suffix { value, ignore_case: true } => Test::SuffixIgnoreCase(bytes(value)),
            M::Contains { value, ignore_case: false } => {
                Test::Contains(Box::new(memmem::Finder::new(value).into_owned()))
            }
            M::Contains { value, ignore_case: true } => Test::ContainsIgnoreCase(bytes(value)),
            M::Regex { pattern } => Test::Regex(pattern::anchored(pattern)?),
        };
        Ok(Self { test })
    }

    /// True if the value is as asked.
    pub fn matches(&self, value: &[u8]) -> bool {
        match &self.test {
            Test::Exact(wanted) => value == &**wanted,
            Test::ExactIgnoreCase(wanted) => value.eq_ignore_ascii_case(wanted),
            Test::Prefix(wanted) => value.starts_with(wanted),
            Test::PrefixIgnoreCase(wanted) => {
                value.get(..wanted.len()).is_some_and(|start| start.eq_ignore_ascii_case(wanted))
            }
            Test::Suffix(wanted) => value.ends_with(wanted),
            Test::SuffixIgnoreCase(wanted) => value
                .len()
                .checked_sub(wanted.len())
                .is_some_and(|start| value[start..].eq_ignore_ascii_case(wanted)),
            Test::Contains(finder) => finder.find(value).is_some(),
            Test::ContainsIgnoreCase(wanted) => {
                wanted.is_empty()
                    || value.windows(wanted.len()).any(|part| part.eq_ignore_ascii_case(wanted))
            }
            Test::Regex(regex) => regex.is_match(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(
        build: impl Fn(String, bool) -> ir::StringMatcher,
        text: &str,
    ) -> [StringMatcher; 2] {
        [false, true].map(|fold| StringMatcher::new(&build(text.to_owned(), fold)).unwrap())
    }

    #[test]
    fn each_kind_with_and_without_case() {
        let [exact, folded] =
            matcher(|value, ignore_case| ir::StringMatcher::Exact { value, ignore_case }, "aB");
        assert!(exact.matches(b"aB") && !exact.matches(b"ab") && !exact.matches(b"aBc"));
        assert!(folded.matches(b"Ab") && !folded.matches(b"Abc"));

        let [prefix, folded] =
            matcher(|value, ignore_case| ir::StringMatcher::Prefix { value, ignore_case }, "aB");
        assert!(prefix.matches(b"aBc") && !prefix.matches(b"abc") && !prefix.matches(b"a"));
        assert!(folded.matches(b"Abc") && !folded.matches(b"a"));

        let [suffix, folded] =
            matcher(|value, ignore_case| ir::StringMatcher::Suffix { value, ignore_case }, "aB");
        assert!(suffix.matches(b"caB") && !suffix.matches(b"cab") && !suffix.matches(b"B"));
        assert!(folded.matches(b"cAB") && !folded.matches(b"B"));

        let [contains, folded] =
            matcher(|value, ignore_case| ir::StringMatcher::Contains { value, ignore_case }, "aB");
        assert!(contains.matches(b"xaBx") && !contains.matches(b"xabx"));
        assert!(folded.matches(b"xAbx") && !folded.matches(b"a"));
    }

    #[test]
    fn a_regex_matches_the_whole_value_in_bytes() {
        let pattern = "a.*".to_owned();
        let regex = StringMatcher::new(&ir::StringMatcher::Regex { pattern }).unwrap();
        assert!(regex.matches(b"abc") && !regex.matches(b"xabc") && regex.matches(b"a\xff"));
    }
}
