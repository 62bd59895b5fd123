//! The header mutation filter (Envoy's `header_mutation.v3.HeaderMutation`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::Segment;
use crate::header::{AppendAction, HeaderAdd};
use crate::matcher::StringMatcher;

/// Changes heads, trailers and queries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderMutation {
    pub mutations: Mutations,
    /// Of the levels of a route the most specific has the last word.
    pub most_specific_wins: bool,
}

/// What a level changes, each list in its order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mutations {
    pub request: Vec<Mutation>,
    pub query_parameters: Vec<QueryParameterMutation>,
    pub request_trailers: Vec<Mutation>,
    pub response: Vec<Mutation>,
    pub response_trailers: Vec<Mutation>,
}

/// One change of a head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Mutation {
    Remove {
        name: String,
    },
    Add {
        header: HeaderAdd,
    },
    /// Headers whose names match.
    RemoveMatching {
        matcher: StringMatcher,
    },
}

/// One change of a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum QueryParameterMutation {
    Remove { key: String },
    Add { key: String, value: Vec<Segment>, action: AppendAction },
}
