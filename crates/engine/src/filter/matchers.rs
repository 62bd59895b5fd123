//! Matchers of filters, compiled.

use voyant_ir::matcher as ir;

use crate::pattern::PatternError;
use crate::route::matcher::{HeaderMatcher, QueryParameterMatcher};
use crate::string_matcher::StringMatcher;

/// Matchers of values.
pub fn strings(matchers: &[ir::StringMatcher]) -> Box<[StringMatcher]> {
    matchers.iter().map(|matcher| compiled(StringMatcher::new(matcher))).collect()
}

/// Matchers of headers.
pub fn headers(matchers: &[ir::HeaderMatcher]) -> Box<[HeaderMatcher]> {
    matchers.iter().map(|matcher| compiled(HeaderMatcher::new(matcher))).collect()
}

/// Matchers of query parameters.
pub fn query_parameters(matchers: &[ir::QueryParameterMatcher]) -> Box<[QueryParameterMatcher]> {
    matchers.iter().map(|matcher| compiled(QueryParameterMatcher::new(matcher))).collect()
}

fn compiled<T>(matcher: Result<T, PatternError>) -> T {
    // The translation has compiled every pattern with this same code before it was handed on.
    matcher.expect("a pattern that the translation has compiled")
}
