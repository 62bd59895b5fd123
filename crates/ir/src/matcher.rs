//! Matchers of strings, headers and query parameters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Matches a whole value (Envoy's `StringMatcher`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum StringMatcher {
    Exact {
        value: String,
        ignore_case: bool,
    },
    Prefix {
        value: String,
        ignore_case: bool,
    },
    Suffix {
        value: String,
        ignore_case: bool,
    },
    Contains {
        value: String,
        ignore_case: bool,
    },
    /// A regular expression in Rust's syntax, anchored at both ends.
    Regex {
        pattern: String,
    },
}

/// Matches one request header (Envoy's `HeaderMatcher`); repeated values are joined by `,`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderMatcher {
    /// Lower case; may be a pseudo-header such as `:method`.
    pub name: String,
    pub condition: HeaderCondition,
    pub invert: bool,
    pub treat_missing_as_empty: bool,
}

/// What is asked of a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum HeaderCondition {
    Present {
        present: bool,
    },
    /// A decimal integer in `start..end`.
    Range {
        start: i64,
        end: i64,
    },
    String {
        matcher: StringMatcher,
    },
}

/// Matches one query parameter; the first of a name decides, values are not decoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryParameterMatcher {
    pub name: String,
    pub condition: QueryParameterCondition,
}

/// What is asked of a query parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum QueryParameterCondition {
    Present { present: bool },
    String { matcher: StringMatcher },
}

/// Matches one cookie; the first of a name decides, and one that is missing does not match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CookieMatcher {
    pub name: String,
    pub matcher: StringMatcher,
    pub invert: bool,
}

/// A share of requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FractionalPercent {
    pub numerator: u32,
    /// 100, 10,000 or 1,000,000.
    pub denominator: u32,
    /// Runtime key that overrides it; empty: none.
    pub runtime_key: String,
}
