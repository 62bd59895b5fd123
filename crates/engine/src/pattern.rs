//! Regular expressions of routes: compiled once, matched against whole values.
//!
//! The IR's patterns are in Rust's syntax already; matching is by bytes, anchored at both ends
//! unless the expression rewrites (Envoy's RE2 `FullMatch` and `GlobalReplace`).

use regex::bytes::{Regex, RegexBuilder};

/// A pattern that cannot be compiled; configuration that was validated has none.
#[derive(Debug, thiserror::Error)]
#[error("regular expression {pattern:?}: {reason}")]
pub struct PatternError {
    pattern: Box<str>,
    reason: Box<str>,
}

impl PatternError {
    pub(super) fn new(pattern: &str, reason: &impl ToString) -> Self {
        Self { pattern: pattern.into(), reason: reason.to_string().into() }
    }
}

/// What is wrong with a pattern; nothing when it compiles.
pub fn regex_error(pattern: &str) -> Option<String> {
    anchored(pattern).err().map(|error| error.reason.into())
}

/// Whether a pattern matches the whole of a value; not when it does not compile.
pub fn regex_matches(pattern: &str, value: &[u8]) -> bool {
    anchored(pattern).is_ok_and(|regex| regex.is_match(value))
}

/// What an expression may cache of its states on each worker: a table can have thousands.
const CACHE_LIMIT: usize = 256 * 1024;

/// Compiles a pattern that is matched against the whole of a value.
pub(super) fn anchored(pattern: &str) -> Result<Regex, PatternError> {
    build(pattern, &format!(r"\A(?:{pattern})\z"))
}

fn build(pattern: &str, text: &str) -> Result<Regex, PatternError> {
    let mut builder = RegexBuilder::new(text);
    // Values are bytes, and so is what Envoy's RE2 takes for a character.
    builder
        .unicode(false)
        .dfa_size_limit(CACHE_LIMIT)
        .build()
        .map_err(|error| PatternError::new(pattern, &error))
}

/// A piece of a substitution.
#[derive(Debug)]
enum Piece {
    Text(Box<[u8]>),
    Group(usize),
}

/// Replaces every match of a pattern, as RE2's `GlobalReplace`.
#[derive(Debug)]
pub struct Substitution {
    regex: Regex,
    pieces: Box<[Piece]>,
}

impl Substitution {
    /// `substitution` names groups as `${1}`; `$$` is a dollar sign.
    pub fn new(pattern: &str, substitution: &str) -> Result<Self, PatternError> {
        Ok(Self { regex: build(pattern, pattern)?, pieces: parse(substitution) })
    }

    /// Appends `value` to `out` with all matches replaced.
    pub fn replace_all(&self, value: &[u8], out: &mut Vec<u8>) {
        let mut copied = 0;
        for groups in self.regex.captures_iter(value) {
            let Some(whole) = groups.get(0) else { continue };
            out.extend_from_slice(&value[copied..whole.start()]);
            for piece in &self.pieces {
                match piece {
                    Piece::Text(text) => out.extend_from_slice(text),
                    Piece::Group(number) => {
                        out.extend_from_slice(groups.get(*number).map_or(&[], |g| g.as_bytes()));
                    }
                }
            }
            copied = whole.end();
        }
        out.extend_from_slice(&value[copied..]);
    }
}

fn parse(substitution: &str) -> Box<[Piece]> {
    let mut pieces = Vec::new();
    let mut text = Vec::new();
    let mut rest = substitution;
    while let Some(at) = rest.find('$') {
        text.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        if let Some((number, behind)) = group(rest) {
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text).into()));
            }
            pieces.push(Piece::Group(number));
            rest = behind;
        } else {
            text.push(b'$');
            rest = rest.strip_prefix('$').unwrap_or(rest);
        }
    }
    text.extend_from_slice(rest.as_bytes());
    if !text.is_empty() {
        pieces.push(Piece::Text(text.into()));
    }
    pieces.into()
}

/// The number of a group behind a dollar sign (`{1}` or `1`), and what follows it.
fn group(rest: &str) -> Option<(usize, &str)> {
    let (number, behind) = match rest.strip_prefix('{') {
        Some(inner) => inner.split_once('}')?,
        None => rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())),
    };
    Some((number.parse().ok()?, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(pattern: &str, substitution: &str, value: &str) -> String {
        let mut out = Vec::new();
        Substitution::new(pattern, substitution).unwrap().replace_all(value.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_match_is_replaced_as_envoy_does() {
        let swapped = replace("^/rr/([a-z]+)/([a-z]+)", "/${2}/${1}", "/rr/ab/cd/ef");
        assert_eq!(swapped, "/cd/ab/ef");
        assert_eq!(replace("a", "<${0}>", "/ra/banana"), "/r<a>/b<a>n<a>n<a>");
        assert_eq!(replace("x*", "-", "/rb/xxay"), "-/-r-b-/-a-y-");
        assert_eq!(replace(".*", "", "/abc"), "");
        assert_eq!(replace("nothing", "x", "/abc"), "/abc");
    }

    #[test]
    fn a_character_is_a_byte() {
        let matches = |pattern: &str, value: &[u8]| anchored(pattern).unwrap().is_match(value);
        assert!(matches("..", "é".as_bytes()) && !matches(".", "é".as_bytes()));
        assert!(matches(r"\xe9[^a]", b"\xe9\xff"));
        assert!(!matches("(?i)k", "\u{212a}".as_bytes()));
    }

    #[test]
    fn substitutions_know_groups_and_dollars() {
        assert_eq!(replace("(b)(c)?", "$2[$1$$]$", "abd"), "a[b$]$d");
        assert_eq!(replace("b", "${0}1", "abd"), "ab1d");
    }

    #[test]
    fn anchored_patterns_match_whole_values() {
        let regex = anchored("a|bc").unwrap();
        assert!(regex.is_match(b"a") && regex.is_match(b"bc"));
        assert!(!regex.is_match(b"ac") && !regex.is_match(b"abc"));
        assert!(anchored("(").unwrap_err().to_string().contains("\"(\""));
    }
}
