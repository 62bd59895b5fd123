//! Regular expressions of requests, with RE2's words for what is wrong with one.

use regex::Regex;
use regex_syntax::ast::{ErrorKind, parse::Parser};

/// Compiles a filter; the error begins as Envoy's does.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|error| format!("Invalid re2 regex: {}", reason(pattern, &error)))
}

fn reason(pattern: &str, error: &regex::Error) -> String {
    let Err(syntax) = Parser::new().parse(pattern) else {
        let text = error.to_string();
        return text.lines().last().unwrap_or_default().to_owned();
    };
    let from_here = &pattern[syntax.span().start.offset..];
    let fragment = &pattern[syntax.span().start.offset..syntax.span().end.offset];
    match syntax.kind() {
        ErrorKind::ClassUnclosed => format!("missing ]: {from_here}"),
        ErrorKind::ClassRangeInvalid => format!("invalid character class range: {fragment}"),
        ErrorKind::GroupUnclosed => format!("missing ): {pattern}"),
        ErrorKind::GroupUnopened => format!("unexpected ): {pattern}"),
        ErrorKind::RepetitionMissing => {
            let operator = from_here.chars().next().map_or(String::new(), String::from);
            format!("no argument for repetition operator: {operator}")
        }
        ErrorKind::EscapeUnexpectedEof => "trailing \\ at end of regexp".to_owned(),
        ErrorKind::EscapeUnrecognized => format!("invalid escape sequence: {fragment}"),
        kind => kind.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_in_the_words_of_re2() {
        let told = |pattern: &str| compile(pattern).expect_err("invalid");
        assert_eq!(told("["), "Invalid re2 regex: missing ]: [");
        assert_eq!(told("a(b"), "Invalid re2 regex: missing ): a(b");
        assert_eq!(told("a)b"), "Invalid re2 regex: unexpected ): a)b");
        assert_eq!(told("*a"), "Invalid re2 regex: no argument for repetition operator: *");
        assert_eq!(told("a\\"), "Invalid re2 regex: trailing \\ at end of regexp");
        assert!(compile("^a|b").is_ok());
    }
}
