//! Matchers of metadata and filter state, which filters and routes ask.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::CidrRange;
use crate::matcher::StringMatcher;

/// Matches a value of metadata (Envoy's `ValueMatcher`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ValueMatcher {
    Null {},
    DoubleExact {
        value: f64,
    },
    /// A number in `start..end`.
    DoubleRange {
        start: f64,
        end: f64,
    },
    String {
        matcher: StringMatcher,
    },
    Bool {
        value: bool,
    },
    Present {
        present: bool,
    },
    /// A list of which one item matches.
    List {
        one_of: Box<ValueMatcher>,
    },
    Or {
        matchers: Vec<ValueMatcher>,
    },
}

/// Matches what stands at a path in a namespace (Envoy's `MetadataMatcher`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetadataMatcher {
    pub namespace: String,
    pub path: Vec<String>,
    pub value: ValueMatcher,
    pub invert: bool,
}

/// Matches an object of filter state (Envoy's `FilterStateMatcher`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterStateMatcher {
    pub key: String,
    pub condition: FilterStateCondition,
}

/// What is asked of an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum FilterStateCondition {
    /// Its text is as asked.
    String { matcher: StringMatcher },
    /// It is an IP address in one of the ranges, or in none of them when inverted.
    Address { ranges: Vec<CidrRange>, invert: bool },
}
